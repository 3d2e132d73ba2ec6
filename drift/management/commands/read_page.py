"""`manage.py read_page`: print the facts of one page."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from drift.management.files import given
from drift.reading.errors import PageRefused
from drift.reading.read import read_page


class Command(BaseCommand):
    help = "Print the facts of one page. Nothing that it names is fetched, nothing is run or kept."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("page", help="A file with the page's HTML, in any encoding, or the address of a page.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")
        parser.add_argument("--today", type=date.fromisoformat, help="The day to read as, YYYY-MM-DD; else today, UTC.")

    def handle(self, *args: Any, **options: Any) -> None:
        page, today = options["page"], options["today"] or datetime.now(UTC).date()
        try:
            found = given(page)
            facts = read_page(found.data, today=today, page=page, charset=found.charset)
        except PageRefused as refused:
            raise CommandError(f"{page}: {refused.name}: {refused.for_people}", returncode=2) from None
        for fact in facts:
            line = fact.as_json(page)
            self.stdout.write(json.dumps(line, ensure_ascii=True) if options["json"] else _sentence(line))
        if not facts:
            self.stderr.write(f"{page}: the page was read and says nothing that we look for.")


def _sentence(line: dict[str, Any]) -> str:
    told = " ".join(str(line[name]) for name in ("price", "percent", "expires") if line[name] is not None)
    return (
        f"{line['kind']:<18}{line['value']}{'  ' + told if told else ''}  [{line['confidence']:.2f}] “{line['quote']}”"
    )
