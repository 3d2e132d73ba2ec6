"""Probability that a job came from a lead, given the other jobs of the same customers."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from attribution.linkage import macros
from attribution.linkage.chances import _share
from tests.attribution.linking import compared, job, labels, lead, linked, linked_apart, write

_DAY = dt.date(2025, 6, 2)


def _office(people: int, late: int, days: int = 70) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Create leads with a job on the next day, and `late` leads with an unrelated job `days` later.

    The unrelated jobs have the same service as jobs from long before the leads.
    """
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


def test_probability_is_limited_by_how_often_people_call_anyway(tmp_path: Path) -> None:
    result = labels(linked(tmp_path, *_office(120, 40))[0])
    late = [label for (_, number), label in result.items() if number and 120 <= int(number) < 160]
    assert "matched" not in late
    assert sum(label == "matched" for label in result.values()) >= 115


def test_reduced_probability_gives_a_reason(tmp_path: Path) -> None:
    answers, _ = linked(tmp_path, *_office(120, 40, days=20))
    reduced = [row for row in answers if "the same people have other jobs at such a time" in row["reasons"]]
    assert reduced and all(row["label"] == "needs review" for row in reduced)


def test_requests_for_different_services_are_not_duplicates(tmp_path: Path) -> None:
    """The second pair of services is on no list."""
    services = [("AC Repair", "Drain Cleaning"), ("Interior Painting", "Fence Repair")]
    cases = [
        ([lead(lead_id="L1", service=first), lead(lead_id="L2", service=second)], [job(job_type=second)])
        for first, second in services
    ]
    listed, unknown = map(labels, linked_apart(tmp_path, cases))
    assert listed[("L2", "7001")] in ("matched", "needs review") and ("L1", "7001") not in listed
    assert ("L2", "7001") in unknown


def test_request_whose_work_is_unknown_is_a_duplicate_of_another(tmp_path: Path) -> None:
    again, done = lead(lead_id="L2", service="AC Repair"), job(job_type="AC Repair")
    first = ["AC Repair", "Not sure", "Free estimate", ""]
    answers = linked_apart(tmp_path, [([lead(lead_id="L1", service=service), again], [done]) for service in first])
    assert all(("L1", "7001") in labels(rows) for rows in answers)


def test_phone_in_job_notes_is_a_contact(tmp_path: Path) -> None:
    tenant = lead(first_name="Ana", last_name="Vargas", phone="623-555-0142", email="", street="", zip="")
    owner = job(
        customer_name="Jorge Reed", phone_number="480-234-9911", email_address="", address="",
        summary="Call tenant Ana 623 555-0142",
    )  # fmt: skip
    answers, _ = linked(tmp_path, [tenant], [owner])
    assert "phones is the same" in answers[0]["reasons"]


def test_filed_service_separates_own_jobs_from_others() -> None:
    fits = [(2.0, 50), (-2.0, 50)]
    assert 0.4 < _share(fits, 0.99) < 0.8
    assert _share([(0.0, 100)], 0.7) < _share([(0.0, 100)], 0.97)
    assert _share([(2.0, 100)], 0.99) > 0.97


@pytest.mark.parametrize(
    ("pairs", "hours", "offset", "callers", "linked_before"),
    [
        (40, 3, None, 1, False), (40, -5, None, 1, True), (4, 3, None, 1, True), (40, 3, 7, 1, False),
        (40, 3, None, 6, False), (60, 3, None, 13, True), (100, 75, None, 1, False), (100, 84, None, 1, True),
        (20, 75, None, 1, True),
    ],
    ids=[
        "one clock", "another time zone", "too few to know", "a site that stores UTC", "some call", "many call",
        "days later by day", "days later at night", "days later, more call",
    ],
)  # fmt: skip
def test_job_of_the_same_day_before_its_lead_is_no_outcome(
    tmp_path: Path, pairs: int, hours: int, offset: int | None, callers: int, *, linked_before: bool
) -> None:
    """Most jobs follow `hours` after their leads; `callers` called and got a job, then filled in the form at 3 p.m.

    With an `offset`, the site stores UTC, and the office local time with the offset from it.
    """
    leads: list[dict[str, str]] = []
    jobs: list[dict[str, str]] = []
    for n in range(pairs + 1):
        last, phone, at = (
            f"Q{chr(97 + n // 26)}{chr(97 + n % 26)}mer",
            f"480{(n + 31) * 48_611 % 10_000_000:07}",
            _DAY + dt.timedelta(n),
        )
        asked = dt.datetime.combine(at, dt.time(15))
        called = n % 5 == 0 and n < 5 * callers
        filed = asked + (-dt.timedelta(minutes=10) if called else dt.timedelta(hours=hours))
        submitted, created = str(asked), str(filed)
        if offset:
            submitted, created = f"{asked + dt.timedelta(hours=offset)}+00:00", f"{filed}-{offset:02}:00"
        leads.append(lead(lead_id=f"L{n}", submitted_at=submitted, last_name=last, phone=phone, email="", street=""))
        jobs.append(
            job(job_id=str(n), created_on=created, customer_name=f"Robert {last}", phone_number=phone,
                email_address="", address="")
        )  # fmt: skip
    answers, _ = linked(tmp_path, leads, jobs)
    by_lead = {row["lead_id"]: row for row in answers}
    assert float(by_lead["L1"]["probability"]) > 0.5
    assert (by_lead["L0"]["label"] != "unmatched") is linked_before
    if not linked_before:
        assert "job 0 of the same contact was opened earlier on the day of the lead" in by_lead["L0"]["reasons"]


