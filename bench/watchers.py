"""`make bench-watchers`: the web process while 20 people watch a page that changes, for each page that is watched.

Each watcher sends the conditional request of the page's script every 4 seconds. Another process changes an item of the
queue every 8 seconds. Wanted: less than 10 % of one core, and each change seen within 5 seconds.
"""

import random
import re
import sys
import threading
import time
from collections.abc import Callable
from http.client import HTTPConnection
from urllib.parse import urlsplit

import psycopg

from bench.boards import fill, make_tenants
from bench.gets import cpu_seconds
from bench.rig import Rig
from bench.uploads import SIGN_IN
from pagetojob.local.database_url import with_database

WATCHERS, EVERY, SECONDS, ITEMS = 20, 4.0, 40.0, 20_000
WANTED_CORE, WANTED_SECONDS = 0.10, 5.0


def main() -> int:
    with Rig() as rig:
        url = with_database(rig.postgres.admin_url, "pagetojob")
        with psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")
            make_tenants(admin)
            fill(admin, 1, ITEMS // 2)
            session = rig.run("-c", SIGN_IN).strip().splitlines()[-1]
            base = rig.web("pagetojob.wsgi")
            server = rig.processes[-1].pid
            newest = admin.execute(
                "SELECT public_id::text FROM syncqueue_syncitem WHERE state = 'blocked' ORDER BY id DESC LIMIT 50"
            ).fetchall()
            rows = ",".join(f"{public_id}.1" for (public_id,) in newest)
            pages = {
                "queue": f"/ops/live?state=blocked&rows={rows}",
                "item": f"/ops/items/{newest[0][0]}/watch",
                "alarms": "/ops/alarms/watch",
            }
            results = {name: _measure(base, path, session, server, _changes(admin)) for name, path in pages.items()}
    return _judge(results)


def _changes(admin: psycopg.Connection) -> Callable[[], None]:
    """Return what changes the watched item: its version, as a worker or a person does."""

    def change() -> None:
        admin.execute(
            "UPDATE syncqueue_syncitem SET version = version + 1, state_since = now() WHERE id ="
            " (SELECT max(id) FROM syncqueue_syncitem WHERE state = 'blocked')"
        )

    return change


def _measure(
    base: str, path: str, session: str, server: int, change: Callable[[], None]
) -> tuple[float, list[float], int]:
    """Return the share of a core, the seconds until each change was seen, and the number of requests."""
    ended, lock = time.monotonic() + SECONDS, threading.Lock()
    changed_at = [time.monotonic()]
    seen, requests = list[float](), [0]

    def watch() -> None:
        line, tag = HTTPConnection(urlsplit(base).netloc, timeout=20), ""
        headers = {"Host": "localhost", "Cookie": f"__Host-session={session}", "X-Forwarded-Proto": "https"}
        known = 0.0
        time.sleep(random.uniform(0, EVERY))
        while time.monotonic() < ended:
            line.request("GET", path, headers=headers | ({"If-None-Match": tag} if tag else {}))
            answer = line.getresponse()
            body = answer.read()
            if answer.status not in {200, 304}:
                raise RuntimeError(
                    f"{path} was answered with {answer.status}: {re.sub(rb'<[^>]+>', b'', body)[:200]!r}"
                )
            with lock:
                requests[0] += 1
                if answer.status == 200 and tag and changed_at[0] > known:
                    seen.append(time.monotonic() - changed_at[0])
                known = time.monotonic()
            tag = answer.headers.get("ETag", "")
            time.sleep(EVERY)

    threads = [threading.Thread(target=watch) for _ in range(WATCHERS)]
    before, began = cpu_seconds(server), time.monotonic()
    for thread in threads:
        thread.start()
    while time.monotonic() < ended:
        time.sleep(8)
        change()
        with lock:
            changed_at[0] = time.monotonic()
    for thread in threads:
        thread.join()
    return (cpu_seconds(server) - before) / (time.monotonic() - began), seen, requests[0]


def _judge(results: dict[str, tuple[float, list[float], int]]) -> int:
    print(f"{WATCHERS} watchers, a request each {EVERY:.0f} s, a change each 8 s")
    missed = False
    for name, (core, seen, requests) in results.items():
        slowest = max(seen, default=0.0)
        missed = missed or core >= WANTED_CORE or slowest > WANTED_SECONDS
        print(f"{name:8} {core:6.1%} of a core, {requests} requests, {len(seen)} changes seen, slowest {slowest:.1f} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
