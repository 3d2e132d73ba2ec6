"""Turns scores into links: exclusions, one lead per job, labels.

The rules, in order:

- A lead marked as test or spam, and a canceled job, are excluded.
- Of several submissions of one request, the earliest has the claim.
- A job has at most one lead: the probabilities of all possible leads, and of none, add up to one.
- A lead has one first job: the probabilities of the jobs that may be it, and of none, add up to one.
- A later job of the same people in the window belongs to the first as often as such jobs do in this office.
"""

import math

import duckdb

from .chances import kinship
from .comparing import OFTEN, SELDOM
from .habits import step_of
from .macros import array
from .model import LATER, TRUST, Model
from .words import any_of, words

#: Log-odds beyond this change no label.
FAR = 25
#: Upper limit of a probability when jobs compete for a lead.
ALMOST = 0.999999
#: Jobs of a lead after one of them that may belong to it.
_FURTHER = 20


def veto(db: duckdb.DuckDBPyConnection, model: Model, *, cancelled: bool = False) -> None:
    """Make the tables `lead_rules` and `job_rules`, which exclude leads and jobs.

    `lead_rules` (n, root, why): the reason that a lead is excluded, and the lead with the claim for its request.
    `job_rules` (n, why, out): the reason, and whether it excludes the job; with `cancelled`, canceled jobs are not
    excluded.
    """
    names, marks = array(words()["test_names"]), array(words()["test_marks"])
    db.execute(f"CREATE OR REPLACE TABLE one_back AS {_doubles(model)}")
    # If A repeats B by phone and B repeats C by email, C has the claim of all three.
    db.execute("""
        CREATE OR REPLACE TABLE doubles AS
        SELECT a.n, coalesce(c.root, b.root, a.root) AS root FROM one_back a
        LEFT JOIN one_back b ON b.n = a.root LEFT JOIN one_back c ON c.n = b.root
    """)
    db.execute(f"""
        CREATE OR REPLACE TABLE lead_rules AS
        SELECT l.n, coalesce(d.root, l.n) AS root, l.why FROM (SELECT n, CASE
            WHEN l.marked_test THEN 'marked as a test'
            WHEN len(l.words) > 0 AND list_has_any(l.words, {marks})
                AND (len(list_filter(l.words, lambda w: NOT list_contains({names}, w))) = 0
                    OR list_contains({marks}, l.words[1]))
                THEN 'a test by its name'
            WHEN regexp_matches(split_part(l.email_text, '@', 1), '^(test|testing|tester|asdf+)[0-9]*$')
                AND (l.phone1 IS NULL AND (l.house IS NULL OR l.root IS NULL) OR l.last IS NULL)
                THEN 'a test by its email'
            WHEN regexp_matches(l.phrase, '(^| )({any_of("test_messages")})( |$)')
                THEN 'a test by its message'
            WHEN regexp_matches(concat_ws(' ', l.phrase, l.service), '(^| )({any_of("follow_ups")})( |$)')
                THEN 'it asks about an existing appointment, estimate or bill'
            WHEN list_contains({array(words()["spam"])}, l.status) THEN 'marked as ' || l.status
        END AS why FROM leads l) l LEFT JOIN doubles d ON d.n = l.n ORDER BY l.n
    """)  # noqa: S608 - constant SQL
    db.execute(f"""
        CREATE OR REPLACE TABLE job_rules AS
        SELECT n, why, out FROM (
            SELECT n, 'the job is ' || status AS why, {not cancelled} AS out FROM jobs
            WHERE list_contains({array(words()["cancelled"])}, status)
        ) ORDER BY n
    """)  # noqa: S608


_DOUBLES_BY_NAME = """
    SELECT n, seen_at, service, 'z' || zip AS contact, full_name AS who FROM leads
    WHERE zip IS NOT NULL AND first IS NOT NULL
    UNION ALL
    SELECT n, seen_at, service, 'd' || house || ' ' || root, last FROM leads
    WHERE house IS NOT NULL AND root IS NOT NULL
    UNION ALL
    SELECT n, seen_at, service, 'd' || house || ' ' || root, first FROM leads
    WHERE house IS NOT NULL AND root IS NOT NULL
    UNION ALL
"""


