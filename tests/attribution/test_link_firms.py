"""Matching of firms, households and rural addresses."""

import datetime as dt
from pathlib import Path

import pytest

from tests.attribution.linking import Row, job, labels, lead, linked, linked_apart

_DAY = dt.date(2025, 6, 2)
_FIRM_LEAD = {"first_name": "Barbara", "last_name": "Ruiz", "phone": "520-415-0947", "street": ""}
_FIRM_JOB = {"customer_name": "Mitchell Realty", "phone_number": "602-405-5579", "address": "4010 Olsen Ave, 85001"}


def _reasons(folder: Path, lead_s: Row, job_s: Row) -> str:
    """Link one lead and one job; return the reasons."""
    return _reasons_apart(folder, [(lead_s, job_s)])[0]


def _reasons_apart(folder: Path, pairs: list[tuple[Row, Row]]) -> list[str]:
    """Link each lead with its job only; return the reasons."""
    answers = linked_apart(folder, [([lead(**lead_s)], [job(**job_s)]) for lead_s, job_s in pairs])
    return [next((row["reasons"] for row in rows if row["lead_id"]), "") for rows in answers]


def test_email_host_identifies_a_firm(tmp_path: Path) -> None:
    emails = [
        ("barbara@mitchellrealty.com", "maintenance@mitchellrealty.com", "emails of one firm"),
        ("barbara@mitchellrealty.com", "", "the email belongs to the firm named on the other side"),
        ("barbara@mitchellrealty.example.com", "", "the email belongs to the firm named on the other side"),
        ("barbara@mail.mitchellrealtyco.com", "", "the email belongs to the firm named on the other side"),
    ]
    cases = [
        ([lead(**_FIRM_LEAD, email=theirs)], [job(**_FIRM_JOB, email_address=on_job)]) for theirs, on_job, _ in emails
    ]
    for (*_, words), (row,) in zip(emails, linked_apart(tmp_path, cases), strict=True):
        assert row["job_id"] == "7001" and words in row["reasons"]
        assert float(row["probability"]) > 0.5


def test_host_of_a_large_manager_is_a_firm(tmp_path: Path) -> None:
    """Many records have it, but few people."""
    others = [job(**_FIRM_JOB | {"address": f"{at} Elm St"}, job_id=f"8{at}", email_address="ap@nestrentals.us")
              for at in range(70)]  # fmt: skip
    asking = lead(**_FIRM_LEAD, email="barbara@nestrentals.us", submitted_at="2026-03-03T09:00:00")
    answers, _ = linked(tmp_path, [asking], [*others, job(**_FIRM_JOB, email_address="ap@nestrentals.us")])
    assert any("emails of one firm" in row["reasons"] for row in answers)


def test_provider_host_is_not_a_firm(tmp_path: Path) -> None:
    pairs = [
        (_FIRM_LEAD | {"email": f"barbara@{host}"}, _FIRM_JOB | {"email_address": f"desk@{host}"})
        for host in ("cox.net", "gmail.com", "mail.frontier.com")
    ]
    assert not any("one firm" in reasons for reasons in _reasons_apart(tmp_path, pairs))


def test_common_host_is_not_a_firm(tmp_path: Path) -> None:
    names = [f"Ann Q{chr(97 + n % 26)}{chr(97 + n // 26)}mer" for n in range(70)]
    others = [
        job(job_id=f"8{n}", customer_name=name, email_address=f"a{n}@northernlakes.us",
            phone_number=f"480{2000000 + n * 7}", address=f"{n} Elm St")
        for n, name in enumerate(names)
    ]  # fmt: skip
    asking = lead(**_FIRM_LEAD, email="barbara@northernlakes.us")
    answers, _ = linked(tmp_path, [asking], [*others, job(**_FIRM_JOB, email_address="desk@northernlakes.us")])
    assert not any("one firm" in row["reasons"] for row in answers)


def test_contacts_of_one_firm_count_once(tmp_path: Path) -> None:
    """They agree for all houses of a manager, so they do not outweigh a different house."""
    before = [
        job(job_id=f"{n}", created_on=f"2024-0{n + 1}-04", address=f"{n}1 Oak St, Tucson, AZ 85701") for n in range(6)
    ]
    now = job(address="66 Yew St, Tucson, AZ 85701", job_type="Furnace Tune-Up")
    answers, _ = linked(tmp_path, [lead(street="77 Larch St", zip="85705")], [*before, now])
    assert {row["label"] for row in answers} <= {"needs review", "unmatched"}


def test_rural_house_numbers_are_read(tmp_path: Path) -> None:
    """E5th Street does not start with one."""
    streets = [
        ("N2598 County Rd Y", "2598 Cty Y"),
        ("E6900 CTH C", "6900 Co Rd C"),
        ("W204N11912 Elm Rd", "N11912 Elm Road"),
        ("5246 State Hwy 17", "5246 WI-17"),
        ("5246 Hwy 17", "5246 US 17"),
    ]
    pairs = [
        ({"street": typed, "zip": "54558"}, {"address": f"{filed}, Rhinelander, WI 54558"}) for typed, filed in streets
    ]
    pairs.append(({"street": "E5th Street", "zip": ""}, {"address": "5 Th Street, Phoenix, AZ 85001"}))
    same = ["same address" in reasons for reasons in _reasons_apart(tmp_path, pairs)]
    assert same == [True] * len(streets) + [False]


