"""`manage.py check_domain`: compare DNS with the records requested for a domain. Uses no database."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.onboarding.dns.evaluation import check_domain
from pagetojob.onboarding.dns.expectation import MOST_BYTES, BadExpectation, parse_expectation
from pagetojob.onboarding.dns.lookup import parse_resolver


class Command(BaseCommand):
    help = "Compare what DNS answers for a domain with the requested records, and print the verdicts as JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", required=True, metavar="FILE", help="File with the requested records, as JSON.")
        parser.add_argument("--resolver", required=True, metavar="HOST:PORT", help="The DNS server that is asked.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Path(options["expect"]).open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "invalid path"
            raise CommandError(f"{options['expect']}: the file cannot be read: {reason}.", returncode=2) from None
        try:
            expected, resolver = parse_expectation(data), parse_resolver(options["resolver"])
        except BadExpectation as error:
            raise CommandError(f"{options['expect']}: {error}", returncode=2) from None
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write(json.dumps(check_domain(expected, resolver).as_json(), indent=2))
