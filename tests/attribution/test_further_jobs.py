"""Further jobs of the people of a lead: when they belong to it, and when they do not."""

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from attribution.estimates.labelled import JobDecision, cases_of
from attribution.linkage import chances, engine, fitting, model, pipeline
from attribution.linkage.sql import Script
from tests.attribution.linking import compared, job, lead, linked, read, write


def _office(folder: Path, *, further: int, changed: int = 0, housed: bool = False, **second: str) -> dict[str, Path]:
    """Write 150 people with a job each and, for `further` of them, a second one ten days later.

    The second job of the first `changed` people has the cells `second` instead of its own. With `housed`, each customer
    has an address.
    """
    leads, jobs = [], []
    for at in range(150):
        last = "".join(chr(97 + at * prime % 26) for prime in (3, 5, 7, 11, 17, 23)) + f"{'bcdfgk'[at // 26]}son"
        first = {"Email": "", "Street": "", "Phone": f"602{(at + 31) * 48_611 % 10_000_000:07d}", "Last Name": last}
        day = dt.date(2026, 1, 1) + dt.timedelta(days=at)
        who = {"customer_name": f"Robert {last}", "phone_number": first["Phone"], "email_address": ""}
        who["address"] = f"{at + 100} Oak St, Phoenix, AZ 85001" if housed else ""
        leads.append(lead(lead_id=f"L{at}", submitted_at=day.isoformat()) | first)
        for later in (1, 11)[: 2 if at < further else 1]:
            opened = (day + dt.timedelta(days=later)).isoformat()
            other = second if at < changed and later > 1 else {}
            jobs.append(job(job_id=f"{at}-{later}", created_on=opened, **who | other))
    return {"leads": write(folder / "leads.csv", leads), "jobs": write(folder / "jobs.csv", jobs)}


def _further(
    folder: Path, used: model.Model, *, further: int, changed: int = 0, housed: bool = False, **second: str
) -> list[dict[str, str]]:
    files = _office(folder, further=further, changed=changed, housed=housed, **second)
    engine.link(files, folder / "links.csv", model=used)
    return [row for row in read(folder / "links.csv") if row["job_id"].endswith("-11")]


def test_further_jobs_belong_to_their_lead_if_that_is_usual_in_the_office(tmp_path: Path) -> None:
    usual, rare = (_further(tmp_path, model.read(), further=further) for further in (75, 1))
    right = [row for row in usual if row["lead_id"] == f"L{row['job_id'].removesuffix('-11')}"]
    assert sum(float(row["probability"]) > 0.8 for row in right) > 70
    assert all(row["label"] == "needs review" and float(row["probability"]) < 0.6 for row in rare)


def test_further_job_under_another_name_belongs_to_its_customer(tmp_path: Path) -> None:
    """The second job names the spouse only, but has the phone of the first job, so its customer is known."""
    rows = _further(tmp_path, model.read(), further=75, changed=5, customer_name="Wilma Otherby")
    chances = {row["job_id"]: float(row["probability"]) for row in rows if row["lead_id"]}
    assert min(chances[f"{at}-11"] for at in range(5)) > 0.6


def test_small_office_has_the_usual_share_of_further_jobs(tmp_path: Path) -> None:
    """One lead and two jobs show nothing about this office: as elsewhere, a job of the next days often continues it."""
    chances = []
    for opened, notes in (("2026-03-09", "return with parts"), ("2026-03-09", ""), ("2026-05-20", "")):
        second = job(job_id="7002", created_on=f"{opened} 10:00", summary=notes)
        answers, _ = linked(tmp_path, [lead()], [job(), second])
        chances.append({row["job_id"]: float(row["probability"]) for row in answers}["7002"])
    assert chances[0] > 0.9 > chances[1] > 0.3 and chances[2] < 0.1


@pytest.mark.parametrize("visit", ["Quarterly Treatment", "Garden Visit"])
def test_routine_visits_belong_to_no_lead(tmp_path: Path, visit: str) -> None:
    """A visit is routine by its name, or because other customers have it again and again."""
    files = _office(tmp_path, further=75, changed=5, job_type=visit)
    rows = read(files["jobs"])
    for at in range(40 if visit == "Garden Visit" else 0):
        regular = {
            "customer_name": f"Regular {chr(97 + at % 26)}{chr(97 + at // 26)}lby",
            "phone_number": f"48055{at + 10_000}",
        }
        for month in (1, 2, 3, 4):
            day = f"2026-0{month}-15 10:00"
            rows.append(
                job(job_id=f"r{at}-{month}", created_on=day, email_address="", address="", job_type=visit, **regular)
            )
    write(files["jobs"], rows)
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv")}
    assert all(chances.get(f"{at}-11", 0.0) < 0.2 for at in range(5))
    assert sum(chances[f"{at}-11"] > 0.8 for at in range(5, 75)) > 60