def _doubles(model: Model) -> str:
    """Return SQL that maps repeated submissions to the first one, the root.

    Repeated submissions have the same contact and similar names, follow within days, and do not ask for another
    service.
    """
    contacts = _DOUBLES_BY_NAME + " UNION ALL ".join(
        f"SELECT n, seen_at, service, 'c' || {column} AS contact, {name} AS who FROM leads "  # noqa: S608
        f"WHERE {column} IS NOT NULL AND {free}"
        for column, free in (("phone1", "NOT phone_shared"), ("email1", "NOT email_shared"))
        for name in ("first", "last", "left(first, 1)")
    )
    return f"""
        WITH contacts AS MATERIALIZED (FROM ({contacts}) WHERE seen_at IS NOT NULL AND who IS NOT NULL),
            again AS (SELECT contact, who FROM contacts GROUP BY contact, who HAVING count(*) > 1)
        SELECT n, arg_min(start, (since, start)) AS root FROM (
            SELECT n, first_value(n) OVER (PARTITION BY contact, who, run ORDER BY seen_at, n) AS start,
                first_value(seen_at) OVER (PARTITION BY contact, who, run ORDER BY seen_at, n) AS since FROM (
                SELECT *, sum(fresh) OVER (PARTITION BY contact, who ORDER BY seen_at, n) AS run FROM (
                    SELECT *, CASE WHEN seen_at - lag(seen_at) OVER (PARTITION BY contact, who ORDER BY seen_at, n)
                        <= INTERVAL {model.duplicate_days} DAY AND coalesce(service = lag(service)
                        OVER (PARTITION BY contact, who ORDER BY seen_at, n), true) THEN 0 ELSE 1 END AS fresh
                    FROM contacts SEMI JOIN again USING (contact, who)
                )
            )
        ) GROUP BY n
    """  # noqa: S608


def part(db: duckdb.DuckDBPyConnection) -> None:
    """Separate submissions in `lead_rules` that were taken for one request but ask for different services.

    They are different if, by `habits` and `asks`, this office files for each what it hardly ever files for the other.
    """
    db.execute(f"""
        CREATE OR REPLACE TABLE parted AS
        WITH fits AS (SELECT asked, filed, fit FROM habits WHERE what = 'service'),
            tops AS (SELECT asked, arg_max(filed, (fit, filed)) AS filed FROM fits WHERE fit >= {OFTEN} GROUP BY asked)
        SELECT x.n FROM lead_rules x JOIN asks a ON a.n = x.n JOIN asks b ON b.n = x.root
        JOIN tops t ON t.asked = a.asked JOIN tops u ON u.asked = b.asked
        JOIN fits f ON f.asked = a.asked AND f.filed = u.filed AND f.fit <= {SELDOM}
        JOIN fits g ON g.asked = b.asked AND g.filed = t.filed AND g.fit <= {SELDOM}
        WHERE x.root <> x.n
    """)  # noqa: S608 - constant numbers
    db.execute("UPDATE lead_rules SET root = n WHERE n IN (SELECT n FROM parted)")
    db.execute("DROP TABLE parted")


def assign(db: duckdb.DuckDBPyConnection, model: Model, *, focused: bool = False) -> None:
    """Make `links` (l, r, via, p, label, certain, rivals, bounded, follow_up): at most one row per job.

    With `focused`, only for `kept_jobs`. `l` is the lead with the claim, `via` its best matching submission. `p` is
    calibrated with the model's Platt parameters and rounded to six decimals before it is labeled.
    """
    focus_filter = "AND EXISTS (SELECT 1 FROM kept_jobs WHERE kept_jobs.n = s.r)" if focused else ""
    db.execute(f"""
        CREATE OR REPLACE TABLE claims AS
        SELECT root AS l, r, arg_max(via, (logit, -via)) AS via, max(logit) AS logit, bool_or(sure) AS sure,
            arg_max(came, (logit, -via)) AS came, arg_max(firm, (logit, -via)) AS firm,
            arg_max(fit, (logit, -via)) AS fit
        FROM (
            SELECT l AS via, r, logit, false AS sure, coalesce(came, {FAR}) AS came, firm,
                CASE WHEN gamma_service = -1 OR service_fit = 0 THEN NULL ELSE service_fit END AS fit FROM scored
            UNION ALL
            SELECT l, r, 99.0, true, {FAR}, false, NULL FROM certain
            UNION ALL
            SELECT l, r, 0.0, false, {FAR}, false, NULL FROM told WHERE why_not IS NULL AND leads > 1
        ) s JOIN lead_rules rules ON rules.n = s.via
        WHERE rules.why IS NULL AND NOT EXISTS (SELECT 1 FROM job_rules WHERE job_rules.n = s.r AND out)
            {focus_filter}
        GROUP BY root, r
    """)  # noqa: S608 - constant SQL
    db.execute(f"""
        CREATE OR REPLACE TABLE best AS
        SELECT l, r, via, sure, rivals, firm, fit, alone, NOT sure AND alone - ever > 0.05 AS bounded,
            CASE WHEN sure THEN 1.0 ELSE least(alone, ever) END AS p
        FROM (
            SELECT *, odds / (1 + all_odds) AS alone, 1 / (1 + exp(-came)) AS ever FROM (
                SELECT *, exp(least({FAR}, logit)) AS odds,
                    sum(exp(least({FAR}, logit)) ORDER BY l) OVER (PARTITION BY r) AS all_odds,
                    count(*) OVER (PARTITION BY r) - 1 AS rivals,
                    row_number() OVER (PARTITION BY r ORDER BY sure DESC, logit DESC, l) AS place
                FROM claims
            ) WHERE place = 1
        )
    """)  # noqa: S608
    _share_leads(db, model)
    db.execute(f"""
        CREATE OR REPLACE TABLE links AS
        SELECT l, r, via, p, sure, rivals, bounded, follow_up, CASE WHEN sure THEN 'certain'
            WHEN p >= {model.matched_from!r} AND NOT (follow_up AND proven) THEN 'matched'
            ELSE 'needs review' END AS label
        FROM (
            SELECT l, r, via, sure, rivals, bounded, place > 1 AND NOT sure AS follow_up,
                bool_or(sure) OVER (PARTITION BY l) AS proven,
                place > 1 AND p >= 0.5 AS asked, round(CASE WHEN sure THEN 1 ELSE shared END, 6) AS p
            FROM (
                SELECT *, row_number() OVER (PARTITION BY l ORDER BY sure DESC, round(p, 2) DESC, seen_at, r) AS place
                FROM shares
            )
        ) WHERE asked OR p >= {model.review_from!r} ORDER BY l, r
    """)  # noqa: S608


