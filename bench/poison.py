"""`make bench-poison`: a tenant whose bookings kill the worker, or hang until the time limit, beside one that is well.

Real worker (two processes, as in docker-compose.yml), dispatcher and stand-in, with the product's own waits. A front
before the stand-in sees who calls: at a call for the poisoned account it kills the process that made it (SIGKILL, from
outside), or passes it on to a stand-in that does not answer. Printed: how long the bookings of the other tenant wait
from commit to first attempt and to delivery, alone and beside the poison. Wanted: the 95th percentile of the first
less than doubled.
"""

import asyncio
import contextlib
import json
import os
import signal
import statistics
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.faults import descendants
from bench.rig import Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port

#: Account numbers of three tenants: bench-0 kills, bench-1 hangs, bench-2 is well.
KILLING, HANGING, WELL = "880001", "880002", "880003"
BOOKINGS, EVERY_SECONDS, POISON = 60, 0.5, 20
WANTED = 2.0
#: Longer than the product waits for an answer.
HANG_SECONDS = 60
#: A lease, its sweep and two look-ups: after that even what a dead worker held has its end.
MOST_SECONDS = 300

_WAITS = """
    SELECT extract(epoch FROM tried.first - item.created_at)::float,
        extract(epoch FROM tried.last - item.created_at)::float
    FROM syncqueue_syncitem AS item
    JOIN tenants_tenant AS tenant ON tenant.id = item.tenant_id AND tenant.slug = 'bench-2'
    CROSS JOIN LATERAL (
        SELECT min(began_at) AS first, max(settled_at) FILTER (WHERE outcome = 'delivered') AS last
        FROM syncqueue_syncattempt WHERE tenant_id = item.tenant_id AND item_id = item.id
    ) AS tried
    WHERE item.kind = 'booking_request' AND item.id > %s AND tried.last IS NOT NULL
"""
_NEWEST = "SELECT coalesce(max(id), 0) FROM syncqueue_syncitem"
_TRIES = """
    SELECT attempt.outcome, count(*) FROM syncqueue_syncattempt AS attempt
    JOIN tenants_tenant AS tenant ON tenant.id = attempt.tenant_id AND tenant.slug = %s
    GROUP BY attempt.outcome ORDER BY attempt.outcome
"""


class Front:
    """Passes calls on to the stand-in. While `kills` is set, whoever calls for the one that kills dies instead."""

    def __init__(self, port: int, upstream: int, whose: Callable[[], list[int]]) -> None:
        self._port, self._upstream, self._whose = port, upstream, whose
        self.kills, self.killed = False, 0
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._both_ways, "127.0.0.1", self._port)
        ready.set()
        await server.serve_forever()

    async def _both_ways(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._upstream)
            port = writer.get_extra_info("peername")[1]
            await asyncio.gather(self._pump(reader, there, port), self._pump(there_reader, writer, None))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, caller: int | None) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(65536):
                if self.kills and caller is not None and f"/tenant/{KILLING}/".encode() in piece:
                    self._kill(caller)
                    break
                writer.write(piece)
                await writer.drain()
        writer.close()

    def _kill(self, port: int) -> None:
        for pid in self._whose():
            if _holds(pid, port):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1


def _holds(pid: int, port: int) -> bool:
    """Whether the process has the end of a connection that lies on this port."""
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(f":{port:04X}"):
            inodes.add(f"socket:[{fields[9]}]")
    with contextlib.suppress(OSError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(each.readlink()) in inodes:
                    return True
    return False


class Poison:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.stand_in, port = free_port(), free_port()
        self.deliver = 0
        self.front = Front(port, self.stand_in, lambda: descendants(self.deliver))
        rig.environment |= {
            "DEBUG": "true",  # no stand-in is served in production settings
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": f"http://127.0.0.1:{port}",
            "SERVICETITAN_STANDIN_API_URL": f"http://127.0.0.1:{port}",
        }
        rig.spawn("manage.py", "standin", "--port", str(self.stand_in), log="stand-in.log")
        self.make("accounts", KILLING, HANGING, WELL)
        rig.workers(("deliver", "work"), children=2)
        self.deliver = rig.processes[-3].pid
        self.url = with_database(rig.postgres.admin_url, "pagetojob")
        time.sleep(8)

    def make(self, *command: str) -> str:
        return self.rig.run("-m", "bench.queue.making", *command)

    def plan(self, **plan: object) -> None:
        """What the stand-in does at calls for the account that hangs."""
        url = f"http://127.0.0.1:{self.stand_in}/control/faults/{HANGING}"
        request = urllib.request.Request(url, json.dumps(plan).encode(), method="PUT")
        with urllib.request.urlopen(request, timeout=10):  # noqa: S310 - loopback
            pass

    def phase(self, how: str, poisoned: int = 2) -> tuple[float, float]:
        """The 95th percentile of both waits, in seconds, of the bookings of the tenant that is well."""
        with psycopg.connect(self.url, autocommit=True) as line:
            [since] = line.execute(_NEWEST).fetchone() or [0]
            poison = 0 if poisoned == 2 else POISON
            self.make("trickle", str(BOOKINGS), str(round(EVERY_SECONDS * 1000)), str(poison), str(poisoned))
            deadline = time.monotonic() + MOST_SECONDS
            while len(waits := line.execute(_WAITS, [since]).fetchall()) < BOOKINGS and time.monotonic() < deadline:
                time.sleep(1)
            tries = ", ".join(
                f"{number} {outcome}" for outcome, number in line.execute(_TRIES, [f"bench-{poisoned}"]).fetchall()
            )
        first, last = (statistics.quantiles(waited, n=20)[18] for waited in zip(*waits, strict=True))
        print(
            f"{how:<22} {len(waits)} of {BOOKINGS} delivered   first attempt: median"
            f" {statistics.median(one for one, _ in waits):.2f} s, p95 {first:.2f} s   delivered: p95 {last:.2f} s"
            f"   ({self.front.killed} workers killed; tries of bench-{poisoned}: {tries or 'none'})",
            flush=True,
        )
        return first, last


def main() -> int:
    with Rig() as rig:
        poison = Poison(rig)
        poison.phase("warming up")
        alone, _ = poison.phase("alone")
        poison.front.kills = True
        killing, _ = poison.phase("beside killing ones", 0)
        poison.front.kills = False
        poison.plan(rates={"slow": 1.0}, slow_seconds=HANG_SECONDS)
        hanging, _ = poison.phase("beside hanging ones", 1)
    missed = 0
    for how, found in (("hanging", hanging), ("killing", killing)):
        print(f"p95 to the first attempt beside {how} ones: {found / alone:.2f} of what it is alone; wanted {WANTED:g}")
        missed += found > WANTED * alone
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