def test_further_job_of_other_work_belongs_to_its_lead_less_often(tmp_path: Path) -> None:
    """The first job is about cooling; heating is of the same trade, but another subject."""
    rows = _further(tmp_path, model.read(), further=75, changed=30, job_type="Furnace Repair")
    chances = {row["job_id"]: float(row["probability"]) for row in rows if row["lead_id"]}
    assert all(chances[f"{at}-11"] < 0.1 for at in range(30))
    assert min(chances[f"{at}-11"] for at in range(30, 75)) > 0.1


def test_late_jobs_do_not_show_what_belongs_to_a_first_job(tmp_path: Path) -> None:
    """Further jobs have the campaign of the first one, work months later has another, and so have five further jobs."""
    files = _office(tmp_path, further=75, changed=5, campaign_name="Radio")
    rows = read(files["jobs"])
    for row in rows[:]:
        if row["Job ID"] in {f"{at}-1" for at in range(80, 110)}:
            later = dt.date.fromisoformat(row["Created On"]) + dt.timedelta(days=80)
            other = {"Job ID": f"{row['Job ID']}-late", "Created On": later.isoformat(), "Campaign Name": "Radio"}
            rows.append(row | other)
    write(files["jobs"], rows)
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv")}
    assert max(chances[f"{at}-11"] for at in range(5)) < 0.97
    assert min(chances[f"{at}-11"] for at in range(5, 75)) > 0.98


def test_second_job_of_a_namesake_is_no_evidence_for_the_first(tmp_path: Path) -> None:
    """It follows from the first job, no matter if that came from this lead."""
    namesake = {"customer_name": "Rosa Quillfeather", "phone_number": "4805550111", "email_address": ""}
    namesake["address"] = "77 Elm St, Phoenix, AZ 85001"
    first = job(created_on="2026-03-04 10:00", **namesake)
    second = job(job_id="7002", created_on="2026-03-14 10:00", **namesake)
    files = _office(tmp_path, further=75)
    ours = lead(lead_id="N1", email="", street="", phone="6025550199")
    chances = []
    for jobs in ([first], [first, second]):
        both = {
            "leads": write(tmp_path / "more-leads.csv", [*read(files["leads"]), ours]),
            "jobs": write(tmp_path / "more-jobs.csv", [*read(files["jobs"]), *jobs]),
        }
        engine.link(both, tmp_path / "links.csv", model=model.read())
        chances += [float(row["probability"]) for row in read(tmp_path / "links.csv") if row["job_id"] == "7001"]
    alone, followed = chances
    assert 0.5 < alone < 0.98 and 0.5 < followed <= alone


@pytest.mark.nightly
@pytest.mark.parametrize("accepted", [True, False])
def test_decisions_set_how_often_further_jobs_belong_to_their_lead(tmp_path: Path, *, accepted: bool) -> None:
    """Every job is decided: the first ones are outcomes, and the further ones are or are not."""
    files, used = _office(tmp_path, further=40), model.read()
    decisions = {f"{at}-1": JobDecision(yes=f"L{at}") for at in range(150)}
    for at in range(40):
        decisions[f"{at}-11"] = JobDecision(yes=f"L{at}") if accepted else JobDecision(no=frozenset({f"L{at}"}))
    cases, further = cases_of(files, decisions, used=used, work=tmp_path)
    assert len(further) == 40 and {right for _, right in further} == {accepted}
    own = fitting.by_labels(used, cases, further)
    learned = own.weight(model.FURTHER) - used.weight(model.FURTHER)
    assert (learned > 0.5) if accepted else (learned < -0.5)
    only = replace(used, weights={**used.weights, model.FURTHER: own.weight(model.FURTHER)})
    before, after = (
        {row["job_id"]: float(row["probability"]) for row in _further(tmp_path, each, further=40)}
        for each in (used, only)
    )
    moved = [after.get(job, 0.0) - chance for job, chance in before.items()]
    assert moved and all(change > 0 if accepted else change < 0 for change in moved)


def test_a_declined_further_job_changes_no_weight_of_who_ordered_it(tmp_path: Path) -> None:
    files, used = _office(tmp_path, further=fitting.LEAST), model.read()
    decisions = {f"{at}-11": JobDecision(no=frozenset({f"L{at}"})) for at in range(fitting.LEAST)}
    cases, further = cases_of(files, decisions, used=used, work=tmp_path)
    assert len(further) == fitting.LEAST and not cases
    own = fitting.by_labels(used, cases, further)
    assert own.labels == fitting.LEAST and own.weight(model.FURTHER) < used.weight(model.FURTHER)
    assert {**own.weights, model.FURTHER: 0.0} == {**used.weights, model.FURTHER: 0.0}


