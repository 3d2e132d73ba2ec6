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
from pagetojob.platform.postgresql.missing_migrations import lacks_migrations, why_unreadable

#: During an outage of the database, one message per this many seconds. A restart takes less than the first wait.
FIRST_WAIT_SECONDS = 45.0
EVERY_SECONDS = 600.0
#: Subject and body of the message of an outage, and of that about a version that is newer than its database.
_OUTAGE = (
    "PageToJob alarm: the database is not available",
    """\
The database does not respond: no request is stored, and the on-call schedule is unknown. Visitors see the phone number.

Check, on the host of the database:
1. Is it running? pg_lsclusters, or: docker compose ps --all postgres
2. Is its disk full? df -h. Never delete files below its data folder.
3. Its last log lines: tail -n 50 of the log file that pg_lsclusters names, or: docker compose logs --tail 50 postgres
4. Start it: systemctl start postgresql@18-main, or: docker compose up --detach postgres

On Debian, the unit "postgresql" without a version is active even if the server is down, and starting it does nothing.
Nothing else has to be restarted: web, workers and dispatcher connect again by themselves.
""",
)
_LACKS_MIGRATIONS = (
    "PageToJob alarm: the database lacks migrations",
    """\
The database lacks migrations of the version that runs, so alarms cannot be read and messages may not be sent.
Requests that a visitor was thanked for are stored.

1. As the owner of the tables, run: DATABASE_URL="$DATABASE_OWNER_URL" python manage.py migrate --no-input
   With containers: docker compose run --rm migrate
2. If it stops, such as for a lock, nothing is half done that a second run does not continue: run it again.
3. If it fails again, start the version before, and call an engineer with the last lines of its output.

Nothing else has to be restarted: web, workers and dispatcher continue by themselves.
""",
)


class Command(BaseCommand):
    help = "Notify the people on call of active alarms. Run it every minute on another machine than the workers."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sent = watch_alarms()
        except DatabaseError as error:
            lacking = lacks_migrations()
            self._without_alarms(*(_LACKS_MIGRATIONS if lacking else _OUTAGE))
            raise CommandError(why_unreadable() if lacking else "The database is not available.") from error
        _outage_file().unlink(missing_ok=True)
        self.stdout.write(f"{sent} message{'' if sent == 1 else 's'} sent.")

    def _without_alarms(self, subject: str, body: str) -> None:
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
                subject=subject,
                body=body,
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
