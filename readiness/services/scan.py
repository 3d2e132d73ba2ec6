"""Run of the claim guard over everything we publish: rows, content files, templates, emails and rendered pages."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.base import Lexer, TokenType

from pagetojob.claims.approvals import approved_sentences
from pagetojob.claims.guard import overclaims, unapproved
from pagetojob.claims.selectors import approved_rows

from ..models import ClaimScan
from ..shape import Pack
from .content import CONTENT_FOLDER, parse
from .current import current
from .document import all_rows
from .versions import words

log = logging.getLogger(__name__)
MOST_STORED = 200
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


def judge(texts: Iterable[Text], *, gated: frozenset[str] | None = None) -> tuple[int, list[Finding]]:
    """Return how many texts were checked, and the overclaims. Without `gated`, every claim counts as gated."""
    checked, claims = 0, []
    for text in texts:
        checked += 1
        claims += [
            Finding(text.where, overclaim.claim, overclaim.phrase, overclaim.safe_wording)
            for overclaim in overclaims(text.text, gated=gated)
        ]
    return checked, claims


def waiting(
    texts: Iterable[Text], *, gated: frozenset[str] | None = None, approved: frozenset[str] = frozenset()
) -> Iterator[Text]:
    """Yield the sentences on gated topics that no second person has approved. `approved` adds to the file."""
    approved = approved_sentences() | approved
    for text in texts:
        for topic in unapproved(text.text, gated=gated, approved=approved):
            yield Text(text.where, topic.statement)


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


def scan(rendered: Iterable[Text] = ()) -> ClaimScan:
    """Check everything, store the result, and log each overclaim as an error. Runs as a nightly periodic task.

    `rendered` are the pages as a reader gets them. Raises PackNotLoaded.
    """
    pack = current()
    checked, claims = judge([*rows(pack), *files(), *rendered], gated=pack.gated_claims)
    for overclaim in claims:
        log.error("gated claim asserted", extra={"where": overclaim.where, "claim": overclaim.claim})
    for sentence in waiting([*rows(pack), *files()], gated=pack.gated_claims, approved=approved_rows()):
        log.warning("sentence awaits approval", extra={"where": sentence.where})
    return ClaimScan.objects.create(looked_at=checked, found=[asdict(overclaim) for overclaim in claims[:MOST_STORED]])
