"""Estimates how often the same people have a job anyway, which limits the probability of a job weeks after a lead.

A job of the same customer did not necessarily come from this lead: customers also call about other things. The base
rate is estimated from the months before their leads, when no job can be an outcome, and from the services filed
afterwards, which depend on the service requested. Needs no labels.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

import duckdb

from .comparing import SPANS
from .sql import Script

#: Pairs without which nothing is learned about an office.
LEAST = 60
#: Weight of the months before the leads, in jobs after them; number of iterations.
_GRAIN, _ROUNDS = 10.0, 200
#: Share of first jobs that are outcomes, by time, in generated businesses of several authors, and its weight in jobs.
_PRIOR = {"day": 0.995, "days": 0.99, "week": 0.985, "two weeks": 0.98, "month": 0.96, "two months": 0.9}
_PRIOR |= {"late": 0.75, "differ": 0.05}
_PRIOR_JOBS = 10.0
#: Shares are limited to this distance from 0 and 1.
_LEAST_SHARE = 0.002
#: The step of time after a first job in which hardly any job belongs to it.
_LAST = "late"
#: Further jobs of each step that are assumed not to belong to the first one.
_DOUBTS = 3
#: Least share of the further jobs of a step before their services are compared. With zero, these could show nothing.
_LEAST_FURTHER = 0.1
#: Usual share of further jobs that belong to the first one, by time after it, in generated businesses of 26 authors. An
#: office with too few first jobs starts from these.
_FURTHER = {"day": 0.59, "days": 0.86, "week": 0.91, "two weeks": 0.8, "month": 0.67, "two months": 0.37, "late": 0.11}
#: Factor of how often the office files a service for the request, if the job is a further one: that shows first jobs.
ASKED_WEIGHT = 0.5
#: Columns that identify the same person, or the same firm, with a condition on the lead `l`.
_OWN = (("phone1", "NOT l.phone_shared"), ("email1", "NOT l.email_shared"))
_FIRM = (
    ("phone1", "l.phone_shared AND NOT l.phone_mass"),
    ("email1", "l.email_shared AND NOT l.email_mass"),
    ("firm", "true"),
)
#: Number of jobs by how well their service fits the request: (log ratio to chance, number).
Fits = list[tuple[float, int]]
#: `since` and `until`: days before a lead in which a job is unrelated to it. `soon`: days after a lead, or after its
#: first job, in which almost every job of the same people belongs to it. `near`: days after a visit in which another
#: one may continue it. `even`: strength of the prior that services, or campaigns, do not differ, in jobs; `most`,
#: `most_chained`, `most_sign`: the largest effect of a service, of a service after another one, and of a campaign or
#: another sign, in natural log-odds. `own_same` to `other_together`: usual shares of jobs with a sign, see
#: `further_signs`, and `grain`, their weight in jobs. `apart`: a request is compared by chance with the job of the lead
#: so many places after it.
_SQL = Script(
    "rates", since=180, until=8, late=SPANS["late"][0], near=SPANS["month"][1], soon=14, even=10.0, most=2.0,
    most_chained=3.0, most_sign=3.0, least=LEAST, own_same=0.8, other_same=0.3, own_continues=0.4,
    other_continues=0.06, own_far_more=0.35, other_far_more=0.06, own_together=0.1, other_together=0.01,
    own_same_work=0.9, other_same_work=0.1, grain=20.0,
    apart=7, asked_weight=ASKED_WEIGHT,
)  # fmt: skip


def find(db: duckdb.DuckDBPyConnection, *, window_days: int, tolerance_days: int) -> None:
    """Make `sources`, `word_habits`, `comings`, `follow_ups`, `joined_visits` and what describes further jobs.

    Without enough data, `sources` and `comings` stay empty. Needs `habits`, `asks`, `lead_rules`,
    `routine_services` and `telling_KIND`.
    """
    window = {"window_days": window_days, "tolerance_days": tolerance_days}
    _SQL.run(db, "comings")
    for firm in (False, True):
        _select_people(db, window, firm=firm)
        if not firm:
            _SQL.run(db, "sources", "word_habits", **window)
            _follow_ups(db, window)
        _comings(db, window, firm=firm)
    _SQL.run(db, "drop")


def _select_people(db: duckdb.DuckDBPyConnection, window: Mapping[str, int], *, firm: bool) -> None:
    """Make `people` and `same_people`; with `firm`, leads with a contact of their firm, and that firm's jobs."""
    contacts = _FIRM if firm else _OWN
    who = "true" if firm else "(l.last = r.last OR l.first = r.first)"
    known = " OR ".join(f"l.{column} IS NOT NULL AND {free}" for column, free in contacts)
    jobs = (_SQL.text("jobs_of_people", column=column, free=free, who=who, **window) for column, free in contacts)
    _SQL.run(db, "people", "same_people", known=known, jobs=" UNION ".join(jobs))


def _counted(db: duckdb.DuckDBPyConnection, part: str, **values: object) -> dict[str, Fits]:
    """Return the number of jobs by time step and fit."""
    seen: dict[str, Fits] = defaultdict(list)
    for name, fit, many in _SQL.rows(db, part, **values):
        seen[name].append((fit, many))
    return seen