@pytest.mark.parametrize(
    ("unlike", "most"),
    [
        ({"address": "77 Elm Ave, Phoenix, AZ 85001"}, 0.7),
        ({"address": "77 Elm Ave, Phoenix, AZ 85001", "customer_name": "Wilma Otherby"}, 0.2),
    ],
    ids=["another place", "another place and name"],
)
def test_further_job_elsewhere_belongs_to_its_lead_less_often(
    tmp_path: Path, unlike: dict[str, str], most: float
) -> None:
    rows = _further(tmp_path, model.read(), further=20, changed=10, housed=True, **unlike)
    chances = {row["job_id"]: float(row["probability"]) for row in rows if row["lead_id"]}
    assert all(chances.get(f"{at}-11", 0.0) < most for at in range(10))
    assert min(chances[f"{at}-11"] for at in range(10, 20)) > 0.2


def test_further_job_of_another_campaign_belongs_to_its_lead_less_often(tmp_path: Path) -> None:
    """This office files the campaign of earlier customers on their jobs, unless a job continues another one."""
    files = _office(tmp_path, further=40, changed=3, campaign_name="Repeat customer")
    jobs = read(files["jobs"])
    firsts = [row for row in jobs if row["Job ID"].endswith("-1")]
    earlier = [
        row | {"Job ID": f"{row['Job ID']}-0", "Created On": "2025-12-15 10:00", "Campaign Name": "Repeat customer"}
        for row in firsts[60:90]
    ]
    write(files["jobs"], [*jobs, *earlier])
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv") if row["lead_id"]}
    same = min(chances[f"{at}-11"] for at in range(3, 40))
    assert same > 0.9 and all(1 - chances[f"{at}-11"] > 5 * (1 - same) for at in range(3))


def test_further_job_that_continues_earlier_work_belongs_to_its_lead_more_often(tmp_path: Path) -> None:
    rows = _further(tmp_path, model.read(), further=20, changed=10, summary="Return w/ parts")
    chances = {row["job_id"]: float(row["probability"]) for row in rows if row["lead_id"]}
    plain = max(chances.get(f"{at}-11", 0.0) for at in range(10, 20))
    assert all(1 - chances[f"{at}-11"] < (1 - plain) / 3 for at in range(10))


def test_late_job_of_certain_people_is_as_likely_as_such_jobs_are_here(tmp_path: Path) -> None:
    """It is 72 days after the lead, which does not make it less certain whose job it is."""
    files = _office(tmp_path, further=0)
    jobs = read(files["jobs"])
    assert jobs[149]["Job ID"] == "149-1"
    jobs[149] |= {"Created On": "2026-08-10 10:00"}
    write(files["jobs"], jobs)
    engine.link(files, tmp_path / "links.csv", model=model.read())
    (chance,) = [float(row["probability"]) for row in read(tmp_path / "links.csv") if row["job_id"] == "149-1"]
    assert chance > 0.75


def _jobs_of_others() -> list[dict[str, str]]:
    """Return 100 jobs that did not come from the website, with a campaign of their own."""
    cells = {"email_address": "", "address": "", "created_on": "2026-04-01", "campaign_name": "Repeat customer"}
    return [
        job(job_id=f"other-{at}", customer_name=f"Otto {chr(97 + at % 26)}{chr(97 + at // 26)}ström",
            phone_number=f"48055{at:05d}", **cells)
        for at in range(100)
    ]  # fmt: skip


def _chances_by_campaign(folder: Path, files: dict[str, Path], number: str, **cells: str) -> list[float]:
    """Return the probability of a job with the campaign of the website's jobs, and with that of other jobs."""
    chances = []
    for campaign in ("Summer AC", "Repeat customer"):
        jobs = [row for row in read(files["jobs"]) if not row["Job ID"].startswith("other")]
        (changed,) = [row for row in jobs if row["Job ID"] == number]
        changed |= {"Campaign Name": campaign} | cells
        write(files["jobs"], [*jobs, *_jobs_of_others()])
        engine.link(files, folder / "links.csv", model=model.read())
        linked = {row["job_id"]: float(row["probability"]) for row in read(folder / "links.csv")}
        chances.append(linked.get(number, 0.0))
    return chances


def test_late_job_of_a_campaign_that_only_other_jobs_have_is_less_likely(tmp_path: Path) -> None:
    """This office files another campaign on jobs that did not come from the website."""
    files = _office(tmp_path, further=0)
    website, other = _chances_by_campaign(tmp_path, files, "149-1", **{"Created On": "2026-07-10 10:00"})
    assert website > 0.8 and 1 - other > 3 * (1 - website)


