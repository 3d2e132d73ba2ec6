"""`make chaos LEADS=5000`: a storm over the hand-off; at the end each request arrived once or waits with its reason.

Visitors post over HTTP the whole time. Meanwhile the worker that sends is killed twenty times, Valkey is restarted and
emptied, PostgreSQL is restarted, and the stand-in fails in each of its ways: at rates all the time, and for a while
altogether, without a scope, and with the access taken away. The waits before a look-up are shortened (`bench.hurried`);
every other wait is the product's own. Then everything is mended, and nobody helps the queue along.
"""

import argparse
import json
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen
from typing import Any

import psycopg
import redis

from bench.posts import FORM, Answer, by_status, fire, hidden_fields
from bench.rig import CELERY, Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port

KILLS = 20
AT_ONCE = 4
#: The account that `manage.py demo_api on` opens.
TENANT = "770077"
SETTLE_SECONDS = 720
#: A good third of all calls goes wrong.
STORM: dict[str, Any] = {
    "rates": dict.fromkeys(
        (
            *("rate-limit", "rate-limit-silent", "rate-limit-date", "server-error", "server-error-after", "html-error"),
            *("html-success", "truncated", "empty", "slow", "drop", "drop-after", "not-signed-in"),
        ),
        0.028,
    )
    | {"huge": 0.002},
    "retry_after": 1,
    "slow_seconds": 0.5,
    "stale_seconds": 1,
    "token_seconds": 75,
}
_STANDING = """
    SELECT lead.reference, item.state, item.cause, item.external_id, item.adopted, item.attempts
    FROM leads_lead AS lead LEFT JOIN syncqueue_syncitem AS item ON item.lead_id = lead.id AND item.tenant_id =
        lead.tenant_id AND item.kind = 'booking_request'
    WHERE lead.excluded_as = ''
"""
_OPEN = """
    SELECT count(*) FROM syncqueue_syncitem
    WHERE state IN ('queued', 'retrying', 'sending') AND (state = 'sending' OR due_at IS NOT NULL)
"""
_FIRST_SINCE = """
    SELECT coalesce(extract(epoch FROM min(settled_at)) - {at}, 'Infinity') FROM syncqueue_syncattempt
    WHERE settled_at > to_timestamp({at}) AND outcome <> 'lost'
"""
_TRIED_SINCE = "SELECT count(*) FROM syncqueue_syncattempt WHERE settled_at > to_timestamp({at}) AND outcome <> 'lost'"
#: A lease is as long as `bench.hurried` says.
_LOST = """
    SELECT count(*), extract(epoch FROM max(settled_at - began_at)) - 8 FROM syncqueue_syncattempt
    WHERE outcome = 'lost'
"""
_HELD = "SELECT count(*) FROM syncqueue_syncitem WHERE state = 'sending' AND kind = 'booking_request'"
_BOOKS = "from syncqueue import selectors; from pagetojob.platform.tenants import scope\nwith scope.worker(): "
_BOOKS += "books = selectors.books(); print(books.balance, books)"