def test_job_of_the_day_before_is_less_certain(tmp_path: Path) -> None:
    """Without times, it may be a clock in another time zone, but nearly always the people had phoned before."""
    leads, jobs = _office(120, 0)
    early = next(row for row in jobs if row["Job ID"] == "7")
    early["Created On"] = str(dt.date.fromisoformat(early["Created On"]) - dt.timedelta(days=2))
    rows = {row["job_id"]: float(row["probability"]) for row in linked(tmp_path, leads, jobs)[0] if row["job_id"]}
    assert rows.get("7", 0.0) < 0.95 and rows["8"] > 0.99


@pytest.mark.parametrize(
    ("ahead", "hour", "channel", "shift", "zone"),
    [
        (7, 20, "Chat", 7, ""), (7, 11, "Chat", None, ""), (0, 20, "Chat", 0, ""), (7, 20, "", 7, ""),
        (7, 20, "Chat", 0, "+00:00"),
    ],
    ids=["hours are known", "hours cannot be known", "same clock", "without a channel", "stated offset"],
)  # fmt: skip
def test_channel_whose_clock_is_ahead_is_set_back_by_whole_hours(
    tmp_path: Path, ahead: int, hour: int, channel: str, *, shift: int | None, zone: str
) -> None:
    """Forms and jobs have the office's clock, in which each job follows after 30 to 90 minutes."""
    leads, jobs = [], []
    for at in range(60):
        last, phone = f"Q{chr(97 + at // 26)}{chr(97 + at % 26)}mer", f"480{(at + 31) * 48_611 % 10_000_000:07}"
        asked = dt.datetime.combine(_DAY + dt.timedelta(at), dt.time(hour if at % 2 else 10))
        sent = asked + dt.timedelta(hours=ahead if at % 2 else 0)
        leads.append(lead(lead_id=f"{at:02}", submitted_at=f"{sent}{zone}", last_name=last, phone=phone, email="")
                     | {"Lead Channel": channel if at % 2 else "Form"})  # fmt: skip
        opened = f"{asked + dt.timedelta(minutes=30 + at)}{zone}"
        jobs.append(job(job_id=str(at), created_on=opened, customer_name=f"Robert {last}", phone_number=phone))
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with compared(files) as db:
        rows = db.execute("SELECT id, clock, seen_at, seen_on FROM leads").fetchall()
    times = {number: read for number, *read in rows}
    for at in range(60):
        sent = dt.datetime.combine(_DAY + dt.timedelta(at), dt.time(hour if at % 2 else 10))
        sent += dt.timedelta(hours=(ahead - (shift or 0)) if at % 2 else 0)
        known = shift is not None or not at % 2
        assert times[f"{at:02}"] == [sent if known else None, sent, sent.date()]


