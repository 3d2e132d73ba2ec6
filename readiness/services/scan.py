"""Run of the claim guard over everything we publish: rows, content files, templates, emails, CSV headings and pages."""

import ast
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.base import Lexer, TokenType

from pagetojob.claims.approvals import approved_sentences
from pagetojob.claims.guard import judge_text
from pagetojob.claims.selectors import approved_rows

from ..models import ClaimScan
from ..shape import Pack
from .content import CONTENT_FOLDER, parse
from .current import current
from .document import all_rows
from .versions import words

log = logging.getLogger(__name__)
MOST_STORED = 200
_WRITES_CSV = re.compile(r"^import csv$|^from .* import .*\bcsv_bytes\b", re.MULTILINE)
_FEWEST_HEADINGS = 2
#: A name of the code, such as `syncqueue_syncitem` or `api-booking-sync`: no sentence, so no person can approve it.
_NAME = re.compile(r"[a-z0-9]+(?:[_.-][a-z0-9]+)*", re.ASCII)
_COMMENT = re.compile(r"{%\s*comment\b.*?%}.*?{%\s*endcomment\s*%}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Text:
    """A text to check, and its location."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A gated claim that a text asserts."""

    where: str
    claim: str
    phrase: str
    safe_wording: str


def judge(
    texts: Iterable[Text],
    *,
    gated: frozenset[str] | None = None,
    approved: frozenset[str] = frozenset(),
    by_words: bool = True,
) -> tuple[int, list[Finding], list[Text]]:
    """Return how many texts were checked, the overclaims, and the sentences that wait for an approval.

    Without `gated`, every claim counts as gated. `approved` adds to the file of approved sentences.
    """
    approved = approved_sentences() | approved
    checked, claims, waiting = 0, [], []
    for text in texts:
        checked += 1
        overclaims, topics = judge_text(text.text, gated=gated, approved=approved, by_words=by_words)
        claims += [
            Finding(text.where, overclaim.claim, overclaim.phrase, overclaim.safe_wording) for overclaim in overclaims
        ]
        waiting += [Text(text.where, topic.statement) for topic in topics if not _NAME.fullmatch(topic.statement)]
    return checked, claims, waiting


def rows(pack: Pack) -> Iterator[Text]:
    """Yield the texts of every page and row of a version, with the summaries of its evidence."""
    for page in pack.document["pages"]:
        for name in ("title", "heading", "intro", "notice"):
            yield Text(f"page {page['slug']}: {name}", page[name])
        for section in page["sections"]:
            yield Text(f"page {page['slug']}, section {section['slug']}", f"{section['heading']}\n\n{section['intro']}")
    for row in all_rows(pack.document):
        for line in words(row).splitlines():
            yield Text(f"row {row['anchor']}", line)
        for evidence in row["evidence"]:
            yield Text(f"evidence of {row['anchor']}", evidence["summary"])


def files() -> Iterator[Text]:
    """Yield the values of content files, and the fixed text of templates and emails."""
    for path in sorted(CONTENT_FOLDER.rglob("*.yaml")):
        name = path.relative_to(settings.BASE_DIR)
        for value in _values(parse(path.read_text(encoding="utf-8"))):
            yield Text(str(name), value)
    folder = settings.BASE_DIR / "templates"
    for path in sorted([*folder.rglob("*.html"), *folder.rglob("*.txt")]):
        yield Text(str(path.relative_to(settings.BASE_DIR)), template_words(path))
    for package in ("pagetojob", "readiness", "syncqueue", "drift", "attribution"):
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            for headings in csv_headings(path.read_text(encoding="utf-8")):
                yield Text(str(path.relative_to(settings.BASE_DIR)), headings)


def csv_headings(source: str) -> Iterator[str]:
    """Yield the constant rows of texts in a module that writes CSV, each as a line: the headings of its files."""
    if not _WRITES_CSV.search(source):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Tuple | ast.List):
            cells = [cell.value for cell in node.elts if isinstance(cell, ast.Constant) and isinstance(cell.value, str)]
            if len(cells) == len(node.elts) >= _FEWEST_HEADINGS:
                yield ", ".join(cells)


def template_words(path: Path) -> str:
    """Return the fixed text of a template."""
    source = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    tokens = (token for token in Lexer(source).tokenize() if token.token_type in {TokenType.TEXT, TokenType.VAR})
    return "".join(token.contents if token.token_type == TokenType.TEXT else "…" for token in tokens)


def _values(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from _values(value)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value)


def latest_overclaim_count() -> int:
    """Return how many overclaims the newest scan found; 0 before the first scan. Makes one query."""
    newest = ClaimScan.objects.first()
    return len(newest.found) if newest else 0


def scan(rendered: Iterable[Text] = ()) -> tuple[ClaimScan, list[Text]]:
    """Check everything of ours, store the result, and log each overclaim as an error. Runs as a nightly periodic task.

    `rendered` are the pages as a reader gets them, which contain approved sentences next to data. Return the result and
    the sentences of files that wait for an approval. Raises PackNotLoaded.
    """
    pack = current()
    approved = approved_rows()
    checked, claims, waiting = 0, list[Finding](), list[list[Text]]()
    for texts in (rows(pack), files(), rendered):
        count, overclaims, sentences = judge(texts, gated=pack.gated_claims, approved=approved)
        checked, claims = checked + count, claims + overclaims
        waiting.append(sentences)
    of_rows, of_files, _ = waiting
    for overclaim in claims:
        log.error("gated claim asserted", extra={"where": overclaim.where, "claim": overclaim.claim})
    for sentence in [*of_rows, *of_files]:
        log.warning("sentence awaits approval", extra={"where": sentence.where})
    stored = [asdict(overclaim) for overclaim in claims[:MOST_STORED]]
    return ClaimScan.objects.create(looked_at=checked, found=stored), of_files