def test_job_with_the_campaign_of_website_jobs_is_likelier_the_lead_s(tmp_path: Path) -> None:
    """Only the name agrees, and the lead states no campaign. That the job came from some request is evidence."""
    files = _office(tmp_path, further=0)
    write(files["leads"], [row | {"Campaign": ""} for row in read(files["leads"])])
    website, other = _chances_by_campaign(tmp_path, files, "149-1", **{"Phone Number": ""})
    assert other / (1 - other) < 0.2 * website / (1 - website)


def test_further_job_of_another_campaign_than_website_jobs_belongs_less_often(tmp_path: Path) -> None:
    """The first job has that campaign too, so only how rarely website jobs have it tells."""
    files = _office(tmp_path, further=75)
    jobs = read(files["jobs"])
    write(
        files["jobs"], [row | ({"Campaign Name": "Repeat customer"} if row["Job ID"] == "5-1" else {}) for row in jobs]
    )
    _, other = _chances_by_campaign(tmp_path, files, "5-11")
    engine.link(files, tmp_path / "links.csv", model=model.read())
    usual = min(float(row["probability"]) for row in read(tmp_path / "links.csv") if row["job_id"] in ("6-11", "7-11"))
    assert 1 - other > 10 * (1 - usual)


def test_further_job_of_a_firm_at_the_same_place_belongs_to_its_lead(tmp_path: Path) -> None:
    """Requests state a manager's phone and no street. The second job at the place of the first continues it."""
    files = _office(tmp_path, further=75)
    leads, jobs = read(files["leads"]), read(files["jobs"])
    firm = {"customer_name": "Acme Property Management", "phone_number": "6025550100", "email_address": ""}
    for at, last in enumerate(("Abelard", "Bromfield", "Castellan", "Dunmore", "Eberhart", "Fairbrother")):
        asked = dt.date(2026, 1, 5) + dt.timedelta(days=25 * at)
        leads.append(lead(lead_id=f"F{at}", submitted_at=str(asked), last_name=last, phone="602-555-0100", email="",
                          street="", zip=""))  # fmt: skip
        for later in (1, 11):
            place = f"{at + 700} Cedar Ave" if at % 2 or later == 1 else f"{at + 900} Walnut Rd"
            opened = f"{asked + dt.timedelta(days=later)} 10:00"
            jobs.append(job(job_id=f"f{at}-{later}", created_on=opened, address=f"{place}, Phoenix, AZ 85001", **firm))
    write(files["leads"], leads)
    write(files["jobs"], jobs)
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {(row["lead_id"], row["job_id"]): float(row["probability"]) for row in read(tmp_path / "links.csv")}
    further = [chances.get((f"F{at}", f"f{at}-11"), 0.0) for at in range(6)]
    assert min(further[1::2]) > 0.7 and max(further[::2]) < 0.1


def test_repeated_routine_visit_belongs_to_no_lead(tmp_path: Path) -> None:
    """A customer with a weekly route asks for a repair; the next visit of the route is not the repair."""
    files = _office(tmp_path, further=0)
    jobs = read(files["jobs"])
    first = jobs[100]
    day = dt.date.fromisoformat(first["Created On"])
    visits = [
        first | {"Job ID": f"v{week}", "Created On": f"{day + dt.timedelta(days=7 * week)}", "Job Type": "Weekly Visit"}
        for week in range(-6, 2)
    ]
    write(files["jobs"], [*(row for row in jobs if row is not first), *visits])
    engine.link(files, tmp_path / "links.csv", model=model.read())
    linked = {row["job_id"] for row in read(tmp_path / "links.csv") if row["lead_id"]}
    assert not linked & {f"v{week}" for week in range(-5, 2)}


@pytest.mark.parametrize(("before", "after", "linked"), [(60, 2, True), (60, 6, False), (15, 2, True)])
def test_repeated_visit_right_after_a_request_results_from_it(
    tmp_path: Path, before: int, after: int, *, linked: bool
) -> None:
    """A shop whose calls are all filed as Commercial Visit asks for one. Other shops have such visits often."""
    visit = {"email_address": "", "address": "", "job_type": "Commercial Visit"}
    jobs = [
        job(job_id=f"s{at}-{month}", created_on=f"2026-{month:02}-15 10:00", customer_name=f"Shop {chr(97 + at)}lby",
            phone_number=f"48055{at + 10_000}", **visit)
        for at in range(10)
        for month in (1, 2, 3, 4)
    ]  # fmt: skip
    asked = dt.datetime.fromisoformat("2026-03-02 09:00")
    for name, days in (("earlier", -before), ("asked", after)):
        jobs.append(job(job_id=name, created_on=f"{asked + dt.timedelta(days=days, hours=1)}", **visit))
    files = {"leads": write(tmp_path / "leads.csv", [lead(submitted_at=f"{asked}")]),
             "jobs": write(tmp_path / "jobs.csv", jobs)}  # fmt: skip
    engine.link(files, tmp_path / "links.csv", model=model.read())
    assert ("asked" in {row["job_id"] for row in read(tmp_path / "links.csv") if row["lead_id"]}) is linked


