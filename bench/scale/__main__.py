"""`make bench-scale`: worker processes, contractors, connections and requests, with real processes on one machine.

PostgreSQL, Valkey, PgBouncer, the dispatcher, Celery workers, and the simulator, which answers a booking after 200 ms.
1, 2 and 4 worker processes deliver from a queue of 200,000 open bookings of 1,000 contractors. Wanted: four processes
deliver at least 3.2 times what one does, with less than 60 % of the machine's processors, all parts together.
"""

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Generator
from dataclasses import dataclass

from bench.gets import fire
from bench.posts import FORM, hidden_fields
from bench.posts import fire as fire_posts
from bench.rig import CELERY, Rig
from bench.scale.statements import Database, Totals
from bench.scale.usage import CORES, Processor, family, memory
from pagetojob.local.process import free_port
from tests.support.pooler import pgbouncer

FIRST_ACCOUNT = 880_000
LATENCY_SECONDS = 0.2
PROCESSES = (1, 2, 4)
#: Until every process has read the access of the contractors, and between the two ends of a measurement.
WARM_SECONDS, MEASURED_SECONDS = 30.0, 20.0
WANTED_LINEAR, WANTED_PROCESSOR = 0.8, 0.6
#: Web processes of eight threads, as in docker-compose.yml.
WEB_PROCESSES = 2
REQUESTS = 60
PAGES = {
    "home page of a contractor": "/sites/desert-peak/",
    "page of a service": "/sites/desert-peak/ac-repair-phoenix",
    "request form": FORM,
    "readiness page, cached": "/servicetitan-ready-websites/api-readiness",
}
_DELIVERED = """
    SELECT count(*) FROM syncqueue_syncattempt
    WHERE outcome = 'delivered' AND settled_at >= to_timestamp(%(begin)s) AND settled_at < to_timestamp(%(end)s)
"""
_OPEN = "SELECT count(*), count(DISTINCT tenant_id) FROM syncqueue_syncitem WHERE state = 'queued'"


@dataclass(frozen=True)
class Round:
    """A measurement of some worker processes. Processor in shares of the whole machine."""

    processes: int
    per_second: float
    processor: dict[str, float]
    busy: float
    memory: dict[str, float]
    totals: Totals
    delivered: int
    connections: int
    scans: dict[str, int]

    def row(self) -> str:
        everything, totals = sum(self.processor.values()), self.totals
        return (
            f"{self.processes} processes  {self.per_second:7.1f}/s  processor {everything:5.1%}"
            f" ({', '.join(f'{name} {share:.1%}' for name, share in self.processor.items())}),"
            f" machine {self.busy:.0%} busy  lease {totals.lease_milliseconds / max(1, totals.leases):.2f} ms mean,"
            f" {totals.longest_lease:.0f} ms longest, {totals.leased / max(1, totals.leases):.1f} items"
            f"  per item {totals.queries / self.delivered:.2f} queries,"
            f" {totals.statements / self.delivered:.2f} statements,"
            f" {totals.milliseconds / self.delivered:.2f} ms  connections {self.connections}"
        )