@pytest.mark.parametrize(
    ("pairs", "hours", "ahead", "shifted"),
    [(6, (20,), 7, True), (6, (11,), 7, False), (4, (20,), 7, False), (6, (1, 2, 3, 10), 0, False)],
    ids=["chats of the evening", "chats of the day", "too few", "an emergency line"],
)
def test_few_jobs_show_the_clock_of_a_channel_whose_leads_come_at_night(
    tmp_path: Path, pairs: int, hours: tuple[int, ...], ahead: int, *, shifted: bool
) -> None:
    """Forms have the office's clock. Half of the calls of the emergency line were entered after their jobs."""
    leads, jobs = [], []
    for at in range(50 + pairs):
        last, phone = f"Q{chr(97 + at // 26)}{chr(97 + at % 26)}mer", f"480{(at + 31) * 48_611 % 10_000_000:07}"
        asked = dt.datetime.combine(_DAY + dt.timedelta(at), dt.time(10 if at < 50 else hours[at % len(hours)], 30))
        sent = asked + dt.timedelta(hours=0 if at < 50 else ahead)
        leads.append(lead(lead_id=f"{at:02}", submitted_at=str(sent), last_name=last, phone=phone, email="")
                     | {"Lead Channel": "Form" if at < 50 else "Other"})  # fmt: skip
        entered_late = at >= 50 and not ahead and at % 2
        opened = str(asked + dt.timedelta(minutes=-15 if entered_late else 20))
        jobs.append(job(job_id=str(at), created_on=opened, customer_name=f"Robert {last}", phone_number=phone))
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    with compared(files) as db:
        clocks = db.execute("SELECT hour(clock) FROM leads WHERE channel = 'other'").fetchall()
    expected = {hour if shifted else (hour + ahead) % 24 for hour in hours}
    assert {hour for (hour,) in clocks} == expected


def test_clock_of_utc_follows_daylight_saving_time(tmp_path: Path) -> None:
    """Forms and jobs are in local time of Ohio, and chats in UTC: 4 hours ahead in summer, and 5 in winter.

    Ten chats of winter would show 4 hours only. Arizona has no summer time, so 7 hours stay 7.
    """
    for zip_code, hours in (("44101", (4, 5)), ("85001", (7, 7))):
        leads, jobs = [], []
        for at in range(120):
            last, phone = f"Q{chr(97 + at // 26)}{chr(97 + at % 26)}mer", f"480{(at + 31) * 48_611 % 10_000_000:07}"
            summer = at % 6 < 4
            day = (dt.date(2025, 6, 1) if summer else dt.date(2025, 1, 6)) + dt.timedelta(days=at // 3)
            asked = dt.datetime.combine(day, dt.time(20 if at % 2 else 10, 15))
            sent = asked + dt.timedelta(hours=hours[not summer] if at % 2 else 0)
            leads.append(lead(lead_id=f"{at:03}", submitted_at=str(sent), last_name=last, phone=phone, email="",
                              zip=zip_code) | {"Lead Channel": "Chat" if at % 2 else "Form"})  # fmt: skip
            opened = str(asked + dt.timedelta(minutes=65 if at % 6 == 1 else 90))
            jobs.append(job(job_id=str(at), created_on=opened, customer_name=f"Robert {last}", phone_number=phone,
                            address=f"{at} Oak St, Dayton {zip_code}"))  # fmt: skip
        files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
        with compared(files) as db:
            shifts = db.execute("SELECT DISTINCT summer, hours FROM shifts ORDER BY summer DESC").fetchall()
            clocks = dict(db.execute("SELECT id, clock FROM leads").fetchall())
        evening = dt.time(20, 15)
        assert clocks["001"] == dt.datetime.combine(dt.date(2025, 6, 1), evening), shifts
        assert clocks["005"] == dt.datetime.combine(dt.date(2025, 1, 7), evening), shifts


@pytest.mark.parametrize(
    ("zip_code", "hours", "no_summer"),
    [("02139", 5, False), ("32401", 6, False), ("33101", 5, False), ("37201", 6, False), ("46401", 6, False),
     ("60601", 6, False), ("79901", 7, False), ("85001", 7, True), ("89101", 8, False), ("94103", 8, False),
     ("96813", 10, True), ("99501", 9, False)],
)  # fmt: skip
def test_hours_to_utc_follow_from_the_zip_code(zip_code: str, hours: int, *, no_summer: bool) -> None:
    with duckdb.connect() as db:
        macros.define(db)
        row = db.execute("SELECT hours_of_zip(?), has_no_summer(?)", [zip_code, zip_code]).fetchone()
    assert row == (hours, no_summer)


def test_daylight_saving_time_begins_in_march_and_ends_in_november() -> None:
    days = {"2024-03-09": False, "2024-03-10": True, "2024-11-02": True, "2024-11-03": False, "2025-03-09": True}
    with duckdb.connect() as db:
        macros.define(db)
        summers = db.execute("SELECT x, is_summer(CAST(x AS TIMESTAMP)) FROM (SELECT unnest(?) AS x)", [list(days)])
        assert dict(summers.fetchall()) == days
