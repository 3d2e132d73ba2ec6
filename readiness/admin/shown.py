"""List columns that show what readers currently see of a row: its status, its evidence and its place.

They are computed from the newest version, so the admin always agrees with the public pages. No query per row.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html

from ..anchors import Place
from ..evidence_status import LAPSED, VALID
from ..models import AsBuiltNote, Status
from ..services.evidence import known_places

NOWHERE = "on no page"
NONE = "none"


def place_of(row: Any) -> Place | None:
    """Return the place of one row, or None if no page shows it. At most one query."""
    return _find(known_places(), row)


def _find(known: dict[tuple[str, str], Place], row: Any) -> Place | None:
    if isinstance(row, AsBuiltNote):
        return next((place for (_, anchor), place in known.items() if anchor == row.slug), None)
    return known.get((str(row._meta.model_name), row.anchor))


class ShownList(ChangeList):
    """Change list that sets `place` on each row."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list: Any = list(self.result_list)
        known = known_places()
        for row in self.result_list:
            row.place = _find(known, row)


def evidence_state(place: Place) -> str:
    """Return the best evidence state of a row: valid, lapsed, revoked or none."""
    states = {evidence["state"] for evidence in place.row["evidence"]}
    return next((state for state in (VALID, LAPSED) if state in states), "revoked" if states else NONE)


def valid_until(place: Place) -> datetime | None:
    """Return the latest expiry among the row's valid evidence."""
    ends = [datetime.fromisoformat(row["expires_at"]) for row in place.row["evidence"] if row["state"] == VALID]
    return max(ends, default=None)


def chip(word: str) -> str:
    """Return a state as a styled label."""
    return format_html('<span class="chip chip--{}">{}</span>', word.replace(" ", "-"), word)


class ShownColumns:
    """Mixin with list columns for rows that readers see."""

    @admin.display(description="readers see")
    def readers_see(self, row: Any) -> str:
        if row.place is None:
            return chip(NOWHERE)
        word = row.place.row.get("status") or row.place.row.get("state") or "its text"
        return format_html('{} <a href="{}">{}</a>', chip(word), row.place.url, row.place.page_title)

    @admin.display(description="evidence")
    def evidence(self, row: Any) -> str:
        if row.place is None:
            return "-"
        state = evidence_state(row.place)
        until = valid_until(row.place)
        return f"valid until {date_format(until)}" if until else state


class OfPlaces(admin.SimpleListFilter):
    """List filter by a property of the row's public place. `of` computes the property."""

    of: Callable[[Place], str]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        kind = queryset.model._meta.model_name
        shown = {place.row["slug"]: type(self).of(place) for (of, _), place in known_places().items() if of == kind}
        if self.value() == NOWHERE:
            return queryset.exclude(slug__in=shown)
        return queryset.filter(slug__in=[slug for slug, value in shown.items() if value == self.value()])


class StatusReadersSee(OfPlaces):
    title = "status readers see"
    parameter_name = "shown"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status.value, status.value) for status in Status] + [(NOWHERE, NOWHERE)]

    @staticmethod
    def of(place: Place) -> str:
        return str(place.row.get("status", ""))


class EvidenceOnFile(OfPlaces):
    title = "evidence"
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in (VALID, LAPSED, "revoked", NONE)]

    of = staticmethod(evidence_state)
