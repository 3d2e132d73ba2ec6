"""`manage.py read_page`: print the facts of one page."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from drift.management.files import load_page
from drift.reading.errors import PageRefused
from drift.reading.read import read_page


class Command(BaseCommand):
    help = "Print the facts of one page. Nothing that it links to is fetched, run or stored."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("page", help="File with the page's HTML in any encoding, or the address of a page.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object per line.")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="Date of the reading, YYYY-MM-DD (default: today, UTC)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        page, today = options["page"], options["today"] or datetime.now(UTC).date()
        try:
            given_page = load_page(page)
            facts = read_page(given_page.data, today=today, page=page, charset=given_page.charset)
        except PageRefused as refused:
            raise CommandError(f"{page}: {refused.name}: {refused}", returncode=2) from None
        for fact in facts:
            line = fact.as_json(page)
            self.stdout.write(json.dumps(line, ensure_ascii=True) if options["json"] else _sentence(line))
        if not facts:
            self.stderr.write(f"{page}: the page was read; it contains no facts.")


def _sentence(line: dict[str, Any]) -> str:
    numbers = " ".join(str(line[name]) for name in ("price", "percent", "expires") if line[name] is not None)
    numbers = f"  {numbers}" if numbers else ""
    return f"{line['kind']:<18}{line['value']}{numbers}  [{line['confidence']:.2f}] “{line['quote']}”"
