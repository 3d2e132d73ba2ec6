"""`manage.py vault_keys`: show the keys of the key ring and how many rows use each."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.vault.services.key_check import UnusableKey, unusable_keys
from pagetojob.servicetitan.vault.services.rotation import KeyUse, key_uses

MOST_LISTED = 50


class Command(BaseCommand):
    help = "Show the status of each key of the key ring, and the data keys and secrets it protects. Shows no keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        uses = key_uses()
        with scope.worker():
            unusable = unusable_keys()
        if options["json"]:
            keys, data_keys = ([asdict(row) for row in rows] for rows in (uses, unusable))
            document = {"schema": "vault-keys/1", "keys": keys, "unusable_data_keys": data_keys}
            self.stdout.write(json.dumps(document, indent=2))
        else:
            self._print(uses, unusable)
        lost = [use.key_id for use in uses if use.data_keys and use.standing in ("retired", "unknown")]
        if lost:
            raise CommandError(
                f"Data keys are wrapped by {', '.join(lost)}, which cannot be used. Add the key to VAULT_KEYS again "
                "and run rotate_vault_keys, or store those secrets again."
            )
        if unusable:
            raise CommandError(
                f"{len(unusable):,} data keys cannot be used, and what they encrypt cannot be read. See "
                "docs/how-to/vault-keys.md, “A data key cannot be used”."
            )

    def _print(self, uses: Sequence[KeyUse], unusable: Sequence[UnusableKey]) -> None:
        self.stdout.write(f"{'key':<20} {'status':<10} {'data keys':>10} {'secrets':>10}")
        for use in uses:
            self.stdout.write(f"{use.key_id:<20} {use.standing:<10} {use.data_keys:>10,} {use.secrets:>10,}")
        for row in unusable[:MOST_LISTED]:
            self.stdout.write(f"data key {row.id} of {row.tenant}, {row.purpose}: {row.reason}")
        if len(unusable) > MOST_LISTED:
            self.stdout.write(f"{len(unusable) - MOST_LISTED:,} more data keys cannot be used.")
