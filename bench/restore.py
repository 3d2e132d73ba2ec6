"""`make bench-restore`: restore an earlier state under traffic; nothing is sent twice.

The report names exactly the lost leads.

Visitors post over HTTP and the worker sends to the simulator. In the middle a base backup is taken from the running
server; traffic continues, the server is killed, and the backup takes its place. Worker, dispatcher and webhook inbox
must refuse it. Then `resume_after_restore` runs, everything starts again, and the simulator must have each reference
once. The lost leads of the report are compared with those that visitors were thanked for. The waits before a lookup are
shortened (`bench.hurried`).
"""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter

import psycopg

from bench.chaos import TENANT, Chaos
from bench.posts import FORM, fire, hidden_fields
from bench.rig import CELERY, Rig

AT_ONCE = 2
SETTLE_SECONDS = 300


class Restore(Chaos):
    """The drill: traffic, backup, more traffic, loss, restore, and the judgment."""

    def __init__(self, rig: Rig, leads: int) -> None:
        super().__init__(rig, leads)
        self.copy = rig.folder / "backup"
        self.seconds: dict[str, float] = {}

    def run(self) -> int:
        self.rig.spawn("manage.py", "standin", "--port", self.stand_in.rpartition(":")[2], log="stand-in.log")
        base = self.rig.web("pagetojob.wsgi")
        self.rig.run("manage.py", "demo_api", "on")
        self._plan({})
        processes = self._start()
        fields = hidden_fields(base)
        visitors = threading.Thread(target=self._visit, args=(base, fields))
        visitors.start()
        time.sleep(8)
        self._timed("base backup", self._back_up)
        visitors.join()
        time.sleep(3)
        thanked = sum(answer.status in (200, 302, 303) for answer in self.answers)
        before = self._references()
        sent_before = len(self._book())
        for process in processes:
            self.rig.end(process)
        self._timed("restore and start of the server", self._restore)
        restored = self._references()
        refused = self._refused(base)
        began = time.monotonic()
        report = json.loads(self.rig.run("manage.py", "resume_after_restore"))
        self.seconds["resume_after_restore"] = time.monotonic() - began
        self._start()
        self._timed("until calm", self._until_calm)
        return self._result(before - restored, report, sent_before, thanked, refused)

    def _start(self) -> "list[subprocess.Popen[bytes]]":
        queues = ("deliver", "work", "heavy")
        started = [
            self.rig.spawn(*CELERY, "-c", "1", "--without-mingle", "-Q", queue, "-n", f"{queue}@%h", log="workers.log")
            for queue in queues
        ]
        return [*started, self.rig.spawn("manage.py", "dispatch", log="dispatcher.log")]

    def _visit(self, base: str, fields: dict[str, str]) -> None:
        self.answers += fire(base + FORM, count=self.leads, at_once=AT_ONCE, fields=fields, first=0, timeout=60)

    def _timed(self, what: str, act: object) -> None:
        began = time.monotonic()
        act()  # type: ignore[operator]
        self.seconds[what] = time.monotonic() - began

    def _back_up(self) -> None:
        """Copy the data folder of the running server, with its WAL last, as the manual of PostgreSQL describes."""
        home = self.rig.postgres.home
        with psycopg.connect(self.rig.postgres.admin_url, autocommit=True) as session:
            session.execute("SELECT pg_backup_start('drill', fast => true)")
            command = ["cp", "-a", str(home), str(self.copy)]
            subprocess.run(command, check=False, capture_output=True)
            row = session.execute("SELECT labelfile FROM pg_backup_stop()").fetchone()
            assert row is not None
        shutil.rmtree(self.copy / "pg_wal")
        subprocess.run(["cp", "-a", str(home / "pg_wal"), str(self.copy / "pg_wal")], check=True)  # noqa: S607
        (self.copy / "backup_label").write_text(row[0], encoding="utf-8")
        (self.copy / "postmaster.pid").unlink(missing_ok=True)
        shutil.copystat(home / "PG_VERSION", self.copy / "backup_label")
        owner = (home / "PG_VERSION").stat()
        shutil.chown(self.copy / "backup_label", owner.st_uid, owner.st_gid)

    def _restore(self) -> None:
        self.rig.postgres.stop()
        home = self.rig.postgres.home
        shutil.rmtree(home)
        subprocess.run(["cp", "-a", str(self.copy), str(home)], check=True)  # noqa: S607
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
        self, lost: set[str], report: dict[str, object], sent_before: int, thanked: int, refused: dict[str, bool]
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
        good = not twice and named == lost and all(refused.values()) and bool(lost) and adopted > 0
        print("passed" if good else "FAILED")
        return 0 if good else 1


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--leads", type=int, default=1500)
    with Rig() as rig:
        drill = Restore(rig, parser.parse_args().leads)
        status = drill.run()
        if status:
            print((rig.folder / "workers.log").read_text()[-3000:], file=sys.stderr)
        return status


if __name__ == "__main__":
    sys.exit(main())
