"""`make bench-purge`: how old tries go: in pieces as the product does it, in one statement, and as whole partitions.

While they go, another session settles tries, one commit after another: how long did the slowest wait? Says how many a
second went each way. `python -m bench.purge ITEMS` sets how many tries there are; 1,000,000 without.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from bench.boards import _fill, _tenants
from bench.rig import Rig

_SETTLE = """
    INSERT INTO syncqueue_syncattempt
        (tenant_id, item_id, claim_version, outcome, error_class, cause, detail, worker, began_at, settled_at)
    SELECT tenant_id, id, 1000 + %s, 'retrying', '', '', '', 'bench', now(), now() FROM syncqueue_syncitem
    ORDER BY id LIMIT 1
"""
#: However few there are, they are of the last four hundred days.
_AGE = """
    ALTER TABLE syncqueue_syncattempt DISABLE TRIGGER USER;
    UPDATE syncqueue_syncattempt SET settled_at = now() - interval '400 days' * ((id % 1000) / 1000.0);
    ALTER TABLE syncqueue_syncattempt ENABLE TRIGGER USER
"""
_PARTITIONS = """
    CREATE TABLE bench_tries (LIKE syncqueue_syncattempt) PARTITION BY RANGE (settled_at);
    CREATE TABLE bench_old PARTITION OF bench_tries FOR VALUES FROM (MINVALUE) TO (now() - interval '60 days');
    CREATE TABLE bench_new PARTITION OF bench_tries DEFAULT;
    INSERT INTO bench_tries SELECT * FROM syncqueue_syncattempt;
    CREATE INDEX ON bench_tries (settled_at);
    CREATE UNIQUE INDEX ON bench_tries (tenant_id, item_id, claim_version, settled_at)
"""


@contextmanager
def settling(url: str, number: Iterator[int]) -> Iterator[list[float]]:
    """Tries are settled all the while; milliseconds of each commit."""
    times: list[float] = []
    over = threading.Event()

    def settle() -> None:
        with psycopg.connect(url, autocommit=True) as session:
            while not over.is_set():
                began = time.perf_counter()
                session.execute(_SETTLE, [next(number)])
                times.append((time.perf_counter() - began) * 1000)

    thread = threading.Thread(target=settle)
    thread.start()
    while not times:
        time.sleep(0.01)
    try:
        yield times
    finally:
        over.set()
        thread.join()


def main() -> int:
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    number = iter(range(10**9))
    with Rig() as rig:
        assert rig.urls
        url = rig.urls.owner
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True) as owner:
            owner.execute("ALTER TABLE syncqueue_syncitem DISABLE TRIGGER USER")
            _tenants(owner)
            _fill(owner, 1, items // 2)
            owner.execute(_AGE)

            def way(name: str, work: Callable[[], object]) -> None:
                before = _count(owner, "syncqueue_syncattempt WHERE worker <> 'bench'")
                with settling(url, number) as times:
                    began = time.monotonic()
                    work()
                    took = time.monotonic() - began
                gone = before - _count(owner, "syncqueue_syncattempt WHERE worker <> 'bench'")
                times.sort()
                rest = f"settling meanwhile: median {times[len(times) // 2]:.1f} ms, slowest {times[-1]:.0f} ms"
                print(f"{name:26} {gone:>9,} in {took:6.2f} s ({gone / took:>9,.0f}/s); {rest}", flush=True)

            way("nothing", lambda: time.sleep(5))
            way(
                "in pieces of 10,000",
                lambda: owner.execute("CALL ptj_purge_attempts(now() - '240 days'::interval, 'x')"),
            )
            way("in one statement", lambda: _in_one(owner))
            owner.execute(_PARTITIONS)
            old = _count(owner, "bench_old")
            began = time.monotonic()
            owner.execute("DROP TABLE bench_old")
            print(f"{'as a whole partition':26} {old:>9,} in {time.monotonic() - began:6.2f} s")
    return 0


def _in_one(owner: psycopg.Connection) -> None:
    with owner.transaction():
        owner.execute("SELECT set_config('app.purge', 'on', true)")
        owner.execute("DELETE FROM syncqueue_syncattempt WHERE settled_at < now() - interval '120 days'")


def _count(owner: psycopg.Connection, what: str) -> int:
    row = owner.execute(f"SELECT count(*) FROM {what}".encode()).fetchone()  # noqa: S608 - our own words
    assert row
    return int(row[0])


if __name__ == "__main__":
    sys.exit(main())
