"""`manage.py standin`: run the ServiceTitan simulator in a separate process."""

import os
import sys
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pagetojob.platform.outbound.addresses import AddressRefused, read_origin

APPLICATION = "pagetojob.servicetitan.simulator.app:application"


def origin(text: str) -> str:
    try:
        return str(read_origin(text))
    except AddressRefused as error:
        raise ArgumentTypeError(error.sentence) from None


class Command(BaseCommand):
    help = "Run the ServiceTitan simulator until it is stopped. It keeps all data in memory and contacts no one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="Address to listen on; localhost by default.")
        parser.add_argument("--port", type=int, default=8090, help="Port to listen on (8090).")
        parser.add_argument(
            "--hooks-to", type=origin, action="append", default=[], help="Origin that may receive signed events."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        host = f"[{options['host']}]" if ":" in options["host"] else options["host"]
        bind = f"{host}:{options['port']}"
        self.stdout.write(f"simulator, not ServiceTitan: http://{bind}/", ending="\n")
        self.stdout.flush()
        # A single process and event loop, because its state is in memory. It uses none of our settings and gets no
        # secret.
        environment = {
            name: os.environ[name] for name in ("PATH", "PYTHONUNBUFFERED", "VIRTUAL_ENV") if name in os.environ
        }
        os.execve(  # noqa: S606 - our own interpreter and arguments
            sys.executable,
            [
                *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "asgi", "--workers", "1"),
                *(
                    "--log-level",
                    "critical",
                    "--keep-alive",
                    "75",
                    "--graceful-timeout",
                    "5",
                    "--timeout",
                    "0",
                    "--bind",
                    bind,
                    APPLICATION,
                ),
            ],
            environment | {"STANDIN_HOOKS_TO": ",".join(options["hooks_to"])},
        )
