"""`make bench-purge`: form posts of visitors while the nightly purge removes old attempts of all tenants.

`python -m bench.purge ITEMS` sets how many items there are, each with one attempt; 1,000,000 without. All but the open
ones have expired. Wanted: the p95 of the posts rises by 10 % at most, and no batch takes longer than 100 ms; removed
attempts per second are printed next to those of a dropped partition.
"""

import json
import subprocess
import sys
import time

import psycopg

from bench.boards import fill, make_tenants
from bench.posts import FORM, Answer, by_status, fire, hidden_fields, percentile
from bench.rig import Rig
from pagetojob.local.database_url import with_database

POSTS, VISITORS = 200, 2
WANTED_RATIO, WANTED_BATCH_SECONDS = 1.1, 0.1
_AGE = """
    UPDATE syncqueue_syncitem
        SET created_at = created_at - interval '3 years', state_since = state_since - interval '3 years';
    UPDATE syncqueue_syncattempt SET settled_at = settled_at - interval '3 years';
    VACUUM ANALYZE syncqueue_syncitem, syncqueue_syncattempt
"""
#: Works the purge of every tenant as a worker does, and prints its seconds, its counts and the longest batches.
_PURGE = """
import django
django.setup()
import json, time
from django.db.models import Sum
from pagetojob.platform.runs import services
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.retention import purge
from pagetojob.retention.models import PurgeReceipt
times, sized = [], purge.next_size
purge.next_size = lambda size, seconds: (times.append(seconds), sized(size, seconds))[1]
services.BUDGET_SECONDS = float("inf")
began = time.monotonic()
purge.start_purges()
while True:
    with scope.worker():
        run = claim_run()
    if run is None:
        break
    work_run(run)
took = time.monotonic() - began
with scope.worker():
    counts = dict(PurgeReceipt.objects.order_by().values_list("table").annotate(n=Sum("removed")))
times.sort()
print(json.dumps({"took": took, "counts": counts, "batches": len(times), "p50": times[len(times) // 2],
                  "p99": times[int(len(times) * 0.99)], "longest": times[-1]}))
"""
_PARTITIONS = """
    CREATE TABLE bench_attempts (LIKE syncqueue_syncattempt) PARTITION BY RANGE (settled_at);
    CREATE TABLE bench_old PARTITION OF bench_attempts FOR VALUES FROM (MINVALUE) TO (now());
    INSERT INTO bench_attempts SELECT * FROM syncqueue_syncattempt;
    CREATE INDEX ON bench_attempts (settled_at);
    CREATE UNIQUE INDEX ON bench_attempts (tenant_id, item_id, claim_version, settled_at)
"""


def main() -> int:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with Rig() as rig:
        with psycopg.connect(
            with_database(rig.postgres.admin_url, "pagetojob"), cursor_factory=psycopg.ClientCursor, autocommit=True
        ) as admin:
            admin.execute("SET session_replication_role = replica")
            admin.execute("SET maintenance_work_mem = '512MB'")
            make_tenants(admin)
            fill(admin, 1, items // 2)
            for statement in _AGE.split(";"):
                admin.execute(statement.encode())
            admin.execute("SET statement_timeout = 0")
            old = _drop_seconds(admin)
        base = rig.caddy(rig.web("pagetojob.wsgi", environment={"TRUSTED_PROXIES": "2"}, workers=2))
        fields = hidden_fields(base)
        fire(base + FORM, count=POSTS, at_once=VISITORS, fields=fields)  # warms up
        quiet = _posts(base, fields, 1)
        purge = subprocess.Popen([sys.executable, "-c", _PURGE], env=rig.environment, stdout=subprocess.PIPE, text=True)
        loaded: list[Answer] = []
        rounds = 2
        while purge.poll() is None:
            loaded += _posts(base, fields, rounds)
            rounds += 1
        assert purge.stdout
        result = json.loads(purge.stdout.read())
        quiet += _posts(base, fields, rounds)
    return _report(quiet, loaded, result, old)


def _drop_seconds(admin: psycopg.Connection) -> float:
    """Return how long it takes to drop the same attempts as a partition."""
    for statement in _PARTITIONS.split(";"):
        admin.execute(statement.encode())
    began = time.monotonic()
    admin.execute("DROP TABLE bench_old")
    took = time.monotonic() - began
    admin.execute("DROP TABLE bench_attempts")
    return took


def _posts(base: str, fields: dict[str, str], number: int) -> list[Answer]:
    return fire(base + FORM, count=POSTS, at_once=VISITORS, fields=fields, first=10_000 * number)


def _report(quiet: list[Answer], loaded: list[Answer], result: dict[str, float], drop_seconds: float) -> int:
    counts: dict[str, int] = result["counts"]  # type: ignore[assignment]
    removed = counts["syncqueue_syncattempt"]
    before, during = percentile(quiet, 0.95), percentile(loaded, 0.95)
    print(f"removed {removed:,} attempts in {result['took']:.1f} s, {removed / result['took']:,.0f} per second")
    print(
        f"{result['batches']:,.0f} batches: median {result['p50'] * 1000:.0f} ms,"
        f" p99 {result['p99'] * 1000:.0f} ms, longest {result['longest'] * 1000:.0f} ms"
    )
    print(f"the same as a dropped partition: {drop_seconds:.2f} s")
    print(f"posts without: {by_status(quiet)}; during the purge: {by_status(loaded)}")
    print(f"p50 {percentile(quiet, 0.5):.0f} and {percentile(loaded, 0.5):.0f} ms")
    print(f"p95 {before:.0f} and {during:.0f} ms: ratio {during / before:.2f}, wanted {WANTED_RATIO} at most")
    good = during <= WANTED_RATIO * before and result["longest"] <= WANTED_BATCH_SECONDS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
