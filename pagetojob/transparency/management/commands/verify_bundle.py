"""`manage.py verify_bundle`: verify a bundle with the keys of this installation."""

import json
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.transparency import selectors, verify


class Command(BaseCommand):
    help = "Verify a bundle and print JSON: valid, reason, checks. Exit status: 0 valid, 1 not valid, 2 usage error."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--seen", type=Path, help="A checkpoint that you stored earlier.")
        parser.add_argument("--consistency", type=Path, help="The proof between that checkpoint and the bundle's.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
            seen, consistency = (
                options[name].read_text("utf-8") if options[name] else "" for name in ("seen", "consistency")
            )
        except (OSError, UnicodeDecodeError) as problem:
            raise CommandError(f"{problem}", returncode=2) from None
        keys = selectors.log_keys(), selectors.witness_keys()
        trust = verify.Trust(*keys, settings.LOG_AUTHORITY_CERTIFICATE, seen, consistency)
        result = verify.verify(content, trust, name=options["file"].name)
        self.stdout.write(json.dumps(result, indent=2))
        sys.exit(0 if result["valid"] else 1)
