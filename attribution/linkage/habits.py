"""Learns from a tenant's own files, without labels, which services this office files for which requests, and how soon.

Counted on pairs that are almost unambiguous: a person's only lead and only job in the window. This finds out that a
shop whose site offers `No cooling?` files it as `AC - Demand`, without a list from us. It also adapts to offices that
file carefully or sell slowly. With few such pairs the effect is small, so that a tenant with forty leads is scored by
the model alone.
"""

import duckdb

from .comparing import TIME

#: Minimum number of pairs for services and campaigns; weight of the prior, in pairs, for them and for times.
LEAST, GRAIN, PRIOR_TIMES = 60, 1.0, 40
#: Largest effect of a habit, in natural log-odds.
MOST = 3.0
#: Days within which a job shows how a request is filed.
_DAYS = 21
#: Number of jobs that must follow a word before it is used.
_HEARD = 8
#: First and last day from lead to job of each time step.
SPANS = {"day": (0, 1), "days": (2, 3), "week": (4, 7), "two weeks": (8, 14), "month": (15, 30)}
SPANS |= {"two months": (31, 60), "late": (61, 100_000), "differ": (-100_000, -1)}
assert set(SPANS) == {step.name for step in TIME.steps} - {"missing"}


def find(db: duckdb.DuckDBPyConnection, usual: dict[str, float]) -> None:
    """Make `habits` (what, asked, filed, fit) and `paces` (step, fit).

    `fit` is the natural log of how much more often than by chance, or than usual, it happens here. `usual` is the share
    of each time step among true pairs.
    """
    db.execute("""
        CREATE OR REPLACE TABLE plain_pairs AS
        SELECT l.n AS lead, l.service AS asked_service, r.service AS filed_service, l.campaign AS asked_campaign,
            r.campaign AS filed_campaign, datediff('day', l.seen_on, r.seen_on) AS lag
        FROM pairs p JOIN leads l ON l.n = p.l JOIN jobs r ON r.n = p.r
        WHERE (l.last = r.last OR l.first = r.first)
            AND ((l.phone1 = r.phone1 AND NOT l.phone_shared) OR (l.email1 = r.email1 AND NOT l.email_shared))
        QUALIFY count(*) OVER (PARTITION BY p.l) = 1 AND count(*) OVER (PARTITION BY p.r) = 1
    """)
    _asks(db)
    db.execute("CREATE OR REPLACE TABLE habits (what VARCHAR, asked VARCHAR, filed VARCHAR, fit DOUBLE)")
    for what, asked in (("service", "asked"), ("campaign", "asked_campaign")):
        db.execute(f"""
            INSERT INTO habits
            WITH seen AS (
                SELECT {asked} AS asked, filed_{what} AS filed FROM plain_pairs LEFT JOIN asks ON asks.n = lead
                WHERE {asked} IS NOT NULL AND filed_{what} IS NOT NULL AND lag <= {_DAYS}
            ), asked AS (SELECT asked, count(*) AS many FROM seen GROUP BY asked ORDER BY many DESC, asked LIMIT 500),
            filed AS (SELECT filed, count(*) AS many FROM seen GROUP BY filed ORDER BY many DESC, filed LIMIT 500),
            together AS (SELECT asked, filed, count(*) AS many FROM seen GROUP BY asked, filed)
            SELECT '{what}', a.asked, f.filed, round(greatest(-{MOST}, least({MOST}, ln((coalesce(t.many, 0) + {GRAIN})
                / (a.many * f.many / (SELECT count(*) FROM seen) + {GRAIN})))), 6)
            FROM asked a CROSS JOIN filed f LEFT JOIN together t ON t.asked = a.asked AND t.filed = f.filed
            WHERE (SELECT count(*) FROM seen) >= {LEAST} ORDER BY a.asked, f.filed
        """)  # noqa: S608 - constants
    whole = sum(usual.values())
    shares = ", ".join(f"('{step}', {share / whole!r})" for step, share in usual.items())
    db.execute(f"""
        CREATE OR REPLACE TABLE paces AS
        SELECT u.step, round(ln((coalesce(c.many, 0) + {PRIOR_TIMES} * u.share)
            / ((SELECT count(*) FROM plain_pairs WHERE lag IS NOT NULL) + {PRIOR_TIMES}) / u.share), 6) AS fit
        FROM (VALUES {shares}) u(step, share)
        LEFT JOIN (SELECT {step_of("lag")} AS step, count(*) AS many FROM plain_pairs GROUP BY step) c
        ON c.step = u.step
        ORDER BY u.step
    """)  # noqa: S608 - constants
    db.execute("DROP TABLE plain_pairs")


def _asks(db: duckdb.DuckDBPyConnection) -> None:
    """Make `asks` (n, asked): the service or the word of each lead that best predicts what this office files.

    A lead with service `Other` and "thermostat is blank" asks the same as one with the service `thermostat`.
    """
    texts = """
        SELECT n, unnest(list_distinct(list_filter(string_split(concat_ws(' ', phrase, service), ' '),
            lambda w: length(w) > 2) || CASE WHEN service IS NOT NULL THEN ['= ' || service] ELSE [] END)) AS asked
        FROM leads WHERE phrase IS NOT NULL OR service IS NOT NULL
    """
    db.execute(f"""
        CREATE OR REPLACE TABLE asks AS
        WITH phrase AS MATERIALIZED ({texts}),
        seen AS (
            SELECT asked, filed_service AS filed FROM plain_pairs JOIN phrase ON phrase.n = lead
            WHERE filed_service IS NOT NULL AND lag <= {_DAYS}
        ),
        asked AS (SELECT asked, count(*) AS many FROM seen GROUP BY asked HAVING count(*) >= {_HEARD}),
        filed AS (
            SELECT filed_service AS filed, count(*) / sum(count(*)) OVER () AS share FROM plain_pairs
            WHERE filed_service IS NOT NULL AND lag <= {_DAYS} GROUP BY filed_service
        ),
        answered AS (
            SELECT asked, many, sum(together / many * ln(together / many / share) ORDER BY filed) AS tells FROM (
                SELECT asked, filed, count(*) AS together FROM seen GROUP BY asked, filed
            ) JOIN asked USING (asked) JOIN filed USING (filed) GROUP BY asked, many
        )
        SELECT n, arg_max(asked, (round(tells * many / (many + {_HEARD}), 6), asked)) AS asked
        FROM phrase JOIN answered USING (asked) GROUP BY n
    """)  # noqa: S608 - constant numbers


def step_of(lag: str) -> str:
    """Return SQL for the time step of a number of days."""
    return (
        "CASE " + " ".join(f"WHEN {lag} BETWEEN {a} AND {b} THEN '{name}'" for name, (a, b) in SPANS.items()) + " END"
    )