@pytest.mark.parametrize("source", ["jobs", "invoices"])
def test_further_job_that_costs_far_more_belongs_to_its_lead_more_often(tmp_path: Path, source: str) -> None:
    """The first visit was free. Ten further jobs cost 4,800 dollars, ten others 240."""
    files = _office(tmp_path, further=20)
    jobs = read(files["jobs"])
    totals = {f"{at}-11": "$4,800.00" if at < 10 else "$240.00" for at in range(20)}
    if source == "jobs":
        write(files["jobs"], [row | {"Job Total": totals.get(row["Job ID"], "0.00")} for row in jobs])
    else:
        billed = [{"Invoice ID": f"i{row['Job ID']}", "Job ID": row["Job ID"],
                   "Total": totals.get(row["Job ID"], "0.00")} for row in jobs]  # fmt: skip
        files["invoices"] = write(tmp_path / "invoices.csv", billed)
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv") if row["lead_id"]}
    less = max(chances.get(f"{at}-11", 0.0) for at in range(10, 20))
    assert all(1 - chances[f"{at}-11"] < (1 - less) / 2 for at in range(10))


def test_work_after_an_inspection_belongs_to_its_lead_more_often(tmp_path: Path) -> None:
    files = _office(tmp_path, further=20, changed=10, job_type="AC Install")
    after: dict[str, list[float]] = {}
    for first in ("AC Inspection", "AC Repair"):
        jobs = [row | ({"Job Type": first} if row["Job ID"].endswith("-1") else {}) for row in read(files["jobs"])]
        write(files["jobs"], jobs)
        engine.link(files, tmp_path / "links.csv", model=model.read())
        chances = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv") if row["lead_id"]}
        after[first] = [chances.get(f"{at}-11", 0.0) for at in range(20)]
    assert all(inspected > repaired for inspected, repaired in zip(*after.values(), strict=True))


def test_further_job_that_installs_nothing_belongs_to_its_lead_less_often(tmp_path: Path) -> None:
    rows = _further(tmp_path, model.read(), further=40, changed=20, job_type="AC Install")
    doubts = {row["job_id"]: 1 - float(row["probability"]) for row in rows if row["lead_id"]}
    assert max(doubts[f"{at}-11"] for at in range(20)) < 0.95 * min(doubts[f"{at}-11"] for at in range(20, 40))


def test_late_further_jobs_belong_to_their_lead_as_often_as_their_services_show(tmp_path: Path) -> None:
    """The same people have as many jobs before their leads and months later, so their number shows nothing."""
    files = _office(tmp_path, further=40)
    jobs = read(files["jobs"])
    firsts = [row for row in jobs if row["Job ID"].endswith("-1")]
    for row in jobs:
        if row["Job ID"].endswith("-11"):
            day = dt.date.fromisoformat(row["Created On"]) + dt.timedelta(days=55)
            row |= {"Created On": day.isoformat(), "Job Type": "AC Install", "Summary": "Return w/ parts"}
    for row in firsts:
        for days, service in ((-100, "Toilet Repair"), (-50, "Panel Upgrade"), (100, "Roof Leak"), (150, "Pest Visit")):
            day = dt.date.fromisoformat(row["Created On"]) + dt.timedelta(days=days)
            other = {"Job ID": f"{row['Job ID']}{days:+}", "Created On": day.isoformat(), "Job Type": service}
            jobs.append(row | other)
    write(files["jobs"], jobs)
    with compared(files) as db:
        ((log_odds,),) = db.execute("SELECT came FROM follow_ups WHERE step = 'late'").fetchall()
    assert log_odds > -2


def _odds(files: dict[str, Path]) -> dict[str, tuple[float, bool]]:
    """Return by job the log-odds that it belongs to the lead's first job, and whether both have the same customer."""
    with compared(files) as db:
        pipeline.assign(db, model.read())
        rows = db.execute("""SELECT j.id, round(max(odds), 6), bool_or(same_customer) FROM following
            JOIN jobs j ON j.n = later GROUP BY j.id""").fetchall()
    return {number: (odds, same) for number, odds, same in rows}


def _changed(files: dict[str, Path], change: dict[str, Callable[[int], dict[str, str]]]) -> dict[str, Path]:
    """Change the first and further jobs of each person: `change` has a function for 1 and 11."""
    rows = read(files["jobs"])
    for row in rows:
        person, _, later = row["Job ID"].partition("-")
        if later in change:
            row.update(change[later](int(person)))
    write(files["jobs"], rows)
    return files


def _opened(time: str) -> Callable[[int], dict[str, str]]:
    return lambda at: {"Created On": f"{dt.date(2026, 1, 2) + dt.timedelta(days=at)}{time}"}


