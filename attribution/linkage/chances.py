"""Estimates how often the same people have a job anyway, which limits the probability of a job weeks after a lead.

A job of the same customer did not necessarily come from this lead: customers also call about other things. The base
rate is estimated from the months before their leads, when no job can be an outcome, and from the services filed
afterwards, which depend on the service requested. Needs no labels.
"""

import math
from collections.abc import Sequence

import duckdb

from .habits import LEAST, SPANS, step_of

#: Days before a lead in which a job is unrelated to it.
_SINCE, _UNTIL = 180, 8
#: Weight of the months before the leads, in jobs after them; number of iterations.
_GRAIN, _ROUNDS = 10.0, 200
#: Days after a lead from which on almost no job is its outcome.
_LATE = SPANS["late"][0]
#: Days after a lead in which almost every job of the same people is its outcome; strength of the prior that campaigns
#: do not differ, in jobs; largest effect of a campaign, in natural log-odds.
_AT_ONCE, _EVEN, _MOST = 3, 30.0, 2.0
#: Shares are limited to this distance from 0 and 1.
_LEAST_SHARE = 0.002
#: The step of time after a first job in which hardly any job belongs to it.
_LAST = "late"
#: Further jobs of each step that are assumed not to belong to the first one.
_DOUBTS = 3
#: Log-odds that the same trade adds to a job that may have come from a lead, and that another trade takes away.
_SAME_TRADE, _OTHER_TRADE = 0.3, 1.5


def find(db: duckdb.DuckDBPyConnection, *, window_days: int, tolerance_days: int) -> None:
    """Make `sources` (filed, fit), see `_sources`, and `comings` (step, firm, came).

    `came` is the natural log-odds that the first job of the same people, or of the same firm, at that time after a lead
    is its outcome. `follow_ups`: see `_follow_ups`. Without enough data the tables stay empty. Needs `habits`, `asks`
    and `lead_rules`.
    """
    db.execute("CREATE OR REPLACE TABLE comings (step VARCHAR, firm BOOLEAN, came DOUBLE)")
    for firm in (False, True):
        _same_people(db, firm=firm, window_days=window_days, tolerance_days=tolerance_days)
        if not firm:
            _sources(db)
            _follow_ups(db, window_days=window_days, tolerance_days=tolerance_days)
        _comings(db, firm=firm, window_days=window_days, tolerance_days=tolerance_days)
    for table in ("people", "same_people"):
        db.execute(f"DROP TABLE {table}")


def _comings(db: duckdb.DuckDBPyConnection, *, firm: bool, window_days: int, tolerance_days: int) -> None:
    """Insert the rows of `comings` for `same_people`."""
    seen: dict[str, list[tuple[float, int]]] = {}
    for step, fit, many in db.execute(f"""
        SELECT {step_of("lag")} AS step, round(fit, 1) AS fit, count(*) FROM (
            SELECT lag, coalesce(h.fit, 0) + coalesce(o.fit, 0) AS fit FROM same_people p
            JOIN jobs j ON j.n = p.r LEFT JOIN asks a ON a.n = p.l
            LEFT JOIN habits h ON h.what = 'service' AND h.asked = a.asked AND h.filed = j.service
            LEFT JOIN sources o ON o.filed = coalesce(j.campaign, '')
            WHERE lag >= -{tolerance_days}
            QUALIFY row_number() OVER (PARTITION BY p.l ORDER BY lag, p.r) = 1
        ) GROUP BY ALL ORDER BY ALL
    """).fetchall():  # noqa: S608 - constants
        seen.setdefault(step, []).append((fit, many))
    if sum(many for fits in seen.values() for _, many in fits) < LEAST:
        return
    people, before = _before(db)
    other, outcomes = min(before, _after(db, window_days)), 0.0
    for step, (first, last) in sorted(SPANS.items(), key=lambda span: span[1]):
        fits = seen.get(step, [])
        days = max(0, min(last, window_days) - max(first, -tolerance_days) + 1)
        whole = sum(many for _, many in fits)
        share = _share(fits, (max(0.0, whole - other * days * people) + 1) / (whole + 2))
        db.execute("INSERT INTO comings VALUES (?, ?, ?)", [step, firm, round(math.log(share / (1 - share)), 6)])
        outcomes += share * whole
        people -= whole  # people whose outcome was found are no longer waiting for one
    # A job without a date may be any of these people's jobs.
    jobs = db.execute("SELECT count(DISTINCT r) FROM same_people").fetchall()[0][0]
    share = min(1 - _LEAST_SHARE, max(_LEAST_SHARE, outcomes / max(1, jobs)))
    db.execute("INSERT INTO comings VALUES ('missing', ?, ?)", [firm, round(math.log(share / (1 - share)), 6)])


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


