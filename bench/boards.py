"""`make bench-boards`: what operators look at, over a queue of 10,000 items and over one of many more.

Both lie in one server, a database each with a process each. Each look is timed inside an operator's, worker's or
tenant's scope as its page does it, the short queue and the long one by turns, so that whatever else the machine does
meets both; the median of the long one over that of the short one is judged. Wanted: 2 at most.
`python -m bench.boards ITEMS` sets the size of the long queue; 2,000,000 without.
"""

import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from bench.rig import Rig
from pagetojob.local.database_url import with_database

SHORT, LONG = 10_000, 2_000_000
TURNS = 21
WANTED_RATIO = 2.0
TENANTS = 19

#: One tenant more has these leads alone, the first that were stored.
QUIET = 40

_SCAN = re.compile(r"[A-Z]\w+(?: \w+)* Scan (?:Backward )?(?:using \w+ )?on (?:leads?_|sync)\w+")

GIVEN = [
    *("James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth"),
    *("William", "Susan", "Joseph", "Jessica", "Thomas", "Maria", "Nancy", "José", "Kim", "Ann"),
]
FAMILY = [
    *("Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez"),
    *("Hernandez", "Lopez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Lee", "Perez", "Thompson"),
    *("White", "Harris", "Clark", "Walker", "Young", "Nguyen", "Hill", "Rivera", "Carter", "Ñandú"),
]
_VALUES = {"tenants": TENANTS, "quiet": QUIET, "given": GIVEN, "family": FAMILY}

#: Half of the items are notices and half booking requests, of leads of the last 400 days. One in 40 is open.
_FILL = """
WITH lead AS (
    INSERT INTO leads_lead
        (tenant_id, public_id, reference, spoken_code, form_key, name, phone, phone_e164, email, street, city, state,
         zip, message, source, consent_text, excluded_as, channel, suspected, received_at)
    SELECT (SELECT array_agg(id ORDER BY id) FROM tenants_tenant)
            [1 + CASE WHEN n <= %(quiet)s THEN %(tenants)s ELSE n %% %(tenants)s END], gen_random_uuid(),
        'st-ready:' || lpad(to_hex(n), 16, '0'), 'PTJ-' || lpad(n::text, 7, '0'), n,
        (%(given)s::text[])[1 + n %% 20] || ' ' || (%(family)s::text[])[1 + n / 20 %% 30]
            || CASE WHEN n %% 10 = 0 THEN '-' || substr(md5(n::text), 1, 6) ELSE '' END,
        '', '+1602' || lpad(n::text, 7, '0'), 'person' || n || '@example.com', '', '', '', '', '',
        '{}', 'x', '', 'form', '{}', now() - (n %% 576000) * interval '1 minute'
    FROM generate_series(%(first)s, %(last)s) AS n
    RETURNING *
),
item AS (
    INSERT INTO syncqueue_syncitem
        (tenant_id, public_id, kind, dedupe_key, lead_id, source, state, priority, attempts, due_at, cause,
         external_id, error_class, last_error, missing, possibly_twice, ended_from, version, state_since, created_at,
         adopted)
    SELECT tenant_id, gen_random_uuid(), kind, id, id, '',
        CASE WHEN kind = 'booking_request' AND id %% 20 = 0 THEN 'blocked' ELSE 'delivered' END, 5, 1, NULL,
        CASE WHEN kind = 'booking_request' AND id %% 20 = 0 THEN 'gate-shut' ELSE '' END,
        '', '', '', '[]', false, '', 1, received_at, received_at, id %% 5000 = 0
    FROM lead, unnest(ARRAY['business_notification', 'booking_request']) AS kind
    RETURNING *
)
INSERT INTO syncqueue_syncattempt
    (tenant_id, item_id, claim_version, outcome, error_class, cause, detail, worker, began_at, settled_at)
SELECT tenant_id, id, 1, state, '', cause, '', 'w', created_at + interval '1 second',
    created_at + interval '1.2 seconds'
FROM item
"""

#: What duties count.
_COUNTS = "syncqueue_tallyhour, syncqueue_tallyday, syncqueue_tallytotal, syncqueue_ledgerday, syncqueue_opencount"

