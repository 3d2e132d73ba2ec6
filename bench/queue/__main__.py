"""The run: interleaved rounds of each contender at each answer time; medians, and ratios within this run."""

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from psycopg.sql import SQL, Identifier

from bench.queue.sql import DDL, FILL, RELEASE
from bench.rig import ROOT, Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port

TENANTS, OURS_PROCESSES, CELERY_PROCESSES, SLOTS = 200, 2, 4, 50
PEERS = ROOT / ".local" / "procrastinate"
#: How many items a round takes, at 0 and at 100 ms: some seconds of work for each.
ROUNDS = {
    "ours": (8000, 3000),
    "ours, one": (5000, 1500),
    "celery": (500, 100),
    "procrastinate": (500, 500),
    "by hand": (12000, 1500),
}
GIVE_UP_SECONDS = 180
_UNDER_WAY = """
    SELECT count(*) FROM syncqueue_syncitem
    WHERE state <> 'delivered' AND due_at IS NOT NULL AND kind = 'booking_request'
"""
FLOOD = 100_000


class Bench:
    """The rig with a sink, the peers' tables and one way to run a round of each contender."""

    def __init__(self, rig: Rig, *, tenants: int = TENANTS) -> None:
        self.rig, self.port = rig, free_port()
        self.url = with_database(rig.postgres.admin_url, "pagetojob")
        sink = f"http://127.0.0.1:{self.port}"
        rig.environment |= {
            "DEBUG": "true",
            "PUBLIC_URL": "http://localhost:8000",
            "SERVICETITAN_STANDIN_AUTH_URL": sink,
            "SERVICETITAN_STANDIN_API_URL": sink,
            "SENDS_AT_ONCE": str(SLOTS),
            "BENCH_SINK_PORT": str(self.port),
            "BENCH_DATABASE_URL": self.url,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(PEERS)]),
        }
        rig.spawn("-m", "bench.queue.sink", str(self.port), log="sink.log")
        time.sleep(1)
        with psycopg.connect(self.url) as line:
            line.execute(DDL)
        self.make("tenants", str(tenants))

    def make(self, *command: str) -> str:
        return self.rig.run("-m", "bench.queue.making", *command)

    def ask(self, path: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """A contender's process, once it says that it is ready."""
        log = f"process-{time.monotonic_ns()}.log"
        process = self.rig.spawn(*command, environment=environment, log=log)
        deadline = time.monotonic() + 30
        while b"ready" not in Path(self.rig.folder, log).read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(Path(self.rig.folder, log).read_text())
            time.sleep(0.05)
        return process

    def round(self, name: str, delay: int, count: int) -> float:
        """Items per second from the first request that came to the last that was settled."""
        processes, go, table = getattr(self, f"_{name.replace(', ', '_').replace(' ', '_')}")(count)
        self.ask(f"/reset/{delay}")
        with psycopg.connect(self.url, autocommit=True) as line:
            # Of this round alone: counting what earlier rounds left would take time from this one.
            last_id = SQL("SELECT coalesce(max(id), 0) FROM {}").format(Identifier(table))
            (before,) = line.execute(last_id).fetchone()  # type: ignore[misc]
            how_far = SQL("SELECT count(*), extract(epoch FROM max(settled_at)) FROM {} WHERE id > %s").format(
                Identifier(table)
            )
            go()
            deadline = time.monotonic() + GIVE_UP_SECONDS
            while True:
                settled, last = line.execute(how_far, [before]).fetchone()  # type: ignore[misc]
                if settled >= count:
                    break
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{name}: {settled} of {count} within {GIVE_UP_SECONDS} s")
                time.sleep(0.2)
        for process in processes:
            self.rig.end(process)
        facts = self.ask("/facts")
        if facts["count"] != count or facts["different"] != count:
            raise RuntimeError(f"{name}: {count} items made {facts}")
        return float(count / (float(last) - facts["first"]))

    def _ours_one(self, count: int) -> tuple[list[Any], Callable[[], Any], str]:
        """One worker with as many calls at once as the loop by hand has."""
        return self._ours(count, processes=1)

    def _ours(self, count: int, *, processes: int = OURS_PROCESSES) -> tuple[list[Any], Callable[[], Any], str]:
        """Workers in mid-life: each has read the gates and the access of most tenants, as it does once a minute.

        For that every tenant has some turns right before, of which each gives a worker four bookings.
        """
        workers = [self.start("-m", "bench.queue.ours", f"bench-{n}") for n in range(processes)]
        for made in (count, 16 * TENANTS):
            self.make("bookings", str(made))
        self._release(16 * TENANTS)
        with psycopg.connect(self.url, autocommit=True) as line:
            while line.execute(_UNDER_WAY).fetchone() != (0,):
                time.sleep(0.2)
        return workers, lambda: self._release(count), "syncqueue_syncattempt"

    def _release(self, count: int) -> None:
        """So many of the newest that wait become due. From here: a process of its own would still be ending, with a
        core for itself, when those at work have begun."""
        with psycopg.connect(self.url) as line:
            line.execute(RELEASE, [count])

    def _fill(self, count: int, *, due: str = "NULL") -> list[int]:
        with psycopg.connect(self.url) as line:
            return [pk for (pk,) in line.execute(FILL, [count]).fetchall()]

    def _by_hand(self, count: int) -> tuple[list[Any], Callable[[], Any], str]:
        self._fill(count)
        process = self.start("-m", "bench.queue.hand_peer")

        def go() -> None:
            with psycopg.connect(self.url) as line:
                line.execute("UPDATE bench_item SET due_at = now() WHERE due_at IS NULL AND state = 'queued'")

        return [process], go, "bench_attempt"

    def _procrastinate(self, count: int) -> tuple[list[Any], Callable[[], Any], str]:
        ids = self._fill(count)
        process = self.start("-m", "bench.queue.procrastinate_peer", "work")

        def go() -> None:
            with psycopg.connect(self.url) as line:
                line.execute(
                    "SELECT count(procrastinate_defer_jobs_v1(ARRAY[ROW('default', 'deliver', 0, NULL, NULL,"
                    " jsonb_build_object('pk', id), NULL)::procrastinate_job_to_defer_v1]))"
                    " FROM unnest(%s::bigint[]) id",
                    [ids],
                )

        return [process], go, "bench_attempt"

    def _celery(self, count: int) -> tuple[list[Any], Callable[[], Any], str]:
        ids = self._fill(count)
        process = self.rig.spawn(
            *("-m", "celery", "-q", "-A", "bench.queue.celery_peer", "worker", "-Q", "bench", "--loglevel", "WARNING"),
            *("-c", str(CELERY_PROCESSES), "--without-gossip", "--without-mingle"),
            environment={"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "pagetojob.settings"},
            log="celery.log",
        )
        time.sleep(6)
        # It has started when the round begins, and ends after it: both would take a core from those at work.
        code = (
            "import django, signal, time; django.setup(); from bench.queue.celery_peer import deliver\n"
            "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1]); print('ready', flush=True)\n"
            f"signal.sigwait([signal.SIGUSR1])\nfor pk in {ids}: deliver.delay(pk)\ntime.sleep({GIVE_UP_SECONDS})"
        )
        giver = self.start("-c", code)
        return [process, giver], lambda: giver.send_signal(signal.SIGUSR1), "bench_attempt"


def main(rounds: int) -> int:
    began = time.monotonic()
    with Rig() as rig:
        bench = Bench(rig)
        rig.run("-m", "bench.queue.procrastinate_peer", "schema")
        bench.round("ours", 0, TENANTS)
        print(f"set up in {time.monotonic() - began:.0f} s; {rounds} rounds, {TENANTS} tenants, {SLOTS} in flight each")
        rates: dict[tuple[str, int], list[float]] = {}
        for _ in range(rounds):
            for place, delay in enumerate((0, 100)):
                for name, counts in ROUNDS.items():
                    rates.setdefault((name, delay), []).append(bench.round(name, delay, counts[place]))
        report(rates)
        cost = json.loads(bench.make("enqueue_costs"))
        print(
            f"owing two items costs {cost['owed'] - cost['bare']:.2f} ms on top of {cost['bare']:.2f} ms:"
            f" {100 * (cost['owed'] / cost['bare'] - 1):.1f} %"
        )
        rig.workers(("deliver",))
        time.sleep(5)
        waits = json.loads(bench.make("one"))
        print(f"commit to first attempt, idle: median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s")
        bench.ask("/reset/100")
        bench.make("flood", str(FLOOD))
        waits = json.loads(bench.make("others"))
        median, longest = statistics.median(waits), max(waits)
        print(f"commit to first attempt beside {FLOOD:,} of one tenant: median {median:.2f} s, longest {longest:.2f} s")
    print(f"took {time.monotonic() - began:.0f} s")
    return 0


def report(rates: dict[tuple[str, int], list[float]]) -> None:
    medians = {key: statistics.median(found) for key, found in rates.items()}
    for delay in (0, 100):
        ours = medians["ours", delay]
        for name in ROUNDS:
            found = medians[name, delay]
            spread = ", ".join(f"{rate:.0f}" for rate in rates[name, delay])
            print(f"{delay:>4} ms  {name:<14} {found:>7.0f}/s   ours is {ours / found:.2f} of it   ({spread})")
    for name, processes in (("ours", OURS_PROCESSES), ("ours, one", 1), ("by hand", 1)):
        limit = processes * SLOTS / 0.1
        print(f"at 100 ms {name} reaches {medians[name, 100] / limit:.2f} of in-flight / latency ({limit:.0f}/s)")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
