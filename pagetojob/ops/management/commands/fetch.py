"""`manage.py fetch`: fetch a URL through the guard that every outgoing request passes."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.platform.outbound.address_check import Judgement, judge
from pagetojob.platform.outbound.allowed_origins import listed_origins

EXIT = {"allowed": 0, "refused": 3, "failed": 4}


class Command(BaseCommand):
    help = (
        "Fetch an address as our crawler would and print the result. Exit status: 0 allowed and fetched, "
        "3 refused by the guard, 4 failed, 2 usage error. With --stdin: one address per line, status 0."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("url", nargs="?", help="An absolute http or https address.")
        parser.add_argument("--json", action="store_true", help="Print JSON, one object per line.")
        parser.add_argument("--stdin", action="store_true", help="Check each line of standard input.")
        parser.add_argument("--check-only", action="store_true", help="Resolve the name, but send no request.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stdin"] == (options["url"] is not None):
            raise CommandError("Give one address, or --stdin without one.", returncode=2)
        if options["stdin"]:
            # Strip only the line ending; any other whitespace is part of the URL to check.
            lines = (line.decode(errors="surrogateescape").rstrip("\r\n") for line in sys.stdin.buffer)
            for _ in self._judge(lines, options):
                pass
            return
        for judgement in self._judge([options["url"]], options):
            sys.exit(EXIT[judgement.verdict])

    def _judge(self, urls: Iterable[str], options: dict[str, Any]) -> Iterable[Judgement]:
        try:
            listed = listed_origins()
        except ImproperlyConfigured as error:
            raise CommandError(str(error), returncode=2) from None
        for url in urls:
            judgement = judge(url, listed=listed, check_only=options["check_only"])
            self.stdout.write(json.dumps(judgement.as_dict()) if options["json"] else _sentence(judgement))
            self.stdout.flush()
            yield judgement


def _sentence(judgement: Judgement) -> str:
    facts = [judgement.verdict, judgement.reason, judgement.address, judgement.status, f"{judgement.size} bytes"]
    return f"{judgement.shown_url}: " + ", ".join(str(fact) for fact in facts if fact is not None)