#: The indexes that no constraint rests on. They are made anew over the rows, which is several times faster.
_INDEXES = """
SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid) FROM pg_index AS index
WHERE index.indrelid = ANY ('{leads_lead, syncqueue_syncitem, syncqueue_syncattempt}'::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint AS kept WHERE kept.conindid = index.indexrelid)
"""


def main() -> int:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else LONG
    with Rig() as rig:
        url = with_database(rig.postgres.admin_url, "pagetojob")
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True) as admin:
            # Rows that are right are made here; their triggers and foreign keys would check each of them.
            admin.execute("SET session_replication_role = replica")
            admin.execute("SET maintenance_work_mem = '512MB'")
            make_tenants(admin)
            fill(admin, 1, SHORT // 2)
            admin.execute("CREATE DATABASE short TEMPLATE pagetojob")
            fill(admin, SHORT // 2 + 1, items // 2)
        with Looker(rig, "short") as short, Looker(rig, "pagetojob") as long:
            took = _measure(short, long)
            plans: dict[str, list[str]] = long.ask("plans")
    for name, scans in plans.items():
        print(f"{name}: {'; '.join(scans) or 'none of the long tables'}")
    return _judge(took, items)


class Looker:
    """A process of its own that looks at one of the databases, when it is asked to."""

    def __init__(self, rig: Rig, database: str) -> None:
        assert rig.urls
        self.admin_url = with_database(rig.postgres.admin_url, database)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.boards", "look"],
            env=rig.environment | {"DATABASE_URL": with_database(rig.urls.app, database)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Looker":
        for duty, took in self.ask("duties").items():
            print(f"  {duty}: {took:.1f} s", flush=True)
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            # As autovacuum does in a house that runs.
            admin.execute(f"VACUUM ANALYZE {_COUNTS}")
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def ask(self, what: str) -> Any:
        assert self.process.stdin and self.process.stdout
        print(what, file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def look() -> int:
    """What a Looker's process does: a line asks for the duties, the names, the plans or one look; a line answers."""
    import django  # noqa: PLC0415 - its settings come with the process

    django.setup()
    looks = _looks()
    for line in sys.stdin:
        match line.strip():
            case "duties":
                answer: Any = _duties()
            case "names":
                answer = list(looks)
            case "plans":
                answer = _plans()
            case name:
                began = time.perf_counter()
                looks[name]()
                answer = (time.perf_counter() - began) * 1000
        print(json.dumps(answer), flush=True)
    return 0


def make_tenants(admin: psycopg.Connection) -> None:
    admin.execute(
        """
        INSERT INTO tenants_tenant (public_id, slug, name, time_zone, is_demo, gates_epoch, created_at)
        SELECT gen_random_uuid(), 'bench-' || n, 'Bench ' || n, 'UTC', false, 0, now() FROM generate_series(2, %s) AS n
        """,
        [TENANTS + 1],
    )


def fill(admin: psycopg.Connection, first: int, last: int) -> None:
    began = time.monotonic()
    step = 100_000
    indexes = admin.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        admin.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    for start in range(first, last + 1, step):
        admin.execute(_FILL, _VALUES | {"first": start, "last": min(start + step - 1, last)})
    for _, definition in indexes:
        admin.execute(definition.encode())
    admin.execute("VACUUM ANALYZE leads_lead, syncqueue_syncitem, syncqueue_syncattempt")
    print(f"filled up to lead {last:,} in {time.monotonic() - began:.0f} s", flush=True)


def _duties() -> dict[str, float]:
    """The duties that keep the looks flat, each until it has caught up, in seconds."""
    from syncqueue.depth import count_deep  # noqa: PLC0415
    from syncqueue.services import ledger  # noqa: PLC0415
    from syncqueue.services.tally import count_attempts  # noqa: PLC0415

    def all_tries() -> None:
        while count_attempts():
            pass

    took = {}
    for name, work in (("tries", all_tries), ("days", ledger.close_days), ("deep states", count_deep)):
        began = time.monotonic()
        work()
        took[name] = time.monotonic() - began
    return took


def _measure(short: Looker, long: Looker) -> dict[str, tuple[float, float]]:
    """Milliseconds of each look, the medians of the short queue and of the long one."""
    took: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in short.ask("names")}
    for turn in range(TURNS + 1):
        for name, (of_short, of_long) in took.items():
            pair = short.ask(name), long.ask(name)
            if turn:  # the first turn warms up
                of_short.append(pair[0])
                of_long.append(pair[1])
    return {name: (statistics.median(first), statistics.median(second)) for name, (first, second) in took.items()}


def _looks() -> dict[str, Callable[[], object]]:
    """What is looked at, each in the scope of who looks."""
    from django.utils import timezone  # noqa: PLC0415

    from pagetojob.ops.monitoring import read_health  # noqa: PLC0415
    from pagetojob.platform.tenants import scope  # noqa: PLC0415
    from pagetojob.platform.tenants.models import Tenant, User  # noqa: PLC0415
    from syncqueue import selectors  # noqa: PLC0415
    from syncqueue.filters import Filters  # noqa: PLC0415
    from syncqueue.selectors import metrics  # noqa: PLC0415
    from syncqueue.services.tally import count_attempts  # noqa: PLC0415

    operator = User.objects.filter(ops_role="lead").first() or User.objects.exclude(ops_role="").first()
    tenant = Tenant.objects.order_by("pk").first()
    assert operator and tenant

    def within(whose: Callable[[], AbstractContextManager[None]], work: Callable[[], object]) -> Callable[[], object]:
        def looked() -> object:
            with whose():
                return work()

        return looked

    as_operator = partial(within, lambda: scope.operator(operator, reason="bench"))
    as_worker = partial(within, scope.worker)
    as_member = partial(within, lambda: scope.tenant(tenant.pk))
    lists = {
        "newest": Filters(),
        "blocked": Filters(state="blocked"),
        "bookings": Filters(kind="booking_request"),
        "of a tenant": Filters(tenant="bench-7"),
        "of a quiet tenant": Filters(tenant=f"bench-{TENANTS + 1}"),
        "delivered of a quiet one": Filters(tenant=f"bench-{TENANTS + 1}", state="delivered"),
        "blocked of a tenant": Filters(tenant="bench-5", state="blocked"),
        "confirmations": Filters(kind="visitor_confirmation"),
        "waits for its time": Filters(scheduled=True),
        "not made twice": Filters(adopted=True),
    }
    return {
        **{f"list, {name}": as_operator(partial(selectors.items_page, which)) for name, which in lists.items()},
        "tiles": as_operator(selectors.count_tiles),
        "why items wait": as_operator(selectors.groups_by_cause),
        "lanes": as_operator(selectors.lanes_page),
        "charts, 48 hours": as_operator(lambda: selectors.slots_of("hour", None, timezone.now())),
        "charts, 30 days": as_operator(lambda: selectors.slots_of("day", None, timezone.now())),
        "status of a tenant": as_member(lambda: selectors.safety_of(tenant)),
        "health": as_worker(read_health),
        "metrics: depth": as_worker(metrics.depth),
        "metrics: oldest": as_worker(metrics.oldest_by_state),
        "metrics: not made twice": as_worker(metrics.not_made_twice),
        "metrics: tries": as_worker(metrics.totals),
        "anything due": as_worker(selectors.anything_due),
        "counting tries, none new": count_attempts,
    }


def _plans() -> dict[str, list[str]]:
    """By look, how the planner comes at the rows of the long tables: the scan, the index and the table."""
    from django.db import connection  # noqa: PLC0415

    found: dict[str, list[str]] = {}

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            with connection.connection.cursor() as cursor:
                plan = "\n".join(line for (line,) in cursor.execute(f"EXPLAIN {sql}", params))
            found[name] += [scan for scan in dict.fromkeys(_SCAN.findall(plan)) if scan not in found[name]]
        return execute(sql, params, many, context)

    for name, work in _looks().items():
        found[name] = []
        with connection.execute_wrapper(explain):
            work()
    return found


def _judge(took: dict[str, tuple[float, float]], items: int) -> int:
    print(f"\n{'milliseconds, median':26} {SHORT:>12,} {items:>12,}   ratio")
    missed = []
    for name, (short, long) in took.items():
        well = long / short <= WANTED_RATIO
        print(f"{name:26} {short:12.1f} {long:12.1f} {long / short:7.1f}{'' if well else '  MISSED'}")
        missed += [] if well else [name]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(look() if sys.argv[1:] == ["look"] else main())
