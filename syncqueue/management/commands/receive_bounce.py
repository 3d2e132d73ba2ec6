"""`manage.py receive_bounce`: read a returned message from standard input, as a mail server delivers it."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from syncqueue.notices.bounces import receive_mail

#: From sysexits.h: the mail server keeps the message and repeats the delivery.
TRY_AGAIN = 75
LARGEST = 10_000_000


class Command(BaseCommand):
    help = "Record the bounce or complaint in a message from standard input."
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", default="", help="The address it was delivered to; otherwise its headers are read.")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = (options.get("stdin") or sys.stdin.buffer).read(LARGEST)
        try:
            self.stdout.write(receive_mail(raw, to=options["to"]))
        except DatabaseError as error:
            raise CommandError("The database is not available.", returncode=TRY_AGAIN) from error
