"""`manage.py watch_alarms`: notify the people on call, from a timer that depends on no worker and no broker."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from pagetojob.ops.incidents import watch_alarms
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.mail import message_id_for, send_mail

#: During an outage of the database, one message per this many seconds. A restart takes less than the first wait.
FIRST_WAIT_SECONDS = 45.0
EVERY_SECONDS = 600.0
_BODY = """\
The database does not respond: no request is stored, and the on-call schedule is unknown. Visitors see the phone number.

Check, on the host of the database:
1. Is it running? pg_lsclusters, or: docker compose ps --all postgres
2. Is its disk full? df -h. Never delete files below its data folder.
3. Its last log lines: tail -n 50 of the log file that pg_lsclusters names, or: docker compose logs --tail 50 postgres
4. Start it: systemctl start postgresql@18-main, or: docker compose up --detach postgres

On Debian, the unit "postgresql" without a version is active even if the server is down, and starting it does nothing.
Nothing else has to be restarted: web, workers and dispatcher connect again by themselves.
"""


class Command(BaseCommand):
    help = "Notify the people on call of active alarms. Run it every minute on another machine than the workers."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sent = watch_alarms()
        except DatabaseError as error:
            self._without_database()
            raise CommandError("The database is not available.") from error
        _outage_file().unlink(missing_ok=True)
        self.stdout.write(f"{sent} message{'' if sent == 1 else 's'} sent.")

    def _without_database(self) -> None:
        """Write to ALARM_ADDRESS from the second run of an outage on: the schedule is in the database."""
        now, file = timezone.now(), _outage_file()
        if not settings.ALARM_ADDRESS:
            return
        if not file.exists():
            _wait(file, until=now.timestamp() + FIRST_WAIT_SECONDS)
        if now.timestamp() < file.stat().st_mtime:
            return
        try:
            send_mail(
                message_id=message_id_for(f"database-{now:%Y%m%d%H%M}"),
                to=settings.ALARM_ADDRESS,
                subject="PageToJob alarm: the database is not available",
                body=_BODY,
            )
        except GatewayError as error:
            self.stderr.write(error.sentence)
        else:
            _wait(file, until=now.timestamp() + EVERY_SECONDS)


def _outage_file() -> Path:
    """Return the file that exists during an outage. Its time is when to send the next message."""
    return Path(settings.RECOVERY_FOLDER or tempfile.gettempdir()) / "database-outage"


def _wait(file: Path, *, until: float) -> None:
    file.touch(mode=0o600)
    os.utime(file, (until, until))
