"""`manage.py check_site`: compare a folder of pages with a Titan Map. Uses no database."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from drift.compare.check import Result, check
from drift.compare.index import Index
from drift.compare.rules.plans import normal_path
from drift.compare.values import sides_in_words
from drift.management.files import bytes_of
from drift.reading.errors import PageRefused
from drift.reading.facts import Fact
from drift.reading.read import read_page
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.map_json import read_map
from pagetojob.titanmap.map_types import TitanMap

MOST_PAGES = 20_000


class Command(BaseCommand):
    help = "Compare the pages of a folder with a Titan Map (schema pagetojob.titan-map/1) and print the findings."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--titan-map", required=True, help="File with the Titan Map in its JSON form.")
        parser.add_argument("--pages", required=True, help="Folder of pages; ac-repair.html is the page /ac-repair.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object per line, the coverage last.")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="Date of the comparison, YYYY-MM-DD (default: today, UTC)."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        today = options["today"] or datetime.now(UTC).date()
        titan_map = _map(options["titan_map"])
        folder = Path(options["pages"])
        if not folder.is_dir():
            raise CommandError(f"{folder}: this is not a folder of pages.", returncode=2)
        result = check_folder(titan_map, folder, today=today)
        for line in self._lines(result, as_json=options["json"]):
            self.stdout.write(line)

    def _lines(self, result: Result, *, as_json: bool) -> Iterator[str]:
        if as_json:
            yield from (json.dumps(finding.as_json()) for finding in result.findings)
            yield json.dumps(result.coverage())
            return
        for finding in result.findings:
            yield f"{finding.severity.name} {finding.rule} {finding.page or '(no page)'}: {finding.item}"
            site, titan_map = sides_in_words(finding.site_value, finding.map_value)
            yield f"    the site: “{site}”, the map: {'the same' if site == titan_map else f'“{titan_map}”'}"
            yield f"    “{finding.quote}”  {finding.recommended_fix}"
        unread = f"; {len(result.not_read)} not read: {', '.join(sorted(result.not_read))}" if result.not_read else ""
        yield f"{len(result.findings)} findings in {result.facts} facts on {result.pages} pages{unread}"


def _map(path: str) -> TitanMap:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"{path}: the map cannot be read: {error.strerror}.", returncode=2) from None
    try:
        return read_map(data)
    except BadMap as refused:
        raise CommandError(f"{path}: {refused}", returncode=2) from None


def check_folder(titan_map: TitanMap, folder: Path, *, today: date) -> Result:
    """Read every file of a folder as a page, and compare. Unreadable files are reported and do not stop the rest."""
    index = Index(titan_map, today)
    pages: dict[str, list[Fact]] = {}
    not_read: dict[str, str] = {}
    for file in _files(folder):
        page = page_of(file.relative_to(folder))
        try:
            pages[page] = read_page(bytes_of(str(file)), today=today, page=page, known=index.known)
        except PageRefused as refused:
            not_read[page] = f"{refused.name}: {refused}"
    return check(index, pages, not_read)


def _files(folder: Path) -> list[Path]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    if len(files) > MOST_PAGES:
        raise CommandError(f"{folder}: the folder contains more than {MOST_PAGES:,} files.", returncode=2)
    return files


def page_of(path: Path) -> str:
    """Return the page path of a file: `areas/mesa.html` is /areas/mesa, `index.html` is /."""
    return normal_path(f"/{path.as_posix()}")
