"""`make drill`: stop each part of the platform under load and print what visitors experienced.

100 posts per row, eight at once, over HTTP to gunicorn, with real workers and dispatcher. After each failure the part
is repaired, and every notice must be sent. Bookings are sent to the simulator during all of it; `make chaos` judges
them. While a contractor's website fails, the worker of the queue `heavy` reads it. Exits with 1 if a promise broke, and
otherwise with TOO_SLOW if visitors waited longer than the limits, as they do on a machine with other work.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import psycopg

from bench.faults import Impostor, Mailbox, SlowLine, freeze
from bench.posts import FORM, Answer, fire, hidden_fields, percentile
from bench.rig import Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port
from tests.support.drill_status import exit_status

POSTS, AT_ONCE = 100, 8
P95_MS, MAX_MS = 500, 2000
NOTIFIED_SECONDS = 420
READ_SECONDS = 150
USABLE_SECONDS = 5
SLOW = "slow (1 s per chunk)"
#: Starts a failure; returns the call that repairs it.
Failure = Callable[[], Callable[[], None]]
#: As in docs/explanation/how-a-lead-travels.md, which shows the table.
_ANSWERS = {302: "thanked", 503: "shown the number to call"}


class Drill:
    """Runs the failures one after another and counts broken promises."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        # The product connects to `mail_port`; a slow line forwards to `mailbox.port`.
        self.mail_port = free_port()
        self.mailbox = Mailbox(self.mail_port)
        self.mailbox.open()
        rig.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{self.mail_port}"
        self.simulator_port = free_port()
        simulator = f"http://127.0.0.1:{self.simulator_port}"
        rig.environment |= {
            "DEBUG": "true",  # production settings refuse the simulator
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": simulator,
            "SERVICETITAN_STANDIN_API_URL": simulator,
        }
        self.site_port = free_port()
        rig.environment["LISTED_ORIGINS"] = f"http://127.0.0.1:{self.site_port}"
        self._start_simulator(self.simulator_port)
        #: Rows with a refused request or an unsent notice, and rows that took longer than a limit.
        self.broken, self.slow = 0, 0
        self.sent = 0

    def failures(self) -> Iterator[tuple[str, str, Failure]]:
        """Yield part, manner and failure of each row that visitors must not notice."""
        yield "no failure", "", lambda: lambda: None
        yield "Valkey", "down", lambda: self._valkey_away(None)
        yield "Valkey", "refusing", lambda: self._valkey_away("refusing")
        yield "Valkey", "silent (SIGSTOP)", self._valkey_frozen
        yield "Valkey", SLOW, self._valkey_slow
        for how in ("down", "refusing", "silent"):
            yield "simulator", how, partial(self._simulator_away, how)
        yield "simulator", SLOW, self._slow_simulator
        for how in ("down", "refusing", "silent", SLOW):
            yield "crawled website", how, partial(self._site_away, how)
        yield "mail server", "down", lambda: self._mail_away(None)
        yield "mail server", "refusing", lambda: self._mail_away("refusing")
        yield "mail server", "silent", lambda: self._mail_away("silent")
        yield "mail server", SLOW, self._mail_slow

    def _valkey_frozen(self) -> Callable[[], None]:
        pid = self.rig.valkey.pid
        assert pid
        freeze(pid)
        return lambda: freeze(pid, thaw=True)

    def _valkey_away(self, manner: str | None) -> Callable[[], None]:
        port = self.rig.valkey.port
        self.rig.valkey.stop()
        impostor = Impostor(port, manner) if manner else None

        def repair() -> None:
            if impostor:
                impostor.stop()
            self.rig.valkey.start()

        return repair

    def _valkey_slow(self) -> Callable[[], None]:
        """Put a slow line on the port of the broker, which uses another port until the repair."""
        valkey = self.rig.valkey
        port = valkey.port
        valkey.stop()
        valkey.wanted_port = spare = free_port()
        valkey.start()
        line = SlowLine(port, spare)

        def repair() -> None:
            line.stop()
            valkey.stop()
            valkey.wanted_port = port
            valkey.start()

        return repair

    def _start_simulator(self, port: int) -> None:
        self.simulator = self.rig.spawn("manage.py", "standin", "--port", str(port), log="simulator.log")

    def _simulator_away(self, manner: str) -> Callable[[], None]:
        self.rig.end(self.simulator)
        impostor = None if manner == "down" else Impostor(self.simulator_port, manner)

        def repair() -> None:
            if impostor:
                impostor.stop()
            self._start_simulator(self.simulator_port)

        return repair

    def _slow_simulator(self) -> Callable[[], None]:
        self.rig.end(self.simulator)
        spare = free_port()
        self._start_simulator(spare)
        line = SlowLine(self.simulator_port, spare)

        def repair() -> None:
            line.stop()
            self.rig.end(self.simulator)
            self._start_simulator(self.simulator_port)

        return repair

    def _site_away(self, manner: str) -> Callable[[], None]:
        """Return once a worker has connected to the website; at once if nothing listens there."""
        server: Impostor | SlowLine | None = None
        if manner == SLOW:
            server = SlowLine(self.site_port, self.simulator_port)
        elif manner != "down":
            server = Impostor(self.site_port, manner)
        self._make_crawl_due()
        deadline = time.monotonic() + READ_SECONDS
        while server and not server.calls:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no worker read the website within {READ_SECONDS} s")
            time.sleep(0.05)
        return server.stop if server else lambda: None

    def _make_crawl_due(self) -> None:
        """Make a crawl due after any earlier one has ended. A periodic task may start it before we do."""
        deadline = time.monotonic() + READ_SECONDS
        while self._count(_READING) and time.monotonic() < deadline:
            time.sleep(0.2)
        with psycopg.connect(with_database(self.rig.postgres.admin_url, "pagetojob")) as session:
            base = f"http://127.0.0.1:{self.site_port}/"
            session.execute("UPDATE drift_site SET base_url = %s, reads_itself = true, due_at = now()", [base])
        self.rig.run("-c", _START)

    def _mail_away(self, manner: str | None) -> Callable[[], None]:
        self.mailbox.shut()
        impostor = Impostor(self.mail_port, manner) if manner else None

        def repair() -> None:
            if impostor:
                impostor.stop()
            self.mailbox.open()

        return repair

    def _mail_slow(self) -> Callable[[], None]:
        self.mailbox.shut()
        self.mailbox.port = free_port()
        self.mailbox.open()
        line = SlowLine(self.mail_port, self.mailbox.port)

        def repair() -> None:
            line.stop()
            self.mailbox.shut()
            self.mailbox.port = self.mail_port
            self.mailbox.open()

        return repair

    def row(self, part: str, manner: str, failure: Failure, base: str, fields: dict[str, str]) -> None:
        """Post during a failure that visitors must not notice, repair it, and print its row."""
        before = self._count(_STORED)
        repair = failure()
        time.sleep(1)
        answers = self._fire(base, fields)
        stored = self._count(_STORED) - before
        time.sleep(2)
        repair()
        seconds = self.wait_until_notified()
        p95, longest = percentile(answers, 0.95), percentile(answers, 1)
        is_accepted = all(answer.status == 302 for answer in answers) and stored == POSTS
        recovery = "NOT ALL NOTIFIED" if seconds is None else f"notified after {seconds:.1f} s"
        self._print(part, manner, answers, stored, recovery)
        if not is_accepted or seconds is None:
            self._break("a request was refused, or a notice was not sent")
        elif p95 > P95_MS or longest > MAX_MS:
            self._report_slow(f"p95 over {P95_MS} ms or maximum over {MAX_MS} ms")

    def postgres(self, base: str, fields: dict[str, str], *, frozen: bool) -> None:
        """Stop or freeze the database during the posts: no thanks without a stored row, usable soon after."""
        before = self._count(_STORED)
        pid = self.rig.postgres.pid
        assert pid
        answers: list[Answer] = []
        visitors = threading.Thread(target=lambda: answers.extend(self._fire(base, fields, timeout=60)))
        visitors.start()
        # A fixed wait would be over before the first answer on a slow machine.
        while self._count(_STORED) < before + AT_ONCE and visitors.is_alive():
            time.sleep(0.02)
        with self._away(pid, frozen=frozen):
            visitors.join()
            repaired_at = time.monotonic()
        while fire(base + FORM, count=1, at_once=1, fields=fields, first=self._next(1))[0].status != 302:
            time.sleep(0.1)
        usable = time.monotonic() - repaired_at
        stored = self._count(_STORED) - before - 1
        thanked = sum(answer.status == 302 for answer in answers)
        refused = sum(answer.status == 503 for answer in answers)
        recovery = f"usable {usable:.1f} s after the restart"
        self._print("PostgreSQL", "frozen" if frozen else "stopped", answers, stored, recovery)
        if thanked > stored or thanked + refused != POSTS:
            self._break("a thanked request is not stored, or a visitor got another answer")
        elif usable > USABLE_SECONDS:
            self._report_slow(f"usable after more than {USABLE_SECONDS} s")

    @contextmanager
    def _away(self, pid: int, *, frozen: bool) -> Iterator[None]:
        if frozen:
            freeze(pid)
        else:
            self.rig.postgres.stop()
        try:
            yield
        finally:
            if frozen:
                freeze(pid, thaw=True)
            else:
                self.rig.postgres.start()

    def _fire(self, base: str, fields: dict[str, str], timeout: float = 30) -> list[Answer]:
        return fire(base + FORM, count=POSTS, at_once=AT_ONCE, fields=fields, first=self._next(POSTS), timeout=timeout)

    def _next(self, count: int) -> int:
        self.sent += count
        return self.sent - count

    def _print(self, part: str, manner: str, answers: list[Answer], stored: int, recovery: str) -> None:
        times = " / ".join(f"{percentile(answers, share):.0f}" for share in (0.5, 0.95, 1))
        print(f"| {part} | {manner} | {_counted(answers)} | {stored} | {times} ms | {recovery} |", flush=True)

    def _break(self, reason: str) -> None:
        self.broken += 1
        print(f"   ^ promise broken: {reason}", flush=True)

    def _report_slow(self, reason: str) -> None:
        self.slow += 1
        print(f"   ^ too slow: {reason}", flush=True)

    def _count(self, query: str) -> int:
        with psycopg.connect(with_database(self.rig.postgres.admin_url, "pagetojob")) as session:
            row = session.execute(query).fetchone()
        assert row
        return int(row[0])

    def wait_until_notified(self) -> float | None:
        """Return the seconds until no notice is pending; None if one still is after NOTIFIED_SECONDS."""
        began = time.monotonic()
        while self._count(_PENDING):
            if time.monotonic() - began > NOTIFIED_SECONDS:
                return None
            time.sleep(0.2)
        return time.monotonic() - began


