"""Template filters over the plain mappings of the pack's document. They return plain text.

`{% load pack %}`. Rows contain times as ISO strings and fields as a list; the filters format both for readers. Only
`linked` returns markup, and it escapes its input.
"""

import re
from collections import Counter
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from .. import figures
from ..anchors import page_url
from ..evidence_status import FAILED, LAPSED, REVOKED, VALID
from ..shape import Section

Row = dict[str, Any]
register = template.Library()

#: Kinds with their own row template; all others are shown as cards.
SECTION_TEMPLATES = {
    "claim": "claims",
    "code module": "modules",
    "contract": "contracts",
    "disclaimer": "statements",
    "flag": "flags",
    "scope": "scopes",
    "table": "tables",
}
#: Sections with at most this many rows list them in the page's table of contents.
FEW = 8
#: An address of the pack inside a sentence, without the punctuation that ends the sentence.
ADDRESS = re.compile(r"(/servicetitan-ready-websites(?:/[a-z0-9-]+)*/?(?:\.[a-z]{3,4}\b)?(?:#[a-z0-9-]+)?)")


@register.simple_tag
def pack_url(slug: str, version: int | None = None) -> str:
    """Return the address of a page in the newest version, or in `version`."""
    if version:
        return reverse("readiness:version-page", args=[version, slug])
    return page_url(slug)


@register.filter
def section_template(section: Section) -> str:
    """Return the template for the rows of a section."""
    return f"readiness/rows/{SECTION_TEMPLATES.get(section.kind, 'cards')}.html"


@register.filter
def gates_of(section: Section) -> list[figures.GateLine]:
    """Return the gates that the claims of a section need."""
    return figures.gates(section)


@register.filter
def few(section: Section) -> bool:
    """Return whether the table of contents also lists the rows of a section."""
    return section.kind != "disclaimer" and 1 < len(section.rows) <= FEW


@register.filter
def day(moment: str | date) -> str:
    """Format an ISO date or time as `November 24, 2026`. Return other text unchanged."""
    try:
        date_value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except ValueError:
        return str(moment)
    return f"{date_value:%B} {date_value.day}, {date_value.year}"


@register.filter
def linked(text: str) -> SafeString:
    """Turn addresses of the pack in a sentence into links. `Words - address` becomes the linked words."""
    words, dash, address = text.rpartition(" - ")
    if dash and ADDRESS.fullmatch(address):
        return format_html('<a href="{}">{}</a>', address, words)
    # Every second piece is an address. The trailing empty piece completes the last pair.
    pieces = [*ADDRESS.split(text), ""]
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return format_html_join("", "{}{}", ((words, _link(address)) for words, address in pairs))


def _link(address: str) -> SafeString | str:
    return format_html('<a href="{0}">{0}</a>', address) if address else ""


@register.filter
def value(row: Row, name: str) -> str | list[str]:
    """Return the text or list of a row's field `name`; empty if the row has no such field."""
    for field in row["fields"]:
        if field["name"] == name:
            content: str | list[str] = field.get("items", field.get("text", ""))
            return content
    return ""


@register.filter
def by_owner(section: Section) -> list[tuple[Any, list[Row]]]:
    """Return the tables of a section with their owner, in the order of the section."""
    return [(owner, list(rows)) for owner, rows in groupby(section.rows, key=lambda row: value(row, "belongs_to"))]


@register.filter
def without(row: Row, names: str) -> list[Row]:
    """Return the fields of a row except `names` (separated by spaces)."""
    return [field for field in row["fields"] if field["name"] not in names.split()]


@register.filter
def evidence_line(evidence: list[Row]) -> str:
    """Summarize the check and the evidence on file: `check last validated …, next by …, 1 valid, until …`."""
    parts = [f"{'drill' if row['kind'] == 'drill' else 'check'} {check_line(row)}" for row in evidence if "run" in row]
    others = [row for row in evidence if "run" not in row]
    reviewed = [row for row in others if row["state"] == VALID and row["confirmed"]]
    if reviewed:
        parts.append(f"{len(reviewed)} valid, until {day(max(row['expires_at'] for row in reviewed))}")
    numbers = Counter(row["state"] for row in others)
    if waiting := numbers[VALID] - len(reviewed):
        parts.append(f"{waiting} not confirmed by a second person")
    parts += [f"{numbers[state]} {state}" for state in (LAPSED, REVOKED) if numbers[state]]
    return ", ".join(parts) or "none on file"


@register.filter
def check_line(piece: Row) -> str:
    """Describe the state of a check: when it last passed, and by when it must pass again."""
    passed, until = day(piece["run"]["passed_at"]), day(piece["expires_at"])
    if piece["state"] == FAILED:
        ran = piece["run"]["ran_at"]
        failed = f"failed on {day(ran)} at {ran[11:16]} UTC"
        return f"{failed}; {f'last validated {passed}' if passed else 'it never passed'}"
    if piece["state"] == LAPSED:
        return f"last validated {passed}, did not run again by {until}"
    return f"last validated {passed}, next by {until}" if passed else "has not run at a place that we trust"


@register.filter
def window(evidence: Row) -> str:
    """Return the days that the evidence covers; empty if it does not say."""
    days = [day(evidence[name]) for name in ("observed_from", "observed_to") if evidence[name]]
    return " to ".join(dict.fromkeys(days))


@register.filter
def may_be_linked(url: str) -> bool:
    """Return whether a typed address may become a link: only a page of ours or an https address."""
    return re.match(r"https://[^\s/]|/(?![/\\])", url) is not None


@register.filter
def waits_for(gates: list[Row]) -> str:
    """Describe the progress of a claim's gates: `Waits for 5 of 7 gates`."""
    closed, number = sum(not gate["open"] for gate in gates), len(gates)
    noun = "gate" if number == 1 else "gates"
    if not closed:
        return f"All {number} {noun} open" if number > 1 else "Its gate is open"
    return f"Waits for {number} {noun}" if closed == number else f"Waits for {closed} of {number} {noun}"


@register.filter
def name_of(names: dict[int, str] | None, person: int) -> str:
    """Return the name for a person's id, or a generic phrase if the name was erased."""
    return (names or {}).get(person, "a person at PageToJob")
