"""`manage.py text_simulator`: run the simulator of the text provider in a separate process."""

import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncqueue.notices import text_simulator as simulator


class Command(BaseCommand):
    help = "Run the simulator of the text provider until it is stopped. It reaches no phone. Only with DEBUG."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8091, help="Port to listen on, on this machine only (8091).")
        parser.add_argument("--file", type=Path, default=None, help="File in which messages stay after a restart.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The text simulator runs only with DEBUG.")
        if not (settings.TEXT_ACCOUNT and settings.TEXT_TOKEN):
            raise CommandError("Set TEXT_ACCOUNT and TEXT_TOKEN; any values will do.")
        self.stdout.write(f"{simulator.LABEL}: http://127.0.0.1:{options['port']}/")
        self.stdout.flush()
        file = ["--file", str(options["file"])] if options["file"] else []
        # Without Django, which takes 60 MB, and without our secrets.
        environment = {
            name: os.environ[name] for name in ("PATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV") if name in os.environ
        }
        os.execve(  # noqa: S606 - our own interpreter and arguments
            sys.executable,
            [sys.executable, "-m", simulator.__name__, "--port", str(options["port"]), *file],
            environment | {"TEXT_ACCOUNT": settings.TEXT_ACCOUNT, "TEXT_TOKEN": settings.TEXT_TOKEN},
        )