def test_jobs_opened_in_the_same_call_belong_together(tmp_path: Path) -> None:
    """All further jobs are of the day of the first; those of even persons are of another house."""

    def further(time: str) -> Callable[[int], dict[str, str]]:
        return lambda at: _opened(time)(at) | ({} if at % 2 else {"Address": f"{at + 900} Walnut Rd"})

    odds = []
    for time in (" 10:40", " 15:40", ""):
        files = _office(tmp_path, further=20, housed=True)
        _changed(files, {"1": _opened(" 10:00" if time else ""), "11": further(time)})
        odds.append(_odds(files))
    together, apart, by_day = odds
    assert all(together[f"{at}-11"][0] > apart[f"{at}-11"][0] for at in range(20))
    assert together["4-11"][0] > together["5-11"][0] - 1 and apart["4-11"][0] < apart["5-11"][0] - 1.9
    assert by_day["4-11"][0] < by_day["5-11"][0] - 1.9, "dates without a time show no common call at two places"


def test_call_with_several_jobs_counts_for_each_of_them(tmp_path: Path) -> None:
    """Both jobs of ten persons were opened within an hour, and those of ten others on the same day."""
    further = lambda at: _opened(" 10:40" if at < 10 else " 15:40")(at)  # noqa: E731
    odds = _odds(_changed(_office(tmp_path, further=20), {"1": _opened(" 10:00"), "11": further}))
    assert min(odds[f"{at}-11"][0] for at in range(10)) > max(odds[f"{at}-11"][0] for at in range(10, 20)) + 0.5


def test_manager_s_jobs_opened_in_the_same_call_belong_together(tmp_path: Path) -> None:
    """They are at different places, and only the manager's phone connects them."""
    firm = {"customer_name": "Acme Property Management", "phone_number": "6025550100", "email_address": ""}
    related = []
    for second in ("10:30", "15:00"):
        files = _changed(_office(tmp_path, further=20), {"1": _opened(" 10:00"), "11": _opened(" 15:40")})
        leads, jobs = read(files["leads"]), read(files["jobs"])
        for at, last in enumerate(("Abelard", "Bromfield", "Castellan", "Dunmore", "Eberhart")):
            day = dt.date(2026, 1, 5) + dt.timedelta(days=25 * at)
            leads.append(lead(lead_id=f"F{at}", submitted_at=str(day), last_name=last, phone="602-555-0100", email="",
                              street="", zip=""))  # fmt: skip
            for visit, time in enumerate(("10:00", second)):
                jobs.append(job(job_id=f"f{at}-{visit}", created_on=f"{day + dt.timedelta(days=1)} {time}",
                                address=f"{at + 700 + 100 * visit} Cedar Ave, Phoenix, AZ 85001", **firm))  # fmt: skip
        write(files["leads"], leads)
        write(files["jobs"], jobs)
        related.append({number for number in _odds(files) if number.startswith("f")})
    assert related == [{f"f{at}-1" for at in range(5)}, set()]


def test_free_correction_belongs_to_its_lead_less_often(tmp_path: Path) -> None:
    """All further jobs are free, and the notes of the first five say why."""
    files = _office(tmp_path, further=20)
    notes = lambda at: {"Job Total": "0.00", "Summary": "No charge" if at < 5 else "Checked it"}  # noqa: E731
    odds = _odds(_changed(files, {"1": lambda _: {"Job Total": "240.00"}, "11": notes}))
    assert max(odds[f"{at}-11"][0] for at in range(5)) < min(odds[f"{at}-11"][0] for at in range(5, 20)) - 3


def test_service_that_follows_another_in_this_office_belongs_more_often(tmp_path: Path) -> None:
    """Of 60 further jobs, installations follow consultations, and repairs follow the rest; the last two are mixed."""
    first = lambda at: {"Job Type": "Comfort Consult" if at % 2 else "Duct Visit"}  # noqa: E731
    then = lambda at: {"Job Type": "Big Job" if (at % 2 == 1) is (at < 58) else "Small Job"}  # noqa: E731
    odds = _odds(_changed(_office(tmp_path, further=60), {"1": first, "11": then}))
    assert odds["55-11"][0] > odds["58-11"][0] + 1 and odds["54-11"][0] > odds["59-11"][0] + 1


