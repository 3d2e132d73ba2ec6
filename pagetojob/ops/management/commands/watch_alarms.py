"""`manage.py watch_alarms`: notify the people on call, from a timer that depends on no worker and no broker."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from pagetojob.ops.incidents import watch_alarms
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.mail import message_id_for, send_mail

#: During an outage of the database, one message per this many minutes.
EVERY_MINUTES = 10


class Command(BaseCommand):
    help = "Notify the people on call of active alarms. Run it every minute on another machine than the workers."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            sent = watch_alarms()
        except DatabaseError as error:
            self._without_database()
            raise CommandError("The database is not available.") from error
        self.stdout.write(f"{sent} message{'' if sent == 1 else 's'} sent.")

    def _without_database(self) -> None:
        """Write to ALARM_ADDRESS: the schedule is in the database."""
        now = timezone.now()
        if not settings.ALARM_ADDRESS or now.minute % EVERY_MINUTES:
            return
        try:
            send_mail(
                message_id=message_id_for(f"database-{now:%Y%m%d%H%M}"),
                to=settings.ALARM_ADDRESS,
                subject="PageToJob alarm: the database is not available",
                body="The database does not respond: no request is stored, and the on-call schedule is unknown.\n",
            )
        except GatewayError as error:
            self.stderr.write(error.sentence)
