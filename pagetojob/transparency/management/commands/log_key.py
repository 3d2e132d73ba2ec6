"""`manage.py log_key`: make a key that signs the log's checkpoints."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG, Invalid


class Command(BaseCommand):
    help = "Print a new private key for LOG_SIGNING_KEYS and its public key. The name is where the log is."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="Such as www.example.com/log; the same for every key of a log.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            signer = new_signer(options["name"], LOG)
        except Invalid as problem:
            raise CommandError(f"{problem}", returncode=2) from None
        self.stdout.write(f"{signer.secret()}\n{signer.key}")
