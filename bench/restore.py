"""`make bench-restore`: restore to an earlier time under traffic; nothing is sent twice, and no erased person is back.

The report names exactly the lost leads.

Visitors post over HTTP and the worker sends to the simulator; pgBackRest archives. A person is erased after the time to
which the database will be restored, and a restore drill runs under the traffic. Then the server is lost, and a restore
to that time takes its place. Worker and dispatcher must refuse it. Then `resume_after_restore` runs, everything starts
again, and the simulator must have each reference once. The lost leads of the report are compared with those that
visitors were thanked for, and the new server must archive again. The waits before a lookup are shortened
(`bench.hurried`).
"""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime

from bench.chaos import TENANT, Chaos
from bench.posts import FORM, fire, hidden_fields
from bench.rig import CELERY, Rig

AT_ONCE = 2
#: A visitor whose phone no other has, since an erasure finds everyone with the same one.
NUMBER, PHONE = 1_000_000, "(602) 555-0123"
PERSON = f"jamie{NUMBER}@example.com"
THERE = "SELECT count(*) FROM leads_lead WHERE phone_e164 = '+16025550123'"
OPEN = """
    SELECT count(*) FROM syncqueue_syncitem AS item JOIN leads_lead AS lead ON lead.id = item.lead_id
    WHERE lead.phone_e164 = '+16025550123' AND item.state NOT IN ('delivered', 'manual complete', 'cancelled')
"""
#: Items that may still be sent, and the server's time of that count.
WAITING = """
    SELECT count(*), clock_timestamp() FROM syncqueue_syncitem
    WHERE state NOT IN ('delivered', 'manual complete', 'cancelled', 'needs review')
"""
#: Facts of the drill that are printed.
SHOWN = ("rpo_seconds", "rto_seconds", "leads", "lost", "marked", "erased_again", "was_refused")