def _log_odds(share: float) -> float:
    return round(math.log(share / (1 - share)), 6)


def _comings(db: duckdb.DuckDBPyConnection, window: Mapping[str, int], *, firm: bool) -> None:
    """Insert the rows of `comings` for `same_people`."""
    seen = _counted(db, "first_jobs", **window)
    if sum(many for fits in seen.values() for _, many in fits) < LEAST:
        return
    people, before = _before(db)
    other, outcomes = min(before, _after(db, window)), 0.0
    for step, (first, last) in sorted(SPANS.items(), key=lambda span: span[1]):
        fits = seen.get(step, [])
        days = max(0, min(last, window["window_days"]) - max(first, -window["tolerance_days"]) + 1)
        whole = sum(many for _, many in fits)
        more = max(0.0, whole - other * days * people)
        share = _share(fits, (more + _PRIOR_JOBS * _PRIOR[step]) / (whole + _PRIOR_JOBS))
        db.execute("INSERT INTO comings VALUES (?, ?, ?)", [step, firm, _log_odds(share)])
        outcomes += share * whole
        people -= whole  # people whose outcome was found are no longer waiting for one
    # A job without a date may be any of these people's jobs.
    jobs = _SQL.rows(db, "count_jobs")[0][0]
    share = min(1 - _LEAST_SHARE, max(_LEAST_SHARE, outcomes / max(1, jobs)))
    db.execute("INSERT INTO comings VALUES ('missing', ?, ?)", [firm, _log_odds(share)])


def _share(fits: Sequence[tuple[float, int]], before: float) -> float:
    """Estimate the share of jobs that are outcomes of leads.

    `fits` are (log ratio to chance of the filed service given the requested one, number of jobs). `before` is the
    estimate from their number and from the time before the leads.
    """
    whole = sum(many for _, many in fits)
    share = before
    for _ in range(_ROUNDS):
        own = sum(many * share / (share + (1 - share) * math.exp(-fit)) for fit, many in fits)
        share = (own + _GRAIN * before) / (whole + _GRAIN)
    return min(1 - _LEAST_SHARE, max(_LEAST_SHARE, share))


def _before(db: duckdb.DuckDBPyConnection) -> tuple[int, float]:
    """Return the number of people with a lead, and the share of them with a job per day before it."""
    people, days = _SQL.rows(db, "days_before")[0]
    return int(people), int(_SQL.rows(db, "people_with_job_before")[0][0]) / max(1, int(days))


def _after(db: duckdb.DuckDBPyConnection, window: Mapping[str, int]) -> float:
    """Return an upper limit for the share of people with an unrelated job per day, from the weeks long after a lead.

    People who have jobs independently of a lead have them at any time, so the rate in those weeks also limits the rate
    right after a lead, even if it was higher before.
    """
    days, late_jobs = _SQL.rows(db, "late_jobs", **window)[0]
    return (int(late_jobs) + math.sqrt(late_jobs) + 1) / days if days else math.inf


def _follow_ups(db: duckdb.DuckDBPyConnection, window: Mapping[str, int]) -> None:
    """Make `follow_ups`, by the time since the first job of the same people after the lead, and what describes them.

    The number of further jobs is compared with the jobs that the same people have anyway: before their leads, once the
    window has passed, or long after the first job, whichever is least.
    """
    _SQL.run(db, "follow_ups", "further", **window)
    _SQL.run(db, "visits", "joined_visits", "visits_after", "further_services", "chained_services", **window)
    _SQL.run(db, "further_signs", "sign_fits", **window)
    firsts = _SQL.rows(db, "count_firsts")
    seen = _counted(db, "further_jobs")
    days = {
        step: sum(many * max(0, min(last, window["window_days"] - lag) - first + 1) for lag, many in firsts)
        for step, (first, last) in SPANS.items()
    }
    periods = [*_usual(db, window), (sum(many for _, many in seen.get(_LAST, [])), days[_LAST])]
    rate = min((many + math.sqrt(many) + 1) / span if span else math.inf for many, span in periods)
    known = sum(many for _, many in firsts) >= LEAST
    for step in seen if known else _FURTHER:
        fits = seen.get(step, [])
        many = sum(number for _, number in fits)
        before = max(_LEAST_FURTHER, (many - rate * days[step]) / (many + _DOUBTS)) if known else _FURTHER[step]
        db.execute("INSERT INTO follow_ups VALUES (?, ?)", [step, _log_odds(_share(fits, before))])
    _SQL.run(db, "drop_further")


def _usual(db: duckdb.DuckDBPyConnection, window: Mapping[str, int]) -> list[tuple[int, int]]:
    """Return (jobs, days) of the people in `further`, before their leads and once the window has passed."""
    later = " UNION ".join(
        _SQL.text("jobs_after_window", column=column, free=free.replace("l.", "x."), **window) for column, free in _OWN
    )
    return [(int(many), int(days)) for many, days in _SQL.rows(db, "usual_jobs", later=later, **window)]
