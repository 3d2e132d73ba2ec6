"""`manage.py vault_keys`: show the keys of the key ring and how many rows use each."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.servicetitan.vault.services.rotation import key_uses


class Command(BaseCommand):
    help = "Show the status of each key of the key ring, and the data keys and secrets it protects. Shows no keys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        uses = key_uses()
        if options["json"]:
            self.stdout.write(json.dumps({"schema": "vault-keys/1", "keys": [asdict(use) for use in uses]}, indent=2))
        else:
            self.stdout.write(f"{'key':<20} {'status':<10} {'data keys':>10} {'secrets':>10}")
            for use in uses:
                self.stdout.write(f"{use.key_id:<20} {use.standing:<10} {use.data_keys:>10,} {use.secrets:>10,}")
        lost = [use.key_id for use in uses if use.data_keys and use.standing in ("retired", "unknown")]
        if lost:
            raise CommandError(
                f"Data keys are wrapped by {', '.join(lost)}, which cannot be used. Add the key to VAULT_KEYS again "
                "and run rotate_vault_keys, or store those secrets again."
            )