class Installation:
    """The parts on one machine, and what is started for a measurement."""

    def __init__(self, rig: Rig, *, tenants: int, items: int) -> None:
        self.rig = rig
        self.database = Database(rig)
        self.simulator = free_port()
        url = f"http://127.0.0.1:{self.simulator}"
        rig.environment |= {
            "DJANGO_SETTINGS_MODULE": "bench.scale.settings",
            "DEBUG": "true",
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": url,
            "SERVICETITAN_STANDIN_API_URL": url,
        }
        self._simulator = rig.spawn("manage.py", "standin", "--port", str(self.simulator), log="simulator.log")
        accounts = [str(FIRST_ACCOUNT + number) for number in range(tenants)]
        rig.run("-m", "bench.queue.making", "accounts", *accounts)
        rig.run("-m", "bench.queue.making", "floods", str(items))
        self.database.session.execute("VACUUM (ANALYZE)")
        plan = json.dumps({"rates": {"slow": 1.0}, "slow_seconds": LATENCY_SECONDS}).encode()
        for account in accounts:
            request = urllib.request.Request(f"{url}/control/faults/{account}", plan, method="PUT")  # noqa: S310
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - loopback

    @contextlib.contextmanager
    def workers(self, count: int, environment: dict[str, str]) -> Generator[list[subprocess.Popen[bytes]]]:
        """Run so many worker processes and a dispatcher; at the end they finish what they have begun."""
        started = [
            self.rig.spawn(
                *CELERY,
                *("-c", "1", "--without-mingle", "-Q", "deliver", "-n", f"deliver-{number}@%h"),
                environment=environment,
                log="workers.log",
            )
            for number in range(count)
        ]
        started.append(self.rig.spawn("manage.py", "dispatch", environment=environment, log="dispatcher.log"))
        try:
            yield started
        finally:
            for process in reversed(started):
                process.send_signal(signal.SIGTERM)
            for process in started:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=60)
                self.rig.end(process)

    def measure(self, count: int, environment: dict[str, str], *, pooler: int | None = None) -> Round:
        """Deliver with so many processes, and measure after they have warmed up."""
        with self.workers(count, environment) as started:
            time.sleep(WARM_SECONDS)
            groups: dict[str, Callable[[], list[int]]] = {
                "workers": lambda: [pid for process in started[:-1] for pid in family(process.pid)],
                "dispatcher": lambda: family(started[-1].pid),
                "PostgreSQL": lambda: family(self.rig.postgres.pid),
                "simulator": lambda: family(self._simulator.pid),
                "Valkey": lambda: family(self.rig.valkey.pid),
            }
            if pooler:
                groups["PgBouncer"] = lambda: [pooler]
            self.database.reset()
            scans, processor, begin = self.database.scans(), Processor(groups), time.time()
            time.sleep(MEASURED_SECONDS)
            end, used, busy = time.time(), processor.seconds(), processor.busy()
            totals, connections, used_memory = self.database.totals(), self.database.connections(), memory(groups)
            scanned = {name: number - scans.get(name, 0) for name, number in self.database.scans().items()}
        (delivered,) = self.database.one(_DELIVERED, begin=begin, end=end)
        seconds = end - begin
        shares = {name: value / seconds / CORES for name, value in used.items()}
        return Round(
            count, delivered / seconds, shares, busy, used_memory, totals, max(1, delivered), connections, scanned
        )

    def connections(self, environment: dict[str, str]) -> tuple[int, int]:
        """Connections of the application at their most: of a web host alone, and with four worker processes."""
        base = self.rig.web("pagetojob.wsgi", environment=environment, workers=WEB_PROCESSES)
        web = self.rig.processes[-1]
        alone = self._peak(lambda: fire(base, PAGES["request form"], (), count=640, at_once=32, status=200))
        with self.workers(PROCESSES[-1], environment):
            time.sleep(WARM_SECONDS)
            both = self._peak(lambda: fire(base, PAGES["request form"], (), count=640, at_once=32, status=200))
        self.rig.end(web)
        return alone, both

    def _peak(self, work: Callable[[], object]) -> int:
        done = threading.Event()

        def run() -> None:
            try:
                work()
            finally:
                done.set()

        thread = threading.Thread(target=run)
        thread.start()
        peak = 0
        while not done.wait(0.05):
            peak = max(peak, self.database.connections())
        thread.join()
        return peak

    def page_costs(self) -> None:
        """Print what a request of each public page, and of the form, costs the database."""
        self.rig.run("manage.py", "load_readiness")
        base = self.rig.web("pagetojob.wsgi")
        print(f"\n{'public page':<28}{'queries':>9}{'statements':>12}{'ms':>8}")
        for name, path in PAGES.items():
            fire(base, path, (), count=20, at_once=1, status=200)
            self.database.reset()
            fire(base, path, (), count=REQUESTS, at_once=1, status=200)
            self._print_cost(name, REQUESTS)
        fields = hidden_fields(base)
        fire_posts(base + FORM, count=20, at_once=1, fields=fields)
        self.database.reset()
        answers = fire_posts(base + FORM, count=REQUESTS, at_once=1, fields=fields, first=100)
        self._print_cost("form, posted", sum(answer.status == 302 for answer in answers))
        self.rig.end(self.rig.processes[-1])

    def _print_cost(self, name: str, requests: int) -> None:
        totals = self.database.totals()
        values = (totals.queries / requests, totals.statements / requests, totals.milliseconds / requests)
        print("{:<28}{:>9.2f}{:>12.2f}{:>8.2f}".format(name, *values), flush=True)


def main() -> int:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tenants", type=int, default=1000)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    began = time.monotonic()
    with Rig() as rig:
        installation = Installation(rig, tenants=options.tenants, items=options.items)
        items, tenants = installation.database.one(_OPEN)
        seconds = time.monotonic() - began
        print(f"set up in {seconds:.0f} s: {items:,} open items of {tenants:,} contractors; {_load()}", flush=True)
        rounds: dict[int, list[Round]] = {count: [] for count in PROCESSES}
        for _ in range(options.rounds):
            for count in PROCESSES:
                rounds[count].append(_shown(installation.measure(count, {})))
        print(f"\nmost expensive statements of the last round: ms, calls\n{_table(installation)}")
        assert rig.urls is not None
        with pgbouncer(rig.urls.app) as (url, pid):
            pooled = {"DATABASE_URL": url, "DISABLE_SERVER_SIDE_CURSORS": "true"}
            print("\nthrough PgBouncer in transaction mode:")
            _shown(installation.measure(PROCESSES[-1], pooled, pooler=pid))
            through = installation.connections(pooled)
        direct = installation.connections({})
        print(f"connections of the application, a web host alone and with {PROCESSES[-1]} worker processes:")
        print(f"direct {direct[0]} and {direct[1]}, through PgBouncer {through[0]} and {through[1]}")
        installation.page_costs()
    print(f"took {time.monotonic() - began:.0f} s; {_load()}")
    return _judge(rounds)


def _shown(measured: Round) -> Round:
    print(measured.row())
    print("   memory MB:", ", ".join(f"{name} {size:.0f}" for name, size in measured.memory.items()))
    used = {name: number for name, number in measured.scans.items() if number}
    print("   scans of the queue:", ", ".join(f"{name} {n:,}" for name, n in used.items()), flush=True)
    return measured


def _table(installation: Installation) -> str:
    return "\n".join(f"{ms:>8} {calls:>8}  {query}" for ms, calls, query in installation.database.most_expensive())


def _judge(rounds: dict[int, list[Round]]) -> int:
    rates = {
        count: statistics.median(measured.per_second for measured in measurements)
        for count, measurements in rounds.items()
    }
    processor = statistics.median(sum(measured.processor.values()) for measured in rounds[PROCESSES[-1]])
    for count, rate in rates.items():
        print(f"{count} processes: {rate:.0f}/s, {rate / rates[1] / count:.2f} of linear; wanted {WANTED_LINEAR}")
    print(f"processor with {PROCESSES[-1]}: {processor:.0%} of {CORES} cores; wanted less than {WANTED_PROCESSOR:.0%}")
    linear = all(rate / rates[1] / count >= WANTED_LINEAR for count, rate in rates.items())
    return 0 if linear and processor < WANTED_PROCESSOR else 1


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f} on {CORES} cores"


if __name__ == "__main__":
    sys.exit(main())