def test_notes_name_the_caller(tmp_path: Path) -> None:
    landlord = {"customer_name": "Jo Vargas", "email_address": "jo@gmail.com", "phone_number": ""}
    landlord["address"] = "77 Larch St, Phoenix, AZ 85001"
    notes = ("Tenant Robert, gate 4", "pls call Robert first", "Dog. Robert will be home")
    reasons = _reasons_apart(tmp_path, [({}, landlord | {"summary": text}) for text in notes])
    assert ["the job's notes name the caller" in each for each in reasons] == [True] * 3


def test_notes_without_a_name_are_ignored(tmp_path: Path) -> None:
    landlord = {"customer_name": "Jo Vargas", "email_address": "jo@gmail.com"}
    notes = [("Robert", "Call before"), ("Will", "Tenant will call"), ("Robert", "Robert Smith Park, far corner")]
    pairs = [({"first_name": first}, landlord | {"summary": text}) for first, text in notes]
    assert not any("name the caller" in reasons for reasons in _reasons_apart(tmp_path, pairs))


def test_phone_in_lead_message_is_a_contact(tmp_path: Path) -> None:
    other = {"email_address": "", "address": "", "phone_number": "520-564-6958"}
    reasons = _reasons(tmp_path, {"message": "leaks, or call my work 520 564 6958"}, other)
    assert "one of several phones is the same" in reasons


def test_second_name_of_a_couple_is_matched(tmp_path: Path) -> None:
    couple = {"customer_name": "Quillfeather, Hugh & Debbie", "phone_number": "480-264-7760", "email_address": ""}
    crowd = [job(job_id=f"9{n}", customer_name=f"Quillfeather, Al{chr(97 + n)}", phone_number="", email_address="",
                 address="") for n in range(26)] * 4  # fmt: skip
    rows = [job(**couple, address="6492 Kolb Rd"), *(row | {"Job ID": f"9{n}"} for n, row in enumerate(crowd))]
    answers, _ = linked(tmp_path, [lead(first_name="Debbie", email="", street="", zip="")], rows)
    assert "a form of the first" in answers[0]["reasons"] + answers[-1]["reasons"]


def test_dates_separate_households_with_a_common_name(tmp_path: Path) -> None:
    """There are more records with this name and ZIP code than the limit of any key without a date."""
    days = [dt.date(2025, 1, 6) + dt.timedelta(days=30 * n) for n in range(14)]
    leads = [
        lead(lead_id=f"L{n}", submitted_at=str(day), first_name=f"K{chr(97 + n)}n", phone=f"602{2000000 + n * 7}",
             email="", street="") for n, day in enumerate(days)
    ]  # fmt: skip
    jobs = [
        job(job_id=f"{n}", created_on=str(day + dt.timedelta(days=1)), customer_name=f"R{chr(97 + n)}x Quillfeather",
            phone_number=f"480{3000000 + n * 7}", email_address="", address=f"{n}7 Elm St, Phoenix, AZ 85001")
        for n, day in enumerate(days)
    ]  # fmt: skip
    answers, _ = linked(tmp_path, leads, jobs)
    assert sum("same last name, another first name" in row["reasons"] for row in answers) == len(days)


def _asking(people: int) -> tuple[list[Row], list[Row]]:
    """Create the files of an office that files jobs by the message only."""
    leads, jobs = [], []
    for n in range(people):
        last, phone = f"Q{chr(97 + n // 26)}{chr(97 + n % 26)}mer", f"480{2000000 + n * 7}"
        message, filed = (("pool turned green", "Cleanup"), ("no hot water", "Heater"))[n % 2]
        at = _DAY + dt.timedelta(days=n)
        leads.append(lead(lead_id=f"P{n}", submitted_at=str(at), last_name=last, phone=phone, email="",
                          street=f"{n} Elm St", service="", message=message))  # fmt: skip
        jobs.append(job(job_id=f"4{n}", created_on=str(at + dt.timedelta(days=1)), customer_name=f"Robert {last}",
                        phone_number=phone, email_address="", address=f"{n} Elm St", job_type=filed))  # fmt: skip
    return leads, jobs


@pytest.mark.parametrize(("second", "holder"), [("no hot water", "L2"), ("pool turned green", "L1")])
def test_requests_filed_differently_are_not_duplicates(tmp_path: Path, second: str, holder: str) -> None:
    leads, jobs = _asking(80)
    leads += [
        lead(lead_id="L1", service="", message="pool turned green"),
        lead(lead_id="L2", submitted_at="2026-03-03T09:00:00", service="", message=second),
    ]
    filed = "Heater" if holder == "L2" else "Cleanup"
    result = labels(linked(tmp_path, leads, [*jobs, job(job_type=filed)])[0])
    assert (holder, "7001") in result


def test_late_weeks_limit_the_base_rate(tmp_path: Path) -> None:
    """Everyone had a job two months before; no one has one in the last weeks of the window."""
    leads, jobs = _asking(150)
    leads = [row | {"Message": ""} for row in leads]
    jobs = [row | {"Job Type": ""} for row in jobs]
    at = [dt.date.fromisoformat(row["Created On"]) for row in jobs]
    after = [row | {"Created On": str(day + dt.timedelta(days=17))} for row, day in zip(jobs, at, strict=True)]
    before = [
        row | {"Job ID": f"6{n}", "Created On": str(day - dt.timedelta(days=60))}
        for n, (row, day) in enumerate(zip(jobs, at, strict=True))
    ]
    last = job(
        job_id="1", created_on="2026-06-01", customer_name="Jo Zett", phone_number="", email_address="", address=""
    )
    result = labels(linked(tmp_path, leads, [*after, *before, last])[0])
    assert sum(label == "matched" for label in result.values()) >= 140