def _raised(p: str, model: Model) -> str:
    """Return SQL for the odds of a probability, raised by Platt scaling."""
    p = f"least({p}, {ALMOST})"
    return f"{math.exp(model.platt_start)!r} * pow({p} / (1 - {p}), {model.platt_slope!r})"


def _share_leads(db: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Make `shares` (…, shared): the probability of each job of `best` among all jobs of its lead.

    Each job competes with the others to be the first that came from the lead. Any later job
    belongs to the first with the share that `follow_ups` has for this office, or is unrelated.
    """
    db.execute(f"""
        CREATE OR REPLACE TABLE offers AS
        SELECT b.*, j.seen_at, j.seen_on, {kinship("x", "j", "b.fit")} AS kin,
            {_raised("p", model)} * CASE WHEN count(*) FILTER (p >= 0.9 AND j.seen_on >= x.seen_on)
                OVER (PARTITION BY b.l ORDER BY j.seen_at, r ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > 0
            THEN {math.exp(model.weight(LATER))!r} ELSE 1 END AS odds,
            row_number() OVER (PARTITION BY b.l ORDER BY j.seen_at, r) AS at
        FROM best b JOIN jobs j ON j.n = b.r JOIN leads x ON x.n = b.l
    """)  # noqa: S608
    db.execute(f"""
        CREATE OR REPLACE TABLE shares AS
        WITH following AS (
            SELECT a.l, a.r AS first, b.r AS later,
                least({ALMOST}, b.alone / (1 + exp(-f.came - {TRUST!r} * b.kin - {model.weight(LATER)!r}))) AS follows
            FROM offers a JOIN offers b ON b.l = a.l AND b.at > a.at AND b.at <= a.at + {_FURTHER}
            JOIN follow_ups f ON f.step = {step_of("datediff('day', a.seen_on, b.seen_on)")}
            WHERE NOT a.firm AND NOT b.firm AND NOT b.sure
        ),
        firsts AS (
            SELECT o.l, o.r, o.odds / exp(coalesce(sum(ln(1 - follows) ORDER BY later), 0)) AS weight
            FROM offers o LEFT JOIN following f ON f.first = o.r AND f.l = o.l GROUP BY o.l, o.r, o.odds
        ),
        added AS (
            SELECT later, sum(weight * follows ORDER BY firsts.r) AS weight
            FROM following JOIN firsts ON firsts.r = following.first GROUP BY later
        )
        SELECT o.*, (w.weight + coalesce(a.weight, 0)) / (1 + sum(w.weight ORDER BY o.r) FILTER (NOT o.sure)
            OVER (PARTITION BY o.l)) AS shared
        FROM offers o JOIN firsts w ON w.r = o.r LEFT JOIN added a ON a.later = o.r
    """)  # noqa: S608
    db.execute("DROP TABLE offers")
