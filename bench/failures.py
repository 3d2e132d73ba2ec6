"""`make drill`: what a visitor meets while a part of the house is away. Prints the table; red when a promise breaks.

100 posts per line, eight at once, over HTTP to gunicorn, with real workers and dispatcher. After each fault the
part is mended, and every notice must have gone out. The demo is open against the stand-in all the while; what became
of the bookings is the matter of `make chaos`. While a customer's website is away, the worker for heavy is reading it.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import psycopg

from bench.faults import Impostor, Mailbox, SlowLine, freeze
from bench.posts import FORM, Answer, by_status, fire, hidden_fields, percentile
from bench.rig import Rig
from pagetojob.local.database_url import with_database
from pagetojob.local.process import free_port

POSTS, AT_ONCE = 100, 8
P95_MS, MAX_MS = 500, 2000
MENDED_SECONDS = 420
READ_SECONDS = 150
SLOW = "slow (1 s a piece)"
Fault = Callable[[], Callable[[], None]]


class Drill:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        # The product dials `port`; the slow line passes on to `mailbox.port`.
        self.mail_port = free_port()
        self.mailbox = Mailbox(self.mail_port)
        self.mailbox.open()
        rig.environment["EMAIL_URL"] = f"smtp://127.0.0.1:{self.mail_port}"
        self.stand_in_port = free_port()
        stand_in = f"http://127.0.0.1:{self.stand_in_port}"
        rig.environment |= {
            "DEBUG": "true",  # no stand-in is served in production settings
            "PUBLIC_URL": "http://localhost",
            "SERVICETITAN_STANDIN_AUTH_URL": stand_in,
            "SERVICETITAN_STANDIN_API_URL": stand_in,
        }
        self.site_port = free_port()
        rig.environment["LISTED_ORIGINS"] = f"http://127.0.0.1:{self.site_port}"
        self._stand_in(self.stand_in_port)
        self.broken = 0
        self.sent = 0

    def faults(self) -> Iterator[tuple[str, str, Fault]]:
        yield "all is well", "", lambda: lambda: None
        yield "Valkey", "down", lambda: self._valkey_away(None)
        yield "Valkey", "refusing", lambda: self._valkey_away("refusing")
        yield "Valkey", "silent (SIGSTOP)", self._valkey_frozen
        yield "Valkey", SLOW, self._valkey_slow
        for how in ("down", "refusing", "silent"):
            yield "stand-in", how, partial(self._stand_in_away, how)
        yield "stand-in", SLOW, self._stand_in_slow
        for how in ("down", "refusing", "silent", SLOW):
            yield "website that is read", how, partial(self._site_away, how)
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

        def mend() -> None:
            if impostor:
                impostor.stop()
            self.rig.valkey.start()

        return mend

    def _valkey_slow(self) -> Callable[[], None]:
        """The port of the broker is given to a slow line; the broker itself moves aside meanwhile."""
        valkey = self.rig.valkey
        port = valkey.port
        valkey.stop()
        valkey.wanted_port = aside = free_port()
        valkey.start()
        line = SlowLine(port, aside)

        def mend() -> None:
            line.stop()
            valkey.stop()
            valkey.wanted_port = port
            valkey.start()

        return mend

    def _stand_in(self, port: int) -> None:
        self.stand_in = self.rig.spawn("manage.py", "standin", "--port", str(port), log="stand-in.log")

    def _stand_in_away(self, manner: str) -> Callable[[], None]:
        self.rig.end(self.stand_in)
        impostor = None if manner == "down" else Impostor(self.stand_in_port, manner)

        def mend() -> None:
            if impostor:
                impostor.stop()
            self._stand_in(self.stand_in_port)

        return mend

    def _stand_in_slow(self) -> Callable[[], None]:
        self.rig.end(self.stand_in)
        aside = free_port()
        self._stand_in(aside)
        line = SlowLine(self.stand_in_port, aside)

        def mend() -> None:
            line.stop()
            self.rig.end(self.stand_in)
            self._stand_in(self.stand_in_port)

        return mend

    def _site_away(self, manner: str) -> Callable[[], None]:
        """The posts begin once the site has been asked, or its reading is owed where nothing listens."""
        stand: Impostor | SlowLine | None = None
        if manner == SLOW:
            stand = SlowLine(self.site_port, self.stand_in_port)
        elif manner != "down":
            stand = Impostor(self.site_port, manner)
        self._due_to_be_read()
        deadline = time.monotonic() + READ_SECONDS
        while stand and not stand.calls:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nobody read the website within {READ_SECONDS} s")
            time.sleep(0.05)
        return stand.stop if stand else lambda: None

    def _due_to_be_read(self) -> None:
        """An earlier reading is over, whatever came of it, before the next begins; a duty may begin it before us."""
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

        def mend() -> None:
            if impostor:
                impostor.stop()
            self.mailbox.open()

        return mend

    def _mail_slow(self) -> Callable[[], None]:
        self.mailbox.shut()
        self.mailbox.port = free_port()
        self.mailbox.open()
        line = SlowLine(self.mail_port, self.mailbox.port)

        def mend() -> None:
            line.stop()
            self.mailbox.shut()
            self.mailbox.port = self.mail_port
            self.mailbox.open()

        return mend

    def line(self, what: str, how: str, fault: Fault, base: str, fields: dict[str, str]) -> None:
        before = self._count("SELECT count(*) FROM leads_lead")
        mend = fault()
        time.sleep(1)
        answers = self._fire(base, fields)
        stored = self._count("SELECT count(*) FROM leads_lead") - before
        owed = self._count(_OWED)
        time.sleep(2)
        mend()
        took = self._until_told()
        p95, longest = percentile(answers, 0.95), percentile(answers, 1)
        kept = all(answer.status == 302 for answer in answers) and stored == POSTS and took is not None
        self._say(what, how, answers, stored, f"{owed} owed; told {'NEVER' if took is None else f'{took:.1f} s'}")
        if not kept or p95 > P95_MS or longest > MAX_MS:
            self.broken += 1
            print("   ^ a promise is broken")

    def postgres(self, base: str, fields: dict[str, str], *, frozen: bool) -> None:
        """Away in the middle of the posts: no thank-you without a row, and soon usable when it is back."""
        before = self._count("SELECT count(*) FROM leads_lead")
        pid = self.rig.postgres.pid
        assert pid
        answers: list[Answer] = []
        visitors = threading.Thread(target=lambda: answers.extend(self._fire(base, fields, timeout=60)))
        visitors.start()
        time.sleep(0.3)
        with self._away(pid, frozen=frozen):
            visitors.join()
            back = time.monotonic()
        while fire(base + FORM, count=1, at_once=1, fields=fields, first=self._next(1))[0].status != 302:
            time.sleep(0.1)
        usable = time.monotonic() - back
        stored = self._count("SELECT count(*) FROM leads_lead") - before - 1
        thanked = sum(answer.status == 302 for answer in answers)
        sorry = sum(answer.status == 503 for answer in answers)
        self._say("PostgreSQL", "frozen" if frozen else "stopped", answers, stored, f"usable {usable:.1f} s after")
        if thanked > stored or thanked + sorry != POSTS or usable > 5:
            self.broken += 1
            print("   ^ a promise is broken")

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

    def _say(self, what: str, how: str, answers: list[Answer], stored: int, rest: str) -> None:
        times = " / ".join(f"{percentile(answers, share):.0f}" for share in (0.5, 0.95, 1))
        print(f"| {what} | {how} | {by_status(answers)} | {stored} | {times} ms | {rest} |", flush=True)

    def _count(self, query: str) -> int:
        with psycopg.connect(with_database(self.rig.postgres.admin_url, "pagetojob")) as session:
            row = session.execute(query).fetchone()
        assert row
        return int(row[0])

    def _until_told(self) -> float | None:
        began = time.monotonic()
        while self._count(_OWED):
            if time.monotonic() - began > MENDED_SECONDS:
                return None
            time.sleep(0.2)
        return time.monotonic() - began


_READING = "SELECT count(*) FROM runs_run WHERE kind = 'drift.read_site' AND state IN ('queued', 'running')"
_START = "import django; django.setup()\nfrom drift.services.reading import start_due\nstart_due()"
_OWED = (
    "SELECT count(*) FROM syncqueue_syncitem WHERE kind IN ('business_notification', 'visitor_confirmation')"
    " AND state <> 'delivered'"
)


def main() -> int:
    with Rig() as rig:
        drill = Drill(rig)
        base = rig.web("pagetojob.wsgi")
        print(rig.run("manage.py", "demo_api", "on"), flush=True)
        rig.workers(("deliver", "work", "heavy"))
        fields = hidden_fields(base)
        print("| part | how | answers | stored | p50 / p95 / max | afterwards |\n| --- | --- | --- | --- | --- | --- |")
        for what, how, fault in drill.faults():
            drill.line(what, how, fault, base, fields)
        for frozen in (False, True):
            drill.postgres(base, fields, frozen=frozen)
        drill._until_told()
        mails, distinct = len(drill.mailbox.taken), len(set(drill.mailbox.taken))
        print(f"\n{mails} mails taken, {distinct} distinct Message-IDs; {drill.broken} promises broken")
        drill.mailbox.shut()
        return 1 if drill.broken else 0


if __name__ == "__main__":
    sys.exit(main())
