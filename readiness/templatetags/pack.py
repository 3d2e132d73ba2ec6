"""Reads the plain mappings of the document for the templates of the pack. Everything here answers plain text.

`{% load pack %}`. A row holds its moments as ISO texts, its fields as a list: the filters turn both into what a
reader sees. Only `linked` answers markup, and escapes what it is given.
"""

import re
from collections import Counter
from datetime import date, datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..evidence_status import LAPSED, REVOKED, VALID
from ..shape import Section

Row = dict[str, Any]
register = template.Library()

#: Kinds whose rows are better shown another way than as cards.
SECTION_TEMPLATES = {
    "claim": "claims",
    "code module": "modules",
    "contract": "contracts",
    "disclaimer": "statements",
    "flag": "flags",
    "scope": "scopes",
    "table": "tables",
}
#: Sections with at most this many rows show them in the contents of the page.
FEW = 8
#: An address of the pack in somebody's sentence. What ends the sentence is no part of it.
ADDRESS = re.compile(r"(/servicetitan-ready-websites(?:/[a-z0-9-]+)*/?(?:\.[a-z]{3,4}\b)?(?:#[a-z0-9-]+)?)")


@register.simple_tag
def pack_url(slug: str, version: int | None = None) -> str:
    """The address of a page: of the newest version, or of `version`."""
    if version:
        return reverse("readiness:version-page", args=[version, slug])
    return reverse("readiness:landing") if slug == "landing" else reverse("readiness:page", args=[slug])


@register.filter
def section_template(section: Section) -> str:
    """How the rows of a section are shown."""
    return f"readiness/rows/{SECTION_TEMPLATES.get(section.kind, 'cards')}.html"


@register.filter
def few(section: Section) -> bool:
    """Whether the contents of the page name the rows of a section, too."""
    return section.kind != "disclaimer" and 1 < len(section.rows) <= FEW


@register.filter
def day(moment: str | date) -> str:
    """An ISO date or moment as `November 24, 2026`; what is no date stays as it is."""
    try:
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except ValueError:
        return str(moment)
    return f"{found:%B} {found.day}, {found.year}"


@register.filter
def linked(text: str) -> SafeString:
    """A sentence in which addresses of the pack are links. `Words - address` becomes the words, linked."""
    words, dash, address = text.rpartition(" - ")
    if dash and ADDRESS.fullmatch(address):
        return format_html('<a href="{}">{}</a>', address, words)
    # Every second piece is an address; an empty one after the last keeps the pairs whole.
    pieces = [*ADDRESS.split(text), ""]
    pairs = zip(pieces[::2], pieces[1::2], strict=True)
    return format_html_join("", "{}{}", ((words, _link(address)) for words, address in pairs))


def _link(address: str) -> SafeString | str:
    return format_html('<a href="{0}">{0}</a>', address) if address else ""


@register.filter
def value(row: Row, name: str) -> str | list[str]:
    """What the field `name` of a row says: its text, or its list; empty when the row has no such field."""
    for field in row["fields"]:
        if field["name"] == name:
            found: str | list[str] = field.get("items", field.get("text", ""))
            return found
    return ""


@register.filter
def without(row: Row, names: str) -> list[Row]:
    """The fields of a row but for `names` (separated by spaces)."""
    return [field for field in row["fields"] if field["name"] not in names.split()]


@register.filter
def evidence_line(evidence: list[Row]) -> str:
    """What is on file in short: `1 valid, until May 23, 2027`."""
    numbers = Counter(row["state"] for row in evidence)
    parts = []
    if numbers[VALID]:
        ends = max(row["expires_at"] for row in evidence if row["state"] == VALID)
        parts.append(f"{numbers[VALID]} valid, until {day(ends)}")
    parts += [f"{numbers[state]} {state}" for state in (LAPSED, REVOKED) if numbers[state]]
    return ", ".join(parts) or "none on file"


@register.filter
def reviewed(evidence: list[Row]) -> str:
    """When the newest piece of evidence came in; empty without any."""
    return max((row["received_at"] for row in evidence), default="")


@register.filter
def window(evidence: Row) -> str:
    """The days a piece of evidence speaks of; empty when it does not say."""
    days = [day(evidence[name]) for name in ("observed_from", "observed_to") if evidence[name]]
    return " to ".join(dict.fromkeys(days))


@register.filter
def may_be_linked(url: str) -> bool:
    """Whether an address somebody typed may become a link: a page of ours or an https address, nothing else."""
    return re.match(r"https://[^\s/]|/(?![/\\])", url) is not None


@register.filter
def waits_for(gates: list[Row]) -> str:
    """How far the gates of a claim are: `Waits for 5 of 7 gates`."""
    shut, number = sum(not gate["open"] for gate in gates), len(gates)
    noun = "gate" if number == 1 else "gates"
    if not shut:
        return f"All {number} {noun} open" if number > 1 else "Its gate is open"
    return f"Waits for {number} {noun}" if shut == number else f"Waits for {shut} of {number} {noun}"


@register.filter
def name_of(names: dict[int, str] | None, person: int) -> str:
    """The name behind an id; somebody whose name was erased stays a person of ours."""
    return (names or {}).get(person, "a person at PageToJob")