class Chaos:
    """The storm, one blow after another, and the judgement."""

    def __init__(self, rig: Rig, leads: int) -> None:
        self.rig, self.leads = rig, leads
        self.stand_in = f"http://127.0.0.1:{free_port()}"
        self.answers: list[Answer] = []
        self.kills = 0
        self.back: dict[str, float] = {}
        rig.environment |= {
            "DJANGO_SETTINGS_MODULE": "bench.hurried",
            "DEBUG": "true",  # no stand-in is served in production settings
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": self.stand_in,
            "SERVICETITAN_STANDIN_API_URL": self.stand_in,
        }

    def run(self) -> int:
        """The exit status: 0 when nothing was lost, doubled, or left without a reason."""
        self.rig.spawn("manage.py", "standin", "--port", self.stand_in.rpartition(":")[2], log="stand-in.log")
        base = self.rig.web("pagetojob.wsgi")
        print(self.rig.run("manage.py", "demo_api", "on"), flush=True)
        self.storm(0)
        sender = self._sender()
        for queue in ("work", "heavy"):
            self.rig.spawn(*CELERY, "-c", "1", "--without-mingle", "-Q", queue, "-n", f"{queue}@%h", log="workers.log")
        self.rig.spawn("manage.py", "dispatch", log="dispatcher.log")
        fields = hidden_fields(base)
        visitors = threading.Thread(target=self._visit, args=(base, fields))
        began = time.monotonic()
        visitors.start()
        for blow in range(KILLS):
            self._until_it_sends()
            with self._blow(blow):
                self.rig.end(sender)
                self.kills += 1
                sender = self._sender()
        visitors.join()
        self._plan({})
        print(f"storm over after {time.monotonic() - began:.0f} s, {self.kills} kills", flush=True)
        self.rig.run("manage.py", "demo_api", "on")
        return self._judge(self._until_calm())

    def storm(self, seed: int) -> None:
        self._plan(STORM | {"seed": seed})

    def _visit(self, base: str, fields: dict[str, str]) -> None:
        """In as many parts as there are blows, so that every blow falls on work."""
        part = -(-self.leads // KILLS)
        for first in range(0, self.leads, part):
            count = min(part, self.leads - first)
            self.answers += fire(base + FORM, count=count, at_once=AT_ONCE, fields=fields, first=first, timeout=60)
            time.sleep(1)

    def _sender(self) -> "Popen[bytes]":
        return self.rig.spawn(
            *CELERY, "-c", "1", "--without-mingle", "-Q", "deliver", "-n", "deliver@%h", log="workers.log"
        )

    def _until_it_sends(self) -> None:
        """A kill should fall on a worker in mid-work; while all rests, a few seconds are as good."""
        deadline = time.monotonic() + 8
        while not self._count(_HELD) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)

    def _until_first_try(self, at: float) -> None:
        """No further blow before work goes on after the last one, so that how long that takes is seen."""
        while self._count(_TRIED_SINCE.format(at=at)) == 0 and time.time() - at < 90:
            time.sleep(0.5)

    @contextmanager
    def _blow(self, number: int) -> Iterator[None]:
        """What else happens around a kill, mended when it is over."""
        mend: Callable[[], object] | None = None
        what = "a kill"
        if number == 4:
            what, mend = "a kill, Valkey away", self.rig.valkey.start
            self.rig.valkey.stop()
        elif number == 7:
            what = "a kill, Valkey emptied"
            redis.Redis.from_url(self.rig.valkey.url).flushall()
        elif number == 10:
            what, mend = "a kill, PostgreSQL away", self.rig.postgres.start
            self.rig.postgres.stop()
        elif number == 13:
            what, mend = "a kill, the stand-in down", lambda: self.storm(number)
            self._plan(STORM | {"outage": True})
        elif number == 15:
            what, mend = "a kill, a scope missing", lambda: self.storm(number)
            self._plan(STORM | {"missing_scopes": ["tn.crm.bookings:w"]})
        elif number == 17:
            what, mend = "a kill, access taken away", lambda: self.storm(number)
            self._plan(STORM | {"revoked": True})
        print(f"{number + 1:2}. {what}", flush=True)
        yield
        if number in {4, 10, 13, 15, 17}:
            time.sleep(5)
        if mend is not None:
            mend()
            self.back[what] = time.time()
            self._until_first_try(self.back[what])
        if number in {15, 17}:
            self._plan({})
            self.rig.run("manage.py", "demo_api", "on")
            self.storm(number)

    def _plan(self, plan: dict[str, Any]) -> None:
        self._control("PUT", f"faults/{TENANT}", plan)

    def _control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.stand_in}/control/{path}", data, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def _until_calm(self) -> float:
        began = time.monotonic()
        while self._count(_OPEN) and time.monotonic() - began < SETTLE_SECONDS:
            time.sleep(1)
        # What a closed gate or a lost access held is released by a duty of every fifteen seconds.
        time.sleep(20)
        while self._count(_OPEN) and time.monotonic() - began < SETTLE_SECONDS:
            time.sleep(1)
        return time.monotonic() - began

    def _judge(self, took: float) -> int:
        rows = self._rows(_STANDING)
        book = self._control("GET", f"book/{TENANT}")
        there = Counter(row["externalId"] for row in book["bookings"])
        ids = {row["externalId"]: str(row["id"]) for row in book["bookings"]}
        thanked = sum(answer.status == 302 for answer in self.answers)
        lost = thanked > len(rows) or any(state is None for _, state, *_ in rows)
        wrong = [ref for ref, state, _, external, *_ in rows if state == "delivered" and external != ids.get(ref)]
        silent = [ref for ref, state, cause, *_ in rows if state != "delivered" and not cause]
        strangers = set(there) - {row[0] for row in rows}
        seen = by_status(self.answers)
        print(f"calm after {took:.0f} s more; {len(self.answers)} posts ({seen}), {len(rows)} requests")
        for (state, cause), number in sorted(Counter((row[1], row[2]) for row in rows).items()):
            print(f"  {number:6} {state}{f' ({cause})' if cause else ''}")
        print(f"  {sum(row[4] for row in rows)} adopted by a look-up, {sum(row[5] for row in rows)} tries in all")
        print(
            f"the stand-in's book: {len(book['bookings'])} bookings, {len(there)} references,"
            f" {book['duplicates']} duplicates, {len(strangers)} unknown to us; {book['calls']} calls,"
            f" {book['fastest_second']} in its fastest second, {book['token_requests']} tokens"
        )
        for what, at in self.back.items():
            first = self._rows(_FIRST_SINCE.format(at=at))[0][0]
            print(f"after “{what}” was mended, the first try was settled {first:.1f} s later")
        died, late = self._rows(_LOST)[0]
        print(f"{died} claims of killed workers came back, the last {late or 0:.1f} s after its lease of 8 s")
        balance, _, books = self.rig.run("manage.py", "shell", "--verbosity", "0", "-c", _BOOKS).strip().partition(" ")
        print(f"the ledger {'balances' if balance == 'True' else 'DOES NOT BALANCE'}: {books}")
        broken = {
            "a thank-you without a request": lost,
            "a booking made twice": book["duplicates"],
            "delivered, and not in the book": wrong,
            "neither delivered nor with a reason": silent,
            "in the book, and no request of ours": strangers,
            "the ledger does not balance": balance != "True",
        }
        for promise in filter(broken.get, broken):
            print(f"BROKEN: {promise}")
        return int(any(broken.values()))

    def _count(self, query: str) -> int:
        try:
            return int(self._rows(query)[0][0])
        except psycopg.OperationalError:
            return 1

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(with_database(self.rig.postgres.admin_url, "pagetojob")) as session:
            return session.execute(query.encode()).fetchall()


def main(leads: int) -> int:
    with Rig() as rig:
        return Chaos(rig, leads).run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("leads", type=int, nargs="?", default=5000)
    sys.exit(main(parser.parse_args().leads))
