"""`manage.py resume_after_restore`: make a restored database safe, and let workers, dispatcher and inbox start."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pagetojob.platform import recovery
from pagetojob.platform.accounts.services.sessions import end_all_after_restore
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants import scope
from pagetojob.retention import erasure_list, replay
from pagetojob.transparency import entry_record
from pagetojob.transparency.services import NotContinued, continue_log
from syncqueue.services import after_restore


class Command(BaseCommand):
    help = (
        "Repeat the erasures and closed requests since the backup, put the entries of the public log back, mark every"
        " open outbox item for a lookup, sign everyone out, name the stored leads that were lost, and accept the"
        " database. Run it once on each worker host before anything starts."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="Only tell, by the exit status, if this host refuses the database as it is.",
        )
        parser.add_argument(
            "--folder",
            action="append",
            default=[],
            type=Path,
            help="The RECOVERY_FOLDER of another host, copied to this one. Can be repeated.",
        )
        parser.add_argument(
            "--without-log",
            action="store_true",
            help="Leave the public log as it is. Only after LOG_SIGNING_KEYS was removed from every worker.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.RECOVERY_FOLDER:
            raise CommandError("RECOVERY_FOLDER is not set, so this host has no record of the lost database.")
        if options["check"]:
            self._check()
            return
        folders = [Path(settings.RECOVERY_FOLDER), *options["folder"]]
        if missing := [folder for folder in options["folder"] if not folder.is_dir()]:
            raise CommandError(f"{missing[0]} is no folder.")
        try:
            listed = [entry for folder in folders for entry in erasure_list.read(folder / erasure_list.NAME)]
            repeated = replay.repeat_all(listed, end_items=after_restore.cancel_erased)
            closed = replay.close_again(listed)
        except (erasure_list.ListUnavailable, replay.NotRepeated) as error:
            raise CommandError(f"An erasure was not repeated, so nothing may start. {error}") from error
        entries = 0 if options["without_log"] else self._continue_log(folders)
        lost = after_restore.lost_leads(lead for folder in folders for lead in recovery.listed_leads(folder))
        with transaction.atomic():
            marked = after_restore.mark_open_items()
            ended = end_all_after_restore()  # outside the worker's scope, which sees no sessions
            with scope.worker():
                record(
                    action="ops.resume_after_restore",
                    subject="database",
                    reason="The database was restored or lost commits.",
                    actor="manage.py",
                    changes={
                        "marked": (None, marked),
                        "lost": (None, len(lost)),
                        "erased again": (None, repeated),
                        "closed again": (None, closed),
                        "ended sessions": (None, ended),
                    },
                )
        recovery.accept()
        self.stderr.write(
            f"{repeated} erasures repeated, {closed} requests of people closed again,"
            f" {entries} entries of the public log put back."
        )
        self.stdout.write(json.dumps({"marked": marked, "lost": lost}))

    @staticmethod
    def _check() -> None:
        try:
            recovery.require_current()
        except recovery.DatabaseOutdated as error:
            raise CommandError(str(error)) from None

    @staticmethod
    def _continue_log(folders: list[Path]) -> int:
        try:
            return continue_log(entry_record.read(folders))
        except NotContinued as error:
            raise CommandError(
                f"The public log was not continued, so nothing may start. {error} See docs/how-to/restore.md."
            ) from error
