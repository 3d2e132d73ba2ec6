"""`manage.py rotate_vault_keys`: rewrap data keys with the current key, without downtime."""

import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from pagetojob.platform.sealing.process_keys import keeper
from pagetojob.servicetitan.vault.services import rotation

PRINT_EVERY_SECONDS = 2.0
_ONLY_KEYS = "Stored values were not encrypted again: only their data keys are encrypted by the current key."
_ONLY_SECRETS = (
    "Documents, exports, copies of webhook requests and secrets of outgoing webhooks were not encrypted again: only "
    "their data keys are encrypted by the current key. With the old key, an older copy of the database reveals them."
)


class Command(BaseCommand):
    help = (
        "Rewrap all data keys with the first key of VAULT_KEYS. You can stop and restart it at any time. "
        "Afterwards the older keys can be retired (docs/how-to/vault-keys.md)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reseal",
            action="store_true",
            help="also create new data keys for the secrets of connections, and re-encrypt these; no documents",
        )
        parser.add_argument(
            "--made-before",
            metavar="TIME",
            help="with --reseal: also if the data key was created before this time, such as 2026-11-25T12:00Z",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        before = _moment(options["made_before"])
        if before and not options["reseal"]:
            raise CommandError("--made-before requires --reseal.")
        failed = 0
        if options["reseal"]:
            failed += self._work("connections re-encrypted", rotation.reseal(made_before=before))
        failed += self._work("data keys rewrapped", rotation.rewrap())
        if failed:
            raise CommandError(f"{failed:,} could not be decrypted and were left unchanged. See manage.py vault_keys.")
        self.stdout.write(f"All data keys are wrapped by {keeper().current}.")
        self.stdout.write(_ONLY_SECRETS if options["reseal"] else _ONLY_KEYS)

    def _work(self, what: str, steps: Any) -> int:
        """Print progress every two seconds and return the number of rows that failed."""
        began, printed_at, step = time.monotonic(), 0.0, rotation.RotationProgress(0, 0, 0)
        for step in steps:
            if time.monotonic() - printed_at >= PRINT_EVERY_SECONDS:
                printed_at = time.monotonic()
                self.stdout.write(f"{step.done:,} of {step.total:,} {what}")
        self.stdout.write(f"{step.done:,} {what} in {time.monotonic() - began:.1f} s, {step.failed:,} left unchanged")
        return step.failed


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment > timezone.now():
        raise CommandError("--made-before needs a time in the past with its zone, such as 2026-11-25T12:00Z.")
    return moment