def _sources(db: duckdb.DuckDBPyConnection) -> None:
    """Make `sources` (filed, fit): how much more often a campaign is on jobs right after a lead than on earlier ones.

    `fit` is the natural log of that ratio for the same people; `filed` is '' for jobs without a campaign. It is large
    for offices that mark jobs that came from the web.
    """
    db.execute(f"""
        CREATE OR REPLACE TABLE sources AS
        WITH seen AS (
            SELECT DISTINCT r, coalesce(j.campaign, '') AS filed, lag >= 0 AS own
            FROM same_people p JOIN jobs j ON j.n = p.r
            WHERE lag BETWEEN 0 AND {_AT_ONCE} OR lag <= -{_UNTIL}
        ),
        many AS (
            SELECT filed, count(*) FILTER (own) AS own, count(*) FILTER (NOT own) AS other FROM seen GROUP BY filed
        ),
        whole AS (SELECT sum(own) AS own, sum(other) AS other FROM many)
        SELECT filed, round(greatest(-{_MOST}, least({_MOST}, ln(
            (m.own + {_EVEN} * (m.own + m.other) / (w.own + w.other)) / (w.own + {_EVEN})
            / ((m.other + {_EVEN} * (m.own + m.other) / (w.own + w.other)) / (w.other + {_EVEN}))))), 6) AS fit
        FROM many m, whole w WHERE least(w.own, w.other) >= {LEAST} ORDER BY filed
    """)  # noqa: S608 - constant numbers


def _before(db: duckdb.DuckDBPyConnection) -> tuple[int, float]:
    """Return the number of people with a lead, and the share of them with a job per day before it."""
    people, days = db.execute(f"""
        SELECT count(*), coalesce(sum(greatest(0, least({_SINCE}, datediff('day', since, seen_on)) - {_UNTIL} + 1)), 0)
        FROM people, (SELECT min(seen_on) AS since FROM jobs)
    """).fetchall()[0]  # noqa: S608 - constant numbers
    with_job = db.execute(f"SELECT count(DISTINCT l) FROM same_people WHERE lag <= -{_UNTIL}").fetchall()[0][0]  # noqa: S608
    return int(people), int(with_job) / max(1, int(days))


def _after(db: duckdb.DuckDBPyConnection, window_days: int) -> float:
    """Return an upper limit for the share of people with an unrelated job per day, from the weeks long after a lead.

    People who have jobs independently of a lead have them at any time, so the rate in those weeks also limits the rate
    right after a lead, even if it was higher before.
    """
    days, late_jobs = db.execute(f"""
        SELECT
            (SELECT sum(greatest(0, least({window_days}, datediff('day', seen_on, until)) - {_LATE} + 1))
                FROM people, (SELECT max(seen_on) AS until FROM jobs)),
            (SELECT count(*) FROM (SELECT DISTINCT l, r FROM same_people WHERE lag >= {_LATE}))
    """).fetchall()[0]  # noqa: S608 - constant numbers
    return (int(late_jobs) + math.sqrt(late_jobs) + 1) / days if days else math.inf


def _follow_ups(db: duckdb.DuckDBPyConnection, *, window_days: int, tolerance_days: int) -> None:
    """Make `follow_ups` (step, came): the log-odds that a further job of the same people belongs to their first one.

    `step` is the time since their first job after the lead. The number of further jobs is compared with the jobs that
    the same people have anyway: before their leads, once the window has passed, or long after the first job, whichever
    is least.
    """
    db.execute("CREATE OR REPLACE TABLE follow_ups (step VARCHAR, came DOUBLE)")
    db.execute(f"""
        CREATE OR REPLACE TABLE further AS
        SELECT l, p.r, lag, {kinship("x", "j", "h.fit")} AS fit,
            min(lag) FILTER (lag >= -{tolerance_days}) OVER (PARTITION BY l) AS first,
            row_number() OVER (PARTITION BY l ORDER BY lag < -{tolerance_days}, lag, p.r) AS place
        FROM same_people p JOIN leads x ON x.n = p.l JOIN jobs j ON j.n = p.r LEFT JOIN asks a ON a.n = p.l
        LEFT JOIN habits h ON h.what = 'service' AND h.asked = a.asked AND h.filed = j.service
    """)  # noqa: S608 - constant numbers
    firsts = db.execute(
        "SELECT first, count(*) FROM further WHERE place = 1 AND first IS NOT NULL GROUP BY first"
    ).fetchall()
    seen: dict[str, list[tuple[float, int]]] = {}
    for step, fit, many in db.execute(
        f"SELECT {step_of('lag - first')} AS step, round(fit, 1) AS fit, count(*) FROM further "  # noqa: S608
        "WHERE place > 1 AND lag >= first GROUP BY ALL ORDER BY ALL"
    ).fetchall():
        seen.setdefault(step, []).append((fit, many))
    if sum(many for _, many in firsts) >= LEAST:
        days = {
            step: sum(many * max(0, min(last, window_days - lag) - first + 1) for lag, many in firsts)
            for step, (first, last) in SPANS.items()
        }
        periods = [*_usual(db, window_days), (sum(many for _, many in seen.get(_LAST, [])), days[_LAST])]
        rate = min((many + math.sqrt(many) + 1) / span if span else math.inf for many, span in periods)
        for step, fits in seen.items():
            many = sum(number for _, number in fits)
            share = _share(fits, max(0.0, many - rate * days[step]) / (many + _DOUBTS))
            db.execute("INSERT INTO follow_ups VALUES (?, ?)", [step, round(math.log(share / (1 - share)), 6)])
    db.execute("DROP TABLE further")


