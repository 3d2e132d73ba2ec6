"""`manage.py backup`: take, list, verify and restore backups, rehearse a restore, or run the schedule."""

import json
import logging
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pagetojob.backups import services
from pagetojob.backups.configuration import NotConfigured
from pagetojob.backups.drill import DrillFailed, restore
from pagetojob.backups.pgbackrest import BackupFailed, PgBackRest, opened
from pagetojob.backups.plan import Job
from pagetojob.platform import hosts, scratch
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

TICK_SECONDS = 60.0
REPORT_EVERY_TICKS = 5
FAILURES = (BackupFailed, DrillFailed, NotConfigured, DatabaseError, psycopg.Error, OSError)
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Take, list, verify and restore backups with pgBackRest, rehearse a restore, or run the schedule."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True, metavar="run|take|list|verify|restore|drill")
        what.add_parser("run", help="Run the jobs that are due, and report the state of the repository. Does not end.")
        take = what.add_parser("take", help="Take an incremental backup now; the first one is full.")
        take.add_argument("--full", action="store_true", help="Take a full backup.")
        take.add_argument(
            "--new-repository", action="store_true", help="Begin a new repository although backups were made before."
        )
        what.add_parser("list", help="Print each backup as a line of JSON, oldest first.")
        what.add_parser("verify", help="Check that archiving works, every file of every backup, and all archived WAL.")
        copy = what.add_parser("restore", help="Restore into a new folder. The running database is not touched.")
        copy.add_argument("--to", required=True, type=Path, help="A new folder.")
        rehearsal = what.add_parser("drill", help="Restore into a throw-away server, check it, and record the result.")
        rehearsal.add_argument("--by", required=True, metavar="EMAIL", help="The person who starts it; recorded.")
        rehearsal.add_argument(
            "--folder", action="append", default=[], type=Path, help="RECOVERY_FOLDER of another host. Can be repeated."
        )
        for command in (copy, rehearsal):
            command.add_argument(
                "--time", type=_past_time, help="Such as 2026-11-29T03:12:00Z. Without it: as late as possible."
            )

    def handle(self, *args: Any, **options: Any) -> None:
        # An exception, so that the key's private folder is removed and pgBackRest is stopped.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            with opened(services.configured_repository()) as tool:
                getattr(self, f"_{options['what']}")(tool, options)
        except FAILURES as error:
            raise CommandError(str(error)) from error

    def _run(self, tool: PgBackRest, _options: dict[str, Any]) -> None:
        scratch.remove_leftovers()  # such as the copy of a drill that was killed
        self.stdout.write("backups are scheduled")
        ticks = 0
        while True:
            close_old_connections()
            try:
                hosts.report("backups", [tool.repository.folder, tool.repository.data])
                done = services.work_due(tool)
                if done or ticks % REPORT_EVERY_TICKS == 0:
                    services.report(tool)
                ticks += 1
            except FAILURES as error:
                done = None
                log.error("backups did not run", extra={"error": str(error)})  # noqa: TRY400
            if done is None:
                time.sleep(TICK_SECONDS)

    def _take(self, tool: PgBackRest, options: dict[str, Any]) -> None:
        new = options["new_repository"]
        first = new or not (tool.repository.folder / "repository").exists()
        job = Job.FULL if options["full"] or first else Job.INCREMENTAL
        backup = services.take(tool, job, new=new)
        self.stdout.write(f"Backup {backup.label}: {backup.bytes:,} bytes, {backup.repository_bytes:,} stored.")

    def _list(self, tool: PgBackRest, _options: dict[str, Any]) -> None:
        for backup in tool.backups():
            self.stdout.write(
                json.dumps(
                    {
                        "label": backup.label,
                        "kind": "full" if backup.full else "incremental",
                        "ended_at": backup.ended_at.isoformat(),
                        "bytes": backup.bytes,
                        "repository_bytes": backup.repository_bytes,
                    }
                )
            )

    def _verify(self, tool: PgBackRest, _options: dict[str, Any]) -> None:
        services.verify(tool)
        self.stdout.write("All backups and all archived WAL are complete.")

    def _restore(self, tool: PgBackRest, options: dict[str, Any]) -> None:
        copy = restore(tool, options["to"].absolute(), at=options["time"])
        facts = copy.facts()
        self.stdout.write(json.dumps({name: facts[name] for name in ("incident_at", "recovered_to", "seconds")}))
        self.stderr.write(
            f"{options['to']} is ready. Put it in place, then run resume_after_restore (docs/how-to/backups.md)."
        )

    def _drill(self, tool: PgBackRest, options: dict[str, Any]) -> None:
        person = User.objects.by_email(options["by"])
        if person is None or not (person.is_active and person.can(Ability.VIEW_QUEUE)):
            raise CommandError("No active person with an operations role has this address.")
        copy = services.run_drill(tool, at=options["time"], actor=person, folders=tuple(options["folder"]))
        self.stdout.write(json.dumps(copy.facts() | {"lost_requests": copy.lost}, indent=2))


def _past_time(text: str) -> datetime:
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None:
        raise CommandError(f"{text} is no time such as 2026-11-29T03:12:00Z.")
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > timezone.now():
        raise CommandError("The time is in the future.")
    return at
