"""`make chaos LEADS=5000`: errors of every kind during the handoff; then each request arrived once or has a reason.

Twenty times, visitors post over HTTP while the worker that sends is killed. During some of the kills Valkey is stopped
or emptied, PostgreSQL is stopped, or the simulator is down, without a scope, or revokes the access; a third of its
answers are errors all the time. The waits before a lookup are shortened (`bench.hurried`); every other wait is the
product's own. Then the errors end, and the queue has to recover without help.
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

from bench.posts import FORM, Answer, by_status, fire, hidden_fields, mailbox
from bench.rig import CELERY, Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port
from tests.support.handoff_verdict import Request, broken_promises

KILLS = 20
AT_ONCE = 4
#: The redirect to the thank-you page.
THANKED = 302
#: The account that `manage.py demo_api on` opens.
TENANT = "770077"
#: The restarts of the worker leave little time to send, so most errors fall on the time after the kills.
ERRORS_WITHOUT_KILLS_SECONDS = 180
#: Longer than the longest wait between two attempts.
STALLED_SECONDS = 300
#: More than a third of all calls fail.
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
_REQUESTS = """
    SELECT lead.reference, lead.email, item.state, item.cause, item.external_id, item.adopted, item.attempts
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
    """Runs the errors, one after another, and judges what is left."""

    def __init__(self, rig: Rig, leads: int) -> None:
        self.rig, self.leads = rig, leads
        self.simulator = f"http://127.0.0.1:{free_port()}"
        self.answers: list[Answer] = []
        self.kills = 0
        self.back: dict[str, float] = {}
        rig.environment |= {
            "DJANGO_SETTINGS_MODULE": "bench.hurried",
            "DEBUG": "true",  # production settings refuse the simulator
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": self.simulator,
            "SERVICETITAN_STANDIN_API_URL": self.simulator,
        }

    def run(self) -> int:
        """Return the exit status: 0 if nothing was lost, sent twice, or left without a reason."""
        self.rig.spawn("manage.py", "standin", "--port", self.simulator.rpartition(":")[2], log="simulator.log")
        base = self.rig.web("pagetojob.wsgi")
        print(self.rig.run("manage.py", "demo_api", "on"), flush=True)
        self.storm(0)
        sender = self._sender()
        for queue in ("work", "heavy"):
            self.rig.spawn(*CELERY, "-c", "1", "--without-mingle", "-Q", queue, "-n", f"{queue}@%h", log="workers.log")
        self.rig.spawn("manage.py", "dispatch", log="dispatcher.log")
        fields = hidden_fields(base)
        began = time.monotonic()
        for blow in range(KILLS):
            with self._visitors(base, fields, blow):
                self._until_it_sends()
                with self._blow(blow):
                    self.rig.end(sender)
                    self.kills += 1
                    sender = self._sender()
        self._until_all_sent(seconds=ERRORS_WITHOUT_KILLS_SECONDS)
        calls = self._control("GET", f"book/{TENANT}")["calls"]
        self._plan({})
        print(
            f"{calls} calls during the errors, which end after {time.monotonic() - began:.0f} s and {self.kills} kills",
            flush=True,
        )
        self.rig.run("manage.py", "demo_api", "on")
        return self._judge(self._until_calm())

    def storm(self, seed: int) -> None:
        self._plan(STORM | {"seed": seed})

    @contextmanager
    def _visitors(self, base: str, fields: dict[str, str], blow: int) -> Iterator[None]:
        """Post this blow's part of the requests in the meantime, so that every kill falls on new work."""
        part = -(-self.leads // KILLS)
        first = blow * part
        count = max(0, min(part, self.leads - first))

        def visit() -> None:
            self.answers += fire(base + FORM, count=count, at_once=AT_ONCE, fields=fields, first=first, timeout=60)

        visitors = threading.Thread(target=visit)
        visitors.start()
        yield
        visitors.join()

    def _sender(self) -> "Popen[bytes]":
        return self.rig.spawn(
            *CELERY, "-c", "1", "--without-mingle", "-Q", "deliver", "-n", "deliver@%h", log="workers.log"
        )

    def _until_it_sends(self) -> None:
        """Let the kill fall on a worker that is sending; after a few seconds without one, on an idle worker."""
        deadline = time.monotonic() + 8
        while not self._count(_HELD) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)

    def _until_first_try(self, at: float) -> None:
        """Wait for the first attempt after the last error, so that the time it takes can be measured."""
        while self._count(_TRIED_SINCE.format(at=at)) == 0 and time.time() - at < 90:
            time.sleep(0.5)

    @contextmanager
    def _blow(self, number: int) -> Iterator[None]:
        """Add the error of this kill, and end it afterward."""
        mend: Callable[[], object] | None = None
        what = "a kill"
        if number == 4:
            what, mend = "a kill, Valkey stopped", self.rig.valkey.start
            self.rig.valkey.stop()
        elif number == 7:
            what = "a kill, Valkey emptied"
            redis.Redis.from_url(self.rig.valkey.url).flushall()
        elif number == 10:
            what, mend = "a kill, PostgreSQL stopped", self.rig.postgres.start
            self.rig.postgres.stop()
        elif number == 13:
            what, mend = "a kill, the simulator down", lambda: self.storm(number)
            self._plan(STORM | {"outage": True})
        elif number == 15:
            what, mend = "a kill, a scope missing", lambda: self.storm(number)
            self._plan(STORM | {"missing_scopes": ["tn.crm.bookings:w"]})
        elif number == 17:
            what, mend = "a kill, access revoked", lambda: self.storm(number)
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
        request = urllib.request.Request(f"{self.simulator}/control/{path}", data, method=method)  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def _until_calm(self) -> float:
        began = time.monotonic()
        self._until_all_sent()
        # A task that runs every fifteen seconds releases what a closed gate or a lost access blocked.
        time.sleep(20)
        self._until_all_sent()
        return time.monotonic() - began

    def _until_all_sent(self, seconds: float = float("inf")) -> None:
        """Wait until no item is due, for at most that long, and while items are still settled."""
        waiting, began = self._count(_OPEN), time.monotonic()
        settled = began
        while waiting and time.monotonic() < min(began + seconds, settled + STALLED_SECONDS):
            time.sleep(1)
            if (now := self._count(_OPEN)) < waiting:
                waiting, settled = now, time.monotonic()

    def _judge(self, took: float) -> int:
        rows = self._rows(_REQUESTS)
        book = self._control("GET", f"book/{TENANT}")
        print(
            f"calm after {took:.0f} s more; {len(self.answers)} posts ({by_status(self.answers)}), {len(rows)} requests"
        )
        for (state, cause), number in sorted(Counter((row[2], row[3]) for row in rows).items()):
            print(f"  {number:6} {state}{f' ({cause})' if cause else ''}")
        print(f"  {sum(row[5] for row in rows)} found by a lookup, {sum(row[6] for row in rows)} attempts in all")
        print(
            f"the simulator's records: {len(book['bookings'])} bookings, {book['duplicates']} duplicates;"
            f" {book['calls']} calls, {book['fastest_second']} in its fastest second, {book['token_requests']} tokens"
        )
        for what, at in self.back.items():
            first = self._rows(_FIRST_SINCE.format(at=at))[0][0]
            print(f"after “{what}” ended, the first attempt was settled {first:.1f} s later")
        died, late = self._rows(_LOST)[0]
        print(f"{died} claims of killed workers came back, the last {late or 0:.1f} s after its lease of 8 s")
        balance, _, books = self.rig.run("manage.py", "shell", "--verbosity", "0", "-c", _BOOKS).strip().partition(" ")
        print(f"the ledger {'balances' if balance == 'True' else 'DOES NOT BALANCE'}: {books}")
        thanked = [mailbox(answer.number) for answer in self.answers if answer.status == THANKED]
        broken = list(broken_promises([Request(*row[:5]) for row in rows], book, thanked))
        if balance != "True":
            broken.append("the ledger does not balance")
        for promise in broken:
            print(f"BROKEN: {promise}")
        return int(bool(broken))

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