_STORED = "SELECT count(*) FROM leads_lead"
_READING = "SELECT count(*) FROM runs_run WHERE kind = 'drift.read_site' AND state IN ('queued', 'running')"
_START = "import django; django.setup()\nfrom drift.services.reading import start_due\nstart_due()"
_PENDING = (
    "SELECT count(*) FROM syncqueue_syncitem WHERE kind IN ('business_notification', 'visitor_confirmation')"
    " AND state <> 'delivered'"
)


def _counted(answers: Sequence[Answer]) -> str:
    """Return how visitors were answered, as `54 thanked, 46 shown the number to call`."""
    counts = sorted(Counter(answer.status for answer in answers).items())
    return ", ".join(f"{number} {_ANSWERS.get(status, f'of {status}')}" for status, number in counts)


def main() -> int:
    """Run every failure; return the exit status."""
    with Rig() as rig:
        drill = Drill(rig)
        base = rig.web("pagetojob.wsgi")
        print(rig.run("manage.py", "demo_api", "on"), flush=True)
        rig.workers(("deliver", "work", "heavy"))
        fields = hidden_fields(base)
        print("| part | how | answers | stored | p50 / p95 / max | recovery |\n| --- | --- | --- | --- | --- | --- |")
        for part, manner, failure in drill.failures():
            drill.row(part, manner, failure, base, fields)
        for frozen in (False, True):
            drill.postgres(base, fields, frozen=frozen)
        drill.wait_until_notified()
        mails, distinct = len(drill.mailbox.taken), len(set(drill.mailbox.taken))
        print(f"\n{mails} mails received, {distinct} distinct Message-IDs", end="; ")
        print(f"{drill.broken} promises broken, {drill.slow} rows too slow")
        drill.mailbox.shut()
        return exit_status(broken=drill.broken, slow=drill.slow)


if __name__ == "__main__":
    sys.exit(main())
