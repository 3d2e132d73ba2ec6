"""`make bench-audit`: what the sealer costs those who write, and how many lines it and the check manage.

Eight writers of one tenant, each commit with one audit line, in short turns that follow one another: alone, with the
sealer going all the time (in production it rests for 20 s between turns), and, as a peer, with the lock that chaining
inside the transaction would need. Ratios are taken turn by turn, and their medians judged.
Then 200,000 lines are sealed and checked, each by the command that people type, with its time and its memory.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import psycopg

from bench.rig import ROOT, Rig
from pagetojob.local.database_url import with_database

WRITERS, SECONDS, ROUNDS = 8, 2.0, 12
LINES = 200_000
WANTED = 0.8
_INSERT = """
    INSERT INTO audit_auditentry (tenant_id, actor_label, action, subject, reason, changes, request_id)
    VALUES (%s, 'bench', 'bench.write', 'thing:1', 'Because it is measured.', '{"state": ["queued", "blocked"]}', '')
"""
_MANY = """
    INSERT INTO audit_auditentry (tenant_id, actor_label, action, subject, reason, changes, request_id)
    SELECT CASE WHEN n %% 10 > 0 THEN %s END, 'bench', 'bench.write', 'thing:' || n, 'Because it is measured.',
        '{"state": ["queued", "blocked"]}', gen_random_uuid() FROM generate_series(1, %s) AS n
"""


def main() -> int:
    with Rig() as rig:
        assert rig.urls is not None
        url = rig.urls.app
        with psycopg.connect(with_database(rig.postgres.admin_url, "pagetojob")) as session:
            row = session.execute("SELECT id FROM tenants_tenant LIMIT 1").fetchone()
        assert row is not None
        passed = _writers(rig, url, row[0])
        passed = _volume(rig, row[0]) and passed
    return 0 if passed else 1


def _writers(rig: Rig, url: str, tenant: int) -> bool:
    print(f"{WRITERS} writers of one tenant, {ROUNDS} turns of {SECONDS:.0f} s each; one audit line a commit\n")
    rates: dict[str, list[float]] = {"alone": [], "with the sealer": [], "chained in the transaction": []}
    for turn in range(ROUNDS + 1):
        for name, rate in rates.items():
            if name == "with the sealer":
                with _sealer(rig):
                    commits = _commits(url, tenant, chained=False)
            else:
                commits = _commits(url, tenant, chained=name != "alone")
            if turn:  # the first turn warms up
                rate.append(commits)
    print(f"{'':<28}{'commits/s':>11}{'ratio':>8}{'low':>7}{'high':>7}")
    medians = {}
    for name, rate in rates.items():
        ratios = [mine / theirs for mine, theirs in zip(rate, rates["alone"], strict=True)]
        low, medians[name], high = statistics.quantiles(ratios, n=4)
        print(f"{name:<28}{statistics.median(rate):>11.0f}{medians[name]:>8.2f}{low:>7.2f}{high:>7.2f}")
    good = medians["with the sealer"] >= WANTED
    print(f"\nwith the sealer: wanted {WANTED} or more  {'PASS' if good else 'FAIL'}")
    return good


def _commits(url: str, tenant: int, *, chained: bool) -> float:
    """Commits per second of all writers together."""
    end, counts = time.monotonic() + SECONDS, [0] * WRITERS

    def write(number: int) -> None:
        with psycopg.connect(url, autocommit=True) as session:
            while time.monotonic() < end:
                with session.transaction():
                    session.execute("SELECT set_config('app.tenant', %s, true)", [str(tenant)])
                    if chained:
                        session.execute("SELECT pg_advisory_xact_lock(%s)", [tenant])
                    session.execute(_INSERT, [tenant])
                counts[number] += 1

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


@contextmanager
def _sealer(rig: Rig) -> Generator[None]:
    """A process that seals over and over while the block runs."""
    process = rig.spawn("-m", "bench.audit", "seal", log="sealer.log")
    time.sleep(1.5)  # until it has loaded
    try:
        yield
    finally:
        rig.end(process)


def seal_over_and_over() -> None:
    """Runs inside the rig's environment until it is ended."""
    import django  # noqa: PLC0415

    django.setup()
    from pagetojob.platform.audit.sealer import seal_lines  # noqa: PLC0415 - after django.setup()

    while True:
        seal_lines()
        time.sleep(0.2)


def _volume(rig: Rig, tenant: int) -> bool:
    """Seal and check many lines; false when something is found."""
    assert rig.urls is not None
    _timed(rig, "seal_audit", "--everything")
    with psycopg.connect(rig.urls.owner) as owner:
        row = owner.execute("SELECT count(*) FROM audit_auditseal").fetchone()
        owner.execute(_MANY, [tenant, LINES])
    assert row is not None
    print(f"\n{LINES:,} lines more, of a tenant and of the house, in a log that holds {row[0]:,}\n")
    passed = True
    for command, lines in (("seal_audit", LINES), ("verify_audit", LINES + row[0])):
        status, seconds, megabytes = _timed(rig, command)
        passed = passed and status == 0
        print(
            f"{command:<14}{lines:>9,} lines in {seconds:.1f} s, {lines / seconds:,.0f} a second;"
            f" at most {megabytes:.0f} MB, exit status {status}"
        )
    return passed


def _timed(rig: Rig, *command: str) -> tuple[int, float, float]:
    """Exit status, seconds, and the most memory that the process held."""
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=rig.environment, stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, time.monotonic() - began, used.ru_maxrss / 1024


if __name__ == "__main__":
    if sys.argv[1:] == ["seal"]:
        seal_over_and_over()
    sys.exit(main())
