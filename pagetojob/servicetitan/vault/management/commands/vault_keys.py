"""`manage.py vault_keys`: show the keys of the key ring and how many rows use each."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.servicetitan.vault.services.rotation import key_uses


class Command(BaseCommand):
    help = "Show each key of the key ring: its standing, and the data keys and secrets under it. No key is shown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        uses = key_uses()
        if options["json"]:
            self.stdout.write(json.dumps({"schema": "vault-keys/1", "keys": [asdict(use) for use in uses]}, indent=2))
        else:
            self.stdout.write(f"{'key':<20} {'standing':<10} {'data keys':>10} {'secrets':>10}")
            for use in uses:
                self.stdout.write(f"{use.key_id:<20} {use.standing:<10} {use.data_keys:>10,} {use.secrets:>10,}")
        lost = [use.key_id for use in uses if use.data_keys and use.standing in ("retired", "unknown")]
        if lost:
            raise CommandError(
                f"Data keys stand under {', '.join(lost)}, which cannot be used. Put the key back into VAULT_KEYS "
                "and run rotate_vault_keys, or keep those secrets anew."
            )