@pytest.mark.parametrize("known", ["address", "phone_number"])
def test_visits_of_other_customers_show_which_service_follows_another(tmp_path: Path, known: str) -> None:
    """Forty customers without a request show what follows what. Of four further jobs, two follow as theirs do."""
    files = _office(tmp_path, further=4)
    services = [("Comfort Consult", "Big Job"), ("Duct Visit", "Small Job")]
    first = lambda at: {"Job Type": services[at % 2][0]}  # noqa: E731
    then = lambda at: {"Job Type": services[(at % 2 + at // 2) % 2][1]}  # noqa: E731
    jobs = read(_changed(files, {"1": first, "11": then})["jobs"])
    for at in range(40):
        other = {"customer_name": "", "phone_number": "", "email_address": "", "address": ""}
        other[known] = f"{at + 300} Elm St, Phoenix, AZ 85001" if known == "address" else f"48055{at + 10_000}"
        for day, service in zip((3, 13), services[at % 2], strict=True):
            jobs.append(job(job_id=f"v{at}-{day}", created_on=f"2026-03-{day:02d}", job_type=service, **other))
    odds = _odds(files | {"jobs": write(files["jobs"], jobs)})
    assert odds["0-11"][0] > odds["3-11"][0] + 1 and odds["1-11"][0] > odds["2-11"][0] + 1


@pytest.mark.parametrize("places", [1, 3], ids=["a garden", "a builder's lots"])
def test_visits_to_different_places_are_no_routine(tmp_path: Path, places: int) -> None:
    """Customers have a visit each month. If each is at another place, the next one there is other work."""
    files = _office(tmp_path, further=1)
    jobs = read(files["jobs"])
    for at in range(20):
        for month in (1, 2, 3, 4):
            cells = {"phone_number": f"48055{at + 10_000}", "email_address": "", "job_type": "Trim Work"}
            cells["address"] = f"{100 + 10 * at + month % places} Elm St, Phoenix, AZ 85001"
            jobs.append(job(job_id=f"v{at}-{month}", created_on=f"2026-0{month}-15", **cells))
    with compared(files | {"jobs": write(files["jobs"], jobs)}) as db:
        routine = db.execute("SELECT filed FROM routine_services").fetchall()
    assert bool(routine) is (places == 1)


@pytest.mark.parametrize("building", [False, True], ids=["a house", "a building"])
def test_further_work_at_the_same_place_belongs_together(tmp_path: Path, *, building: bool) -> None:
    """A house is sold: the buyer pays for the test, the seller for the repair. In a building, they are strangers."""
    files = _office(tmp_path, further=20, housed=True)
    leads, jobs = read(files["leads"]), read(files["jobs"])
    for row in leads[:5]:
        row |= {"Street": f"{int(row['Lead ID'][1:]) + 100} Oak St"}
    for row in jobs:
        if row["Job ID"] in {f"{at}-11" for at in range(5)}:
            row |= {"Phone Number": f"48055501{row['Job ID'][0]}7", "Customer Name": "Wilma Otherby"}
    for at in range(5 if building else 0):
        for number, last in enumerate(("Abelard", "Bromfield", "Castellan")):
            home = f"{at + 100} Oak St, Phoenix, AZ 85001"
            jobs.append(job(job_id=f"n{at}{number}", created_on="2025-03-01", customer_name=f"Otto {last}",
                            phone_number="", email_address="", address=home))  # fmt: skip
    write(files["leads"], leads)
    write(files["jobs"], jobs)
    odds = _odds(files)
    same = {odds[f"{at}-11"][1] for at in range(5) if f"{at}-11" in odds}
    assert same == {not building}


def test_habit_of_the_request_counts_half_for_further_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows what first jobs are: here, drains are cleaned first only if the request asks for that."""
    files, odds = _office(tmp_path, further=20, changed=20, job_type="Drain Cleaning"), []
    _changed(files, {"1": lambda at: {"Job Type": "AC Repair" if at % 2 else "Drain Cleaning"}})
    asked = ("Drain Cleaning", "AC Repair")
    write(files["leads"], [row | {"Service": asked[at % 2]} for at, row in enumerate(read(files["leads"]))])
    for weight in (0.0, chances.ASKED_WEIGHT, 1.0):
        script = Script("assignment", **pipeline._ASSIGNMENT._values | {"asked_weight": weight})
        monkeypatch.setattr(pipeline, "_ASSIGNMENT", script)
        odds.append({number: value for number, (value, _) in _odds(files).items()})
    without, half, full = odds
    assert half == pytest.approx({number: (without[number] + full[number]) / 2 for number in half}, abs=1e-4)
    assert max(abs(without[number] - full[number]) for number in half) > 0.1


def test_small_jobs_belong_to_the_first_job_less_often_than_large_jobs(tmp_path: Path) -> None:
    totals = ("120.00", "480.00", "4800.00", "0.00")
    change = {"1": lambda _: {"Job Total": "240.00"}, "11": lambda at: {"Job Total": totals[at % 4]}}
    odds = _odds(_changed(_office(tmp_path, further=20), change))
    small, usual, large, free = (odds[f"{at}-11"][0] for at in (16, 17, 18, 19))
    assert small < usual < large and small < free < large


def test_further_job_of_a_regular_customer_belongs_to_the_lead_less_often(tmp_path: Path) -> None:
    """Half of the people had six jobs in the year before."""
    files = _changed(_office(tmp_path, further=20), {key: lambda at: {"Customer ID": f"C{at}"} for key in ("1", "11")})
    rows = read(files["jobs"])
    before = [
        row | {"Job ID": f"{row['Job ID']}-{month}", "Created On": f"2025-06-0{month}", "Job Type": f"Work {month}"}
        for row in rows if row["Job ID"].endswith("-1") and int(row["Job ID"].split("-")[0]) % 2
        for month in range(1, 7)
    ]  # fmt: skip
    odds = _odds({**files, "jobs": write(files["jobs"], [*rows, *before])})
    assert odds["11-11"][0] == pytest.approx(odds["10-11"][0] - 0.75 * math.log(8 / 2), abs=0.01)


@pytest.mark.parametrize(
    "names",
    [
        {"Summary": "Part came in, see job {number}."},
        {"Original Job #": "{number}"},
        {"Project #": "P-{number}"},
    ],
    ids=lambda names: next(iter(names)),
)
def test_further_jobs_belong_to_the_work_that_they_name(tmp_path: Path, names: dict[str, str]) -> None:
    """Each customer has a visit long before the request, another after it, and a third that names either of these."""
    leads, jobs = [], []
    for at in range(150):
        last = "".join(chr(97 + at * prime % 26) for prime in (3, 5, 7, 11, 17, 23)) + f"{'bcdfgk'[at // 26]}son"
        phone, day = f"602{(at + 31) * 48_611 % 10_000_000:07d}", dt.date(2026, 1, 1) + dt.timedelta(days=at)
        leads.append(
            lead(lead_id=f"L{at}", submitted_at=day.isoformat(), email="", street="", phone=phone, last_name=last)
        )
        for visit, (lag, work) in enumerate(((-200, "AC Estimate"), (1, "AC Repair"), (30, "AC Parts Visit"))):
            earlier = 5001 + at * 10 + (at % 2 if visit == 2 else visit)
            named = visit == 2 or "Project #" in names
            jobs.append(
                job(
                    job_id=str(5001 + at * 10 + visit),
                    created_on=(day + dt.timedelta(days=lag)).isoformat(),
                    job_type=work,
                    customer_name=f"Robert {last}",
                    phone_number=phone,
                    email_address="",
                    address="",
                )
                | {"Customer #": str(at), **dict.fromkeys(names, "")}
                | ({name: cell.format(number=earlier) for name, cell in names.items()} if named else {})
            )
    files = {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    engine.link(files, tmp_path / "links.csv", model=model.read())
    linked_jobs = {row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv") if row["job_id"]}
    later = [linked_jobs.get(str(5003 + at * 10), 0.0) for at in range(150)]
    assert min(later[1::2]) > 0.98 and 1 - max(later[::2]) > 5 * (1 - min(later[1::2]))


def test_the_visit_after_notes_that_name_the_caller_belongs_to_the_caller(tmp_path: Path) -> None:
    """Only the notes of the first visit name the tenant of the customer. Another house is not hers."""
    files = _office(tmp_path, further=75)
    landlord = {"customer_name": "Oak Court LLC", "phone_number": "4805550100", "email_address": ""}
    tenant = lead(
        lead_id="T", submitted_at="2026-03-02", last_name="Zimmerlin", phone="4805550199", email="", street=""
    )
    leads = [*read(files["leads"]), tenant]
    rows = {
        "9001": ("2026-03-03", "12 Elm St, Phoenix, AZ 85001", "Tenant Robert 480-555-0199, leak under the sink"),
        "9002": ("2026-03-11", "12 Elm St, Phoenix, AZ 85001", "Part in, installed"),
        "9003": ("2026-03-11", "98 Birch Rd, Phoenix, AZ 85001", "Part in, installed"),
        "9004": ("2026-03-12", "12 Elm St, Phoenix, AZ 85001", "Tenant Maria 480-555-0177, no heat"),
    }
    visits = [
        job(job_id=number, created_on=day, address=address, summary=notes, **landlord) | {"Customer #": "77"}
        for number, (day, address, notes) in rows.items()
    ]
    jobs = [{**row, "Customer #": ""} for row in read(files["jobs"])] + visits
    files |= {"leads": write(tmp_path / "leads.csv", leads), "jobs": write(tmp_path / "jobs.csv", jobs)}
    engine.link(files, tmp_path / "links.csv", model=model.read())
    chances = {
        row["job_id"]: float(row["probability"]) for row in read(tmp_path / "links.csv") if row["lead_id"] == "T"
    }
    assert chances["9001"] > 0.9
    assert chances["9002"] > 0.7
    assert max(chances.get("9003", 0.0), chances.get("9004", 0.0)) < 0.2