class Restore(Chaos):
    """The drill: traffic, backup, more traffic, loss, restore, and the judgment."""

    def __init__(self, rig: Rig, leads: int) -> None:
        super().__init__(rig, leads)
        self.seconds: dict[str, float] = {}
        self.chosen = threading.Event()

    def run(self) -> int:
        self.rig.spawn("manage.py", "standin", "--port", self.simulator.rpartition(":")[2], log="simulator.log")
        base = self.rig.web("pagetojob.wsgi")
        self.rig.run("manage.py", "demo_api", "on")
        self._plan({})
        self._timed("full backup", lambda: self.rig.run("manage.py", "backup", "take"))
        processes = self._start()
        fields = hidden_fields(base)
        waiting = self._rows(WAITING)[0][0]
        visitors = threading.Thread(target=self._visit, args=(base, fields))
        visitors.start()
        self._until_person_ended()
        moment = self._moment_with_more_than(waiting)
        self.chosen.set()
        self._timed("erasure", lambda: self.rig.run("-m", "bench.erase_person", PERSON))
        self._timed("drill under traffic", self._drill)
        visitors.join()
        time.sleep(3)
        thanked = sum(answer.status in (200, 302, 303) for answer in self.answers)
        before = self._references()
        sent_before = len(self._book())
        for process in processes:
            self.rig.end(process)
        self._timed("restore and start of the server", lambda: self._restore(moment))
        restored, person_back = self._references(), self._count(THERE)
        refused = self._refused(base)
        began = time.monotonic()
        report = json.loads(self.rig.run("manage.py", "resume_after_restore"))
        self.seconds["resume_after_restore"] = time.monotonic() - began
        person_left = self._count(THERE)
        self._start()
        self._timed("until calm", self._until_calm)
        self._timed("backup and check on the new timeline", self._archives_again)
        print(f"person: {person_back} rows after the restore, {person_left} before anything started")
        erased = person_back > 0 and not person_left
        return self._result(before - restored, report, sent_before, thanked, refused, erased=erased)

    def _until_person_ended(self) -> None:
        """Wait until nothing is open for the person who will be erased, and some seconds more."""
        time.sleep(8)
        while self._count(OPEN) or not self._count(THERE):
            time.sleep(0.5)

    def _moment_with_more_than(self, waiting: int) -> datetime:
        """Return a time at which a visitor's item waits: it is sent afterwards, so the lookup must find it."""
        moment: datetime
        count = waiting
        while count <= waiting:
            time.sleep(0.01)
            count, moment = self._rows(WAITING)[0]
        return moment

    def _drill(self) -> None:
        facts = json.loads(self.rig.run("manage.py", "backup", "drill", "--by", "operator@pagetojob.example"))
        print("drill:", {name: facts[name] for name in SHOWN})

    def _archives_again(self) -> None:
        self.rig.run("manage.py", "backup", "take")
        print(self.rig.run("manage.py", "backup", "verify").strip())

    def _start(self) -> "list[subprocess.Popen[bytes]]":
        queues = ("deliver", "work", "heavy")
        started = [
            self.rig.spawn(*CELERY, "-c", "1", "--without-mingle", "-Q", queue, "-n", f"{queue}@%h", log="workers.log")
            for queue in queues
        ]
        return [*started, self.rig.spawn("manage.py", "dispatch", log="dispatcher.log")]

    def _visit(self, base: str, fields: dict[str, str]) -> None:
        """Post the person, half of the leads so that many wait at the moment of the restore, and half after it."""
        self._post(base, fields | {"phone": PHONE}, NUMBER, 1)
        half = self.leads // 2
        self._post(base, fields, 0, half)
        first = half
        while not self.chosen.wait(0.5):  # a fast machine must not be done before the moment of the restore
            self._post(base, fields, first, AT_ONCE)
            first += AT_ONCE
        self._post(base, fields, first, self.leads - half)

    def _post(self, base: str, fields: dict[str, str], first: int, count: int) -> None:
        self.answers += fire(base + FORM, count=count, at_once=AT_ONCE, fields=fields, first=first, timeout=60)

    def _timed(self, what: str, act: object) -> None:
        began = time.monotonic()
        act()  # type: ignore[operator]
        self.seconds[what] = time.monotonic() - began

    def _restore(self, moment: datetime) -> None:
        """Lose the server and its disk, and put a restored copy in its place."""
        home, copy = self.rig.postgres.home, self.rig.folder / "restored"
        self.rig.postgres.stop()
        shutil.rmtree(home)
        print(self.rig.run("manage.py", "backup", "restore", "--to", str(copy), "--time", moment.isoformat()).strip())
        copy.rename(home)
        self.rig.postgres.start()

    def _refused(self, base: str) -> dict[str, bool]:
        """Return which of the processes refuse the restored database."""
        worker, *_, dispatch = self._start()
        refused = {}
        for name, process in (("worker", worker), ("dispatcher", dispatch)):
            try:
                refused[name] = process.wait(30) != 0
            except subprocess.TimeoutExpired:
                refused[name] = False
        return refused

    def _references(self) -> set[str]:
        return {row[0] for row in self._rows("SELECT reference FROM leads_lead WHERE excluded_as = ''")}

    def _book(self) -> list[dict[str, object]]:
        bookings: list[dict[str, object]] = self._control("GET", f"book/{TENANT}")["bookings"]
        return bookings

    def _result(
        self,
        lost: set[str],
        report: dict[str, object],
        sent_before: int,
        thanked: int,
        refused: dict[str, bool],
        *,
        erased: bool,
    ) -> int:
        references = Counter(str(booking["externalId"]) for booking in self._book())
        twice = [reference for reference, count in references.items() if count > 1]
        named = {lead["reference"] for lead in report["lost"]}  # type: ignore[attr-defined]
        rows = self._rows("SELECT state, count(*) FROM syncqueue_syncitem WHERE kind = 'booking_request' GROUP BY 1")
        adopted = self._count("SELECT count(*) FROM syncqueue_syncitem WHERE adopted")
        print(
            f"thanked {thanked}, sent before {sent_before}, lost {len(lost)}, named {len(named)}, marked"
            f" {report['marked']}, adopted {adopted}, sent after {len(references)}, sent twice {len(twice)}"
        )
        print("refused:", refused, "states:", dict(rows))
        print("seconds:", {what: round(seconds, 1) for what, seconds in self.seconds.items()})
        good = erased and not twice and named == lost and all(refused.values()) and bool(lost) and adopted > 0
        print("passed" if good else "FAILED")
        return 0 if good else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1500)
    with Rig(backups=True) as rig:
        drill = Restore(rig, parser.parse_args().leads)
        status = drill.run()
        if status:
            print((rig.folder / "workers.log").read_text()[-3000:], file=sys.stderr)
        return status


if __name__ == "__main__":
    sys.exit(main())