def kinship(lead: str, job: str, fit: str) -> str:
    """Return SQL for how much likelier the job's service is if it came from the lead, as log odds.

    `fit` is the office's habit; the trades are compared too, because a habit needs many jobs of each type.
    """
    trades = f"({lead}.trade & {job}.trade)"
    known = f"CASE WHEN {trades} <> 0 THEN {_SAME_TRADE} WHEN {trades} = 0 THEN {-_OTHER_TRADE} ELSE 0 END"
    return f"(coalesce({fit}, 0) + {known})"


def _usual(db: duckdb.DuckDBPyConnection, window_days: int) -> list[tuple[int, int]]:
    """Return (jobs, days) of the people in `further`, before their leads and once the window has passed."""
    asked = """people SEMI JOIN (SELECT l FROM further WHERE first IS NOT NULL) f ON f.l = people.n,
        (SELECT min(seen_on) AS since, max(seen_on) AS until FROM jobs)"""
    later = " UNION ".join(
        f"SELECT x.n, j.n AS r FROM leads x SEMI JOIN (SELECT l FROM further WHERE first IS NOT NULL) f ON f.l = x.n "  # noqa: S608
        f"JOIN jobs j ON j.{column} = x.{column} WHERE {free.replace('l.', 'x.')} AND (x.last = j.last OR "
        f"x.first = j.first) AND datediff('day', x.seen_on, j.seen_on) BETWEEN {window_days + 1} AND "
        f"{window_days + _SINCE}"
        for column, free in _OWN
    )
    rows = db.execute(f"""
        SELECT (SELECT count(*) FROM further WHERE lag <= -{_UNTIL} AND first IS NOT NULL),
            coalesce(sum(greatest(0, least({_SINCE}, datediff('day', since, seen_on)) - {_UNTIL} + 1)), 0) FROM {asked}
        UNION ALL
        SELECT (SELECT count(*) FROM ({later})),
            coalesce(sum(greatest(0, least({_SINCE}, datediff('day', seen_on, until) - {window_days}))), 0) FROM {asked}
    """).fetchall()  # noqa: S608 - constant numbers
    return [(int(many), int(days)) for many, days in rows]


#: Columns that identify the same person, or the same firm, with a condition on the lead.
_OWN = (("phone1", "NOT l.phone_shared"), ("email1", "NOT l.email_shared"))
_FIRM = (
    ("phone1", "l.phone_shared AND NOT l.phone_mass"),
    ("email1", "l.email_shared AND NOT l.email_mass"),
    ("firm", "true"),
)


def _same_people(db: duckdb.DuckDBPyConnection, *, firm: bool, window_days: int, tolerance_days: int) -> None:
    """Make `people` (n, seen_on) and `same_people` (l, r, lag).

    `people` are leads with an unshared contact, `same_people` their jobs in the period considered. With `firm`, leads
    with a contact of their firm, and that firm's jobs.
    """
    known = " OR ".join(f"l.{column} IS NOT NULL AND {free}" for column, free in _OWN)
    shared = " OR ".join(f"l.{column} IS NOT NULL AND {free}" for column, free in _FIRM)
    db.execute(f"""
        CREATE OR REPLACE TABLE people AS
        SELECT l.n, l.seen_on FROM leads l JOIN lead_rules x ON x.n = l.n
        WHERE x.why IS NULL AND x.root = l.n AND l.seen_on IS NOT NULL AND ({shared if firm else known})
    """)  # noqa: S608 - constant SQL
    who = "true" if firm else "(l.last = r.last OR l.first = r.first)"
    both = " UNION ".join(
        f"SELECT l.n AS l, r.n AS r, datediff('day', l.seen_on, r.seen_on) AS lag FROM leads l SEMI JOIN people p "  # noqa: S608
        f"ON p.n = l.n JOIN jobs r ON r.{column} = l.{column} WHERE {free} AND {who} "
        f"AND (datediff('day', l.seen_on, r.seen_on) BETWEEN -{_SINCE} AND -{_UNTIL} "
        f"OR datediff('day', l.seen_on, r.seen_on) BETWEEN -{tolerance_days} AND {window_days})"
        for column, free in (_FIRM if firm else _OWN)
    )
    db.execute(f"CREATE OR REPLACE TABLE same_people AS {both}")
