"""A page of the pack as Markdown (CommonMark), for tools and people that read text. Pure."""

import re
from collections.abc import Iterator

from .shape import Pack, PageView, Row

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
#: A line must not begin with these, because it would begin a list or a heading.
_OPENING = re.compile(r"^([-+=]|\d+(?=[.)]))")


def page_markdown(pack: Pack, page: PageView) -> str:
    """Return all rows of a page with their status and evidence, its version, and the required disclaimers."""
    return "\n\n".join(_blocks(pack, page)) + "\n"


def plain_text(text: str) -> str:
    """Return text so that Markdown shows it unchanged, on one line."""
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    opening = _OPENING.match(line)
    if not opening:
        return line
    end = opening.end()
    return f"{line[:end]}\\{line[end:]}" if line[0].isdigit() else f"\\{line}"


def _blocks(pack: Pack, page: PageView) -> Iterator[str]:
    yield f"# {plain_text(page.heading)}"
    yield f"Version {pack.number} of {pack.created_at:%Y-%m-%d %H:%M} UTC, SHA-256 `{pack.sha256}`"
    yield from (plain_text(text) for text in (page.intro, page.notice) if text)
    if page.counters:
        yield "\n".join(f"- {count.value} {plain_text(count.label)}" for count in page.counters)
    for section in page.sections:
        yield f"## {plain_text(section.heading)}"
        if section.intro:
            yield plain_text(section.intro)
        if section.layout.panel and not section.rows:
            yield "This part is computed when the page is read and is not part of the version."
        for row in section.rows:
            yield from _row(row)
    yield "## Disclaimers"
    yield "\n".join(f"- {plain_text(text)}" for text in pack.disclaimers)


def _row(row: Row) -> Iterator[str]:
    yield f"### {plain_text(row['title'])}"
    facts = [(label, row[key]) for key, label in _FACTS if row.get(key)]
    if facts:
        yield "\n".join(f"- {label}: {plain_text(str(value))}" for label, value in facts)
    if mark := row.get("contested"):
        yield f"Contested by {_reviewers(mark['reviewers'])} since {mark['since'][:10]}. Not resolved in this version."
    for field in row["fields"]:
        label = f"{plain_text(field['label'])}:" if field["label"] else ""
        if "items" not in field:
            yield f"{label} {plain_text(field['text'])}".strip()
            continue
        if label:
            yield label
        marks = (f"{number}." if field["role"] == "steps" else "-" for number in range(1, len(field["items"]) + 1))
        yield "\n".join(f"{mark} {plain_text(item)}" for mark, item in zip(marks, field["items"], strict=True))
    if note := row.get("as_built"):
        yield f"As built, {note['dated']}: {plain_text(note['text'])}"
    if row["evidence"]:
        yield "Evidence:"
        yield "\n".join(f"- {_evidence(piece)}" for piece in row["evidence"])


_FACTS = (("owner", "Owner"), ("status", "Status"), ("state", "State"), ("safe_wording", "Wording that is true today"))


def _reviewers(number: int) -> str:
    return "a reviewer" if number == 1 else f"{number} reviewers"


def _evidence(piece: Row) -> str:
    parts = [plain_text(piece["summary"]), plain_text(piece["grade"]), piece["state"]]
    parts += [f"recorded {piece['received_at'][:10]}"] if piece["received_at"] else []
    parts += [f"expires {piece['expires_at'][:10]}"] if piece["expires_at"] else []
    parts += [f"SHA-256 `{piece['sha256']}`"] if piece["sha256"] else []
    return "; ".join(parts)
