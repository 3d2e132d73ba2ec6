"""`make bench-boards`: what operators look at, over a queue of 10,000 items and one of many more, in the same database.

Each look is timed inside an operator's, worker's or tenant's scope as its page does it, in turns; the median of the
long queue over that of the short one is judged. Wanted: 2 at most, or 5 ms at most, whichever is more: flat.
`python -m bench.boards ITEMS` sets the size of the long queue; 2,000,000 without.
"""

import os
import re
import statistics
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
TURNS = 9
WANTED_RATIO, WANTED_MS = 2.0, 5.0
TENANTS = 20

_SCAN = re.compile(r"[A-Z]\w+(?: \w+)* Scan (?:Backward )?(?:using \w+ )?on (?:leads?_|sync)\w+")

#: Half of the items are notices and half booking requests, of leads of the last 400 days. One in 40 is open.
_FILL = """
WITH lead AS (
    INSERT INTO leads_lead
        (tenant_id, public_id, reference, spoken_code, form_key, name, phone, phone_e164, email, street, city, state,
         zip, message, source, consent_text, excluded_as, channel, suspected, received_at)
    SELECT (SELECT array_agg(id ORDER BY id) FROM tenants_tenant)[1 + n %% %(tenants)s], gen_random_uuid(),
        'st-ready:' || lpad(to_hex(n), 16, '0'), 'PTJ-' || lpad(n::text, 7, '0'), n, 'x', '', '', '', '', '', '', '',
        '', '{}', 'x', '', 'form', '{}', now() - (n %% 576000) * interval '1 minute'
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

#: What duties count. Statistics are taken of it as of the rest: autovacuum does that in a house that runs.
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
        assert rig.urls
        url = with_database(rig.postgres.admin_url, "pagetojob")
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True) as admin:
            # Rows that are right are made here; their triggers and foreign keys would check each of them.
            admin.execute("SET session_replication_role = replica")
            admin.execute("SET maintenance_work_mem = '512MB'")
            _tenants(admin)
            _fill(admin, 1, SHORT // 2)
            _django(rig)
            analyze = partial(admin.execute, f"VACUUM ANALYZE {_COUNTS}")
            short = _measure(analyze)
            _fill(admin, SHORT // 2 + 1, items // 2)
            long = _measure(analyze)
            plans = _plans()
    for name, scans in plans.items():
        print(f"{name}: {'; '.join(scans) or 'none of the long tables'}")
    return _judge(short, long, items)


def _tenants(admin: psycopg.Connection) -> None:
    admin.execute(
        """
        INSERT INTO tenants_tenant (public_id, slug, name, time_zone, is_demo, gates_epoch, created_at)
        SELECT gen_random_uuid(), 'bench-' || n, 'Bench ' || n, 'UTC', false, 0, now() FROM generate_series(2, %s) AS n
        """,
        [TENANTS],
    )


def _fill(admin: psycopg.Connection, first: int, last: int) -> None:
    began = time.monotonic()
    step = 100_000
    indexes = admin.execute(_INDEXES).fetchall()
    for name, _ in indexes:
        admin.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    for start in range(first, last + 1, step):
        admin.execute(_FILL, {"tenants": TENANTS, "first": start, "last": min(start + step - 1, last)})
    for _, definition in indexes:
        admin.execute(definition.encode())
    # What was counted and closed before is counted and closed anew: it is timed.
    admin.execute(f"TRUNCATE {_COUNTS}")
    admin.execute("VACUUM ANALYZE leads_lead, syncqueue_syncitem, syncqueue_syncattempt")
    print(f"filled up to lead {last:,} in {time.monotonic() - began:.0f} s", flush=True)


def _django(rig: Rig) -> None:
    os.environ.update(rig.environment)
    import django  # noqa: PLC0415 - only now are its settings known

    django.setup()


def _measure(analyze: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of each look, the median of the turns; the duties that keep them flat run first, and are timed."""
    from syncqueue.services import ledger  # noqa: PLC0415
    from syncqueue.services.depth import count_deep  # noqa: PLC0415
    from syncqueue.services.tally import count_tries  # noqa: PLC0415

    while _timed("  counting the tries", count_tries):
        pass
    _timed("  closing the days", ledger.close_days)
    _timed("  counting the deep states", count_deep)
    analyze()
    looks = _looks()
    took: dict[str, list[float]] = {name: [] for name in looks}
    for turn in range(TURNS + 1):
        for name, work in looks.items():
            began = time.perf_counter()
            work()
            if turn:  # the first turn warms up
                took[name].append((time.perf_counter() - began) * 1000)
    return {name: statistics.median(times) for name, times in took.items()}


def _looks() -> dict[str, Callable[[], object]]:
    """What is looked at, each in the scope of who looks."""
    from django.utils import timezone  # noqa: PLC0415

    from pagetojob.desk.watching import look  # noqa: PLC0415
    from pagetojob.kernel.tenants import scope  # noqa: PLC0415
    from pagetojob.kernel.tenants.models import Tenant, User  # noqa: PLC0415
    from syncqueue import selectors  # noqa: PLC0415
    from syncqueue.filters import Filters  # noqa: PLC0415
    from syncqueue.selectors import metrics  # noqa: PLC0415
    from syncqueue.services.tally import count_tries  # noqa: PLC0415

    operator = User.objects.filter(desk_role="lead").first() or User.objects.exclude(desk_role="").first()
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
        "health": as_worker(look),
        "metrics: depth": as_worker(metrics.depth),
        "metrics: oldest": as_worker(metrics.oldest_by_state),
        "metrics: not made twice": as_worker(metrics.not_made_twice),
        "metrics: tries": as_worker(metrics.totals),
        "anything due": as_worker(selectors.anything_due),
        "counting tries, none new": count_tries,
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


def _timed[T](name: str, work: Callable[[], T]) -> T:
    began = time.monotonic()
    result = work()
    print(f"{name}: {time.monotonic() - began:.1f} s ({result})", flush=True)
    return result


def _judge(short: dict[str, float], long: dict[str, float], items: int) -> int:
    print(f"\n{'milliseconds, median':26} {SHORT:>12,} {items:>12,}   ratio")
    missed = []
    for name, small in short.items():
        ratio = long[name] / small
        well = ratio <= WANTED_RATIO or long[name] <= WANTED_MS
        print(f"{name:26} {small:12.1f} {long[name]:12.1f} {ratio:7.1f}{'' if well else '  MISSED'}")
        missed += [] if well else [name]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
