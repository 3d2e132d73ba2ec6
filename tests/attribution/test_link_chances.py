"""Whose a job is, and whether it came of the lead: what an office shows of its customers' other jobs."""

import datetime as dt
from pathlib import Path

from attribution.linkage.chances import _share
from tests.attribution.linking import job, labels, lead, linked

_DAY = dt.date(2025, 6, 2)


def _office(people: int, late: int, days: int = 70) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Leads answered the next day, and `late` of people who got nothing and called `days` later about another thing,
    which stands on their job as it stands on jobs of people long before they wrote."""
    leads: list[dict[str, str]] = []
    jobs: list[dict[str, str]] = []
    for n in range(people + late):
        last, phone, email = f"Q{chr(97 + n // 26)}{chr(97 + n % 26)}mer", f"480{2000000 + n * 7}", f"p{n}x@example.net"
        who = {"customer_name": f"Ann {last}", "phone_number": phone, "email_address": email, "address": f"{n} Elm St"}
        asked, other = ("AC Repair", "Furnace Tune-Up") if n % 2 else ("Furnace Tune-Up", "AC Repair")
        at = _DAY + dt.timedelta(days=n % 40)
        leads.append(
            lead(lead_id=f"L{n}", submitted_at=str(at), first_name="Ann", last_name=last, phone=phone, email=email,
                 street=f"{n} Elm St", service=asked)
        )  # fmt: skip
        after, done = (1, asked) if n < people else (days, other)
        jobs.append(job(job_id=str(n), created_on=str(at + dt.timedelta(days=after)), job_type=done, **who))
        if n % 3 == 0:
            jobs.append(job(job_id=f"9{n:03}", created_on=str(at - dt.timedelta(days=60)), job_type=other, **who))
    return leads, jobs


def test_a_job_of_the_same_people_is_no_surer_than_they_call_anyway(tmp_path: Path) -> None:
    found = labels(linked(tmp_path, *_office(120, 40))[0])
    late = [label for (_, number), label in found.items() if number and 120 <= int(number) < 160]
    assert not late
    assert sum(label == "matched" for label in found.values()) >= 115


def test_a_chance_that_is_held_down_says_why(tmp_path: Path) -> None:
    answers, _ = linked(tmp_path, *_office(120, 40, days=20))
    held = [row for row in answers if "the same people have other jobs at such a time" in row["reasons"]]
    assert held and all(row["label"] == "needs review" for row in held)


def test_too_few_jobs_say_nothing_of_what_people_do_anyway(tmp_path: Path) -> None:
    found = labels(linked(tmp_path, [lead()], [job()])[0])
    assert found == {("L1", "7001"): "matched"}


def test_two_requests_of_one_house_for_two_services_are_two(tmp_path: Path) -> None:
    leads = [lead(lead_id="L1", service="AC Repair"), lead(lead_id="L2", service="Drain Cleaning")]
    found = labels(linked(tmp_path, leads, [job(job_type="Drain Cleaning")])[0])
    assert found[("L2", "7001")] in ("matched", "needs review") and ("L1", "7001") not in found
    same = [lead(lead_id="L1", service="AC Repair"), lead(lead_id="L2", service="AC Repair")]
    assert ("L1", "7001") in labels(linked(tmp_path, same, [job(job_type="AC Repair")])[0])


def test_a_phone_in_the_notes_of_a_job_is_a_contact_of_it(tmp_path: Path) -> None:
    tenant = lead(first_name="Ana", last_name="Vargas", phone="623-555-0142", email="", street="", zip="")
    owner = job(
        customer_name="Jorge Reed", phone_number="480-234-9911", email_address="", address="",
        summary="Call tenant Ana 623 555-0142",
    )  # fmt: skip
    answers, _ = linked(tmp_path, [tenant], [owner])
    assert "phones is the same" in answers[0]["reasons"]


def test_what_goes_with_what_was_asked_tells_own_jobs_from_others() -> None:
    fits = [(2.0, 50), (-2.0, 50)]
    assert 0.4 < _share(fits, 0) < 0.8
    assert _share([(0.0, 100)], 30) < _share([(0.0, 100)], 3)
    assert _share([(2.0, 100)], 0) > 0.97
