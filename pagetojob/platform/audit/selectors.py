"""Queries for the audit log pages. They need an operator or tenant scope that can read the lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock

from django.apps import apps
from django.core import signing
from django.db.models import QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from pagetojob.platform.paging import PAGE_SIZE

from . import chain
from .actions import label_of
from .lines import ACTS
from .models import AuditCheck, AuditEntry, AuditSeal
from .reading import lines_by_id
from .verify import LONGEST_UNSEALED

_SALT = "audit.mark"


class BadMark(Exception):
    """Raised when the page mark in the URL has no valid signature."""


@dataclass(frozen=True)
class Asked:
    """Filter of audit lines; empty fields match all. Days are UTC and inclusive; `action` is a prefix."""

    tenant_id: int | None = None
    actors: tuple[int, ...] | None = None
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None

    def queryset(self) -> QuerySet[AuditEntry]:
        rows = AuditEntry.objects.select_related("tenant").order_by("-id")
        facts = {"tenant_id": self.tenant_id, "actor_id__in": self.actors, "subject": self.subject or None}
        rows = rows.filter(**{name: value for name, value in facts.items() if value is not None})
        if self.action:
            rows = rows.filter(action__startswith=self.action)
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until + timedelta(days=1)))
        return rows


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, clock.min), timezone.get_default_timezone())


@dataclass(frozen=True)
class Line:
    """An audit line for display.

    `seal` is empty until the line is sealed. `intact` is true if the stored line still matches its seal.
    """

    entry: AuditEntry
    seal: AuditSeal | None
    intact: bool

    @property
    def standing(self) -> str:
        if self.seal is None:
            return "waits for its seal"
        return "sealed" if self.intact else "not as it was sealed"

    @property
    def act(self) -> str:
        """Return the action in words, such as `Marked as done` for syncqueue.manual_complete."""
        return label_of(self.entry.action)

    @property
    def about(self) -> str:
        """Return the kind of row in words, such as `outbox item`."""
        label, separator, _ = self.entry.subject.partition(":")
        try:
            return str(apps.get_model(label)._meta.verbose_name) if separator else self.entry.subject
        except (LookupError, ValueError):
            return self.entry.subject

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """Return field, value before and value after, in words. A personal value only shows whether it changed."""
        return [(name.replace("_", " "), *map(_shown, pair)) for name, pair in self.entry.changes.items()]


def _shown(value: object) -> str:
    words = {None: "nothing", True: "yes", False: "no", "": "empty"}
    if value is None or isinstance(value, bool) or value == "":
        return words[value]
    text = str(value)
    return f"hidden ({text[5:11]})" if text.startswith("hmac:") else text


def with_actor_names(rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """Join the names of the people who acted, and no other column of theirs."""
    columns = [field.name for field in AuditEntry._meta.concrete_fields]
    return rows.select_related("actor").only(*columns, "actor__name")


@dataclass(frozen=True)
class Page:
    """A page of lines, newest first. `newer` and `older` are the marks of the adjacent pages, or empty."""

    lines: list[Line]
    newer: str
    older: str


def page(asked: Asked, *, after: str = "", before: str = "") -> Page:
    """Return up to 50 lines. `after` is a page's `older` mark, `before` its `newer` mark. Raises BadMark.

    Three queries at any depth. If there are too few newer lines, one more query returns the first page instead.
    """
    rows = asked.queryset()
    if before:
        newer = list(rows.filter(pk__gt=_read(before)).order_by("id")[: PAGE_SIZE + 1])
        if len(newer) > PAGE_SIZE:
            shown = newer[PAGE_SIZE - 1 :: -1]
            return Page(_with_seals(shown), _mark(shown[0]), _mark(shown[-1]))
    if after:
        rows = rows.filter(pk__lt=_read(after))
    entries = list(rows[: PAGE_SIZE + 1])
    shown = entries[:PAGE_SIZE]
    return Page(
        lines=_with_seals(shown),
        newer=_mark(shown[0]) if shown and after else "",
        older=_mark(shown[-1]) if len(entries) > PAGE_SIZE else "",
    )


def next_lines(asked: Asked, after: int | None, size: int) -> list[Line]:
    """Return the next `size` lines after the line with id `after`, for reading a list to its end. Three queries."""
    rows = asked.queryset()
    return _with_seals(list((rows.filter(pk__lt=after) if after else rows)[:size]))


def _with_seals(entries: Sequence[AuditEntry]) -> list[Line]:
    """Attach each entry's seal and compare it with the stored line. Two queries."""
    ids = [entry.pk for entry in entries]
    seals = {seal.line: seal for seal in AuditSeal.objects.filter(log=ACTS.name, line__in=ids)}
    stored = lines_by_id(ACTS, ids)
    return [
        Line(entry, seal, intact=chain.line_hash(ACTS.name, stored[entry.pk]) == seal.line_hash if seal else True)
        for entry in entries
        for seal in [seals.get(entry.pk)]
    ]


def newest_seal_hash() -> str:
    """Return the hash of the newest seal, empty if there is none. Makes one query."""
    return AuditSeal.objects.values_list("hash", flat=True).first() or ""


def newest_check() -> AuditCheck | None:
    """Return the latest verification. Runs one query; for operators and workers only."""
    return AuditCheck.objects.first()


def waits_too_long() -> bool:
    """Return whether a line after the last sealed one has waited for more than five minutes. Runs one query."""
    newest = AuditSeal.objects.filter(log=ACTS.name).order_by("-number").values("line")[:1]
    rows = AuditEntry.objects.filter(at__lt=Now() - LONGEST_UNSEALED)
    return rows.filter(pk__gt=Coalesce(Subquery(newest), 0)).exists()


def _mark(entry: AuditEntry) -> str:
    return signing.dumps(entry.pk, salt=_SALT)


def _read(mark: str) -> int:
    try:
        return int(signing.loads(mark, salt=_SALT))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise BadMark from error
