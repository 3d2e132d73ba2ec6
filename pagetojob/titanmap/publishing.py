"""Publish the approved map: what differs from public pages, publishing it, and taking the last publication back.

Approving an import changes the map, and no public page. Public pages show job types, zones and offers as last
published, and imported hours and rules only once published. Items bound to a page that a person approves are published
with it (`services.publish_bound_items`).
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, Func, JSONField, Q
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import JSONObject

from pagetojob.claims.selectors import why_not_published
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.batches import write_rows
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User

from .capacity import HOLIDAYS, holiday_names
from .models import (
    PUBLIC_COLUMNS,
    PUBLIC_FACTS,
    PUBLIC_FAMILIES,
    CapacityRule,
    Family,
    Publication,
    PublicItem,
    ShopFacts,
    TaxonomyItem,
)
from .rules import public_values
from .selectors import hours_of, service_names
from .services import ChangedMeanwhile, MapRefused

RULE, HOURS = "capacity rule", "hours"
_MOVED = "The map or the public pages were changed after you opened this page. Review the changes again."
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between the map and public pages. `before` is what they show now; None if they show nothing."""

    part: str
    id: int
    name: str
    before: Values | None
    after: Values | None

    @property
    def kind(self) -> str:
        """Return added, removed, renamed or changed."""
        was, will = _is_shown(self.before), _is_shown(self.after)
        if was != will:
            return "added" if will else "removed"
        old, new = self.before or {}, self.after or {}
        return "renamed" if old.get("name") != new.get("name") else "changed"


def _is_shown(values: Values | None) -> bool:
    return values is not None and values.get("active", True)


def unpublished_items(tenant: Tenant) -> Any:
    """Return the items whose approved values differ from what public pages show. Runs one query when evaluated."""
    rows = TaxonomyItem.objects.filter(tenant=tenant, family__in=PUBLIC_FAMILIES)
    columns = {name: F(name) for name in PUBLIC_COLUMNS}
    values = JSONObject(**columns, **{name: KeyTransform(name, "facts") for name in PUBLIC_FACTS})
    same = Q(published=Func(values, function="jsonb_strip_nulls", output_field=JSONField()))
    return rows.exclude(same).exclude(published__isnull=True, active=False).order_by("family", "name", "id")


def unpublished_changes(tenant: Tenant) -> list[Change]:
    """Return what publishing would change on public pages. Needs the tenant's or an operator's scope. Four queries."""
    items = [
        Change(item.family, item.pk, item.public.name if item.published else item.name, item.published,
               item.to_publish())
        for item in unpublished_items(tenant)
    ]  # fmt: skip
    rules = [
        Change(RULE, rule.pk, rule.name, public_values(rule), rule.pending)
        for rule in CapacityRule.objects.filter(tenant=tenant, pending__isnull=False)
    ]
    shop = ShopFacts.objects.filter(tenant=tenant, pending_hours__isnull=False).first()
    hours = [Change(HOURS, shop.pk, "Office hours", hours_of(tenant), shop.pending_hours)] if shop else []
    return [*items, *rules, *hours]


def mark_of(changes: Iterable[Change]) -> str:
    """Return a hash that identifies exactly these changes."""
    return hashlib.sha256(json.dumps([asdict(change) for change in changes], sort_keys=True).encode()).hexdigest()


def services_after(tenant: Tenant, changes: Sequence[Change]) -> tuple[list[str], list[str]]:
    """Return the services that a visitor may choose now, and after these changes. Runs one query."""
    now = service_names(tenant)
    jobs = [change for change in changes if change.part == Family.JOB_TYPE]
    left = [change.before["name"] for change in jobs if change.before and _is_shown(change.before)]
    brought = [change.after["name"] for change in jobs if change.after and _is_shown(change.after)]
    return now, sorted({*(name for name in now if name not in left), *brought}, key=str.casefold)


def publish(tenant: Tenant, *, by: User, reason: str, seen: str = "") -> Publication:
    """Show the approved map on public pages. `seen` is the mark of the changes that the person saw.

    Raises MapRefused if nothing differs or a text must not be published, and ChangedMeanwhile. About ten statements.
    """
    with transaction.atomic():
        changes = unpublished_changes(tenant)
        if not changes:
            raise MapRefused("Public pages already show the whole map.")
        if seen and mark_of(changes) != seen:
            raise ChangedMeanwhile(_MOVED)
        _write(tenant, changes)
        return _record(tenant, changes, by=by, reason=reason, undoes=None)


def last_publication(tenant: Tenant) -> Publication | None:
    """Return the newest publication. Runs one query."""
    return Publication.objects.filter(tenant=tenant).first()


def reversal(publication: Publication) -> list[Change]:
    """Return what taking a publication back would change. Leaves out what a person changed since. Four queries."""
    tenant = publication.tenant
    changes = [Change(**change) for change in publication.changes]
    ids = [change.id for change in changes]
    items = {item.pk: item for item in TaxonomyItem.objects.filter(tenant=tenant, pk__in=ids)}
    rules = {rule.pk: rule for rule in CapacityRule.objects.filter(tenant=tenant, pk__in=ids)}

    def shown(change: Change) -> Values | None:
        if change.part == HOURS:
            return hours_of(tenant)
        if change.part == RULE:
            return public_values(rules[change.id]) if change.id in rules else None
        return items[change.id].published if change.id in items else None

    return [
        Change(change.part, change.id, change.name, change.after, change.before)
        for change in changes
        if shown(change) == change.after
    ]


def take_back(tenant: Tenant, *, number: int, by: User, reason: str) -> Publication:
    """Show again what public pages showed before the last publication, which must be `number`.

    Raises MapRefused if nothing of it is left or a text must not be published today, and ChangedMeanwhile. About ten
    statements.
    """
    with transaction.atomic():
        last = last_publication(tenant)
        if last is None or last.number != number:
            raise ChangedMeanwhile(_MOVED)
        changes = reversal(last)
        if not changes:
            raise MapRefused("Everything that it published was changed since. There is nothing to take back.")
        _write(tenant, changes)
        return _record(tenant, changes, by=by, reason=reason, undoes=number)


def _write(tenant: Tenant, changes: Sequence[Change]) -> None:
    """Show the changes on public pages. Raises MapRefused if a text must not be published."""
    _must_not_claim(changes)
    items = {change.id: change.after for change in changes if change.part not in (RULE, HOURS)}
    rows = list(TaxonomyItem.objects.filter(tenant=tenant, pk__in=items).order_by("id").select_for_update())
    for row in rows:
        row.published = items[row.pk]
    write_rows(rows, ["published"])
    for change in changes:
        if change.part == RULE:
            rule = CapacityRule.objects.select_for_update().get(tenant=tenant, pk=change.id)
            for name, value in (change.after or {}).items():
                setattr(rule, name, value)
            rule.pending = _still_wanted(rule.pending, change)
            rule.save()
        elif change.part == HOURS:
            shop = ShopFacts.objects.select_for_update().get(tenant=tenant)
            BusinessProfile.objects.filter(tenant=tenant).update(hours=change.after or {})
            shop.pending_hours = _still_wanted(shop.pending_hours, change)
            shop.save(update_fields=["pending_hours"])


def _still_wanted(pending: Values | None, change: Change) -> Values | None:
    """Return the approved values that remain unpublished: none after publishing, the withdrawn ones after an undo."""
    wanted = pending if pending is not None else change.before
    return wanted if wanted != change.after else None


def _record(
    tenant: Tenant, changes: Sequence[Change], *, by: User, reason: str, undoes: int | None
) -> Publication:  # fmt: skip
    before = Publication.objects.filter(tenant=tenant).values_list("number", flat=True).first() or 0
    with raise_on_conflict(ChangedMeanwhile(_MOVED)):
        publication = Publication.objects.create(
            tenant=tenant, number=before + 1, changes=[asdict(change) for change in changes], reason=reason,
            undoes=undoes, published_by=by,
        )  # fmt: skip
    kinds = [change.kind for change in changes]
    counts: dict[str, tuple[object, object]] = {
        kind: (None, kinds.count(kind)) for kind in ("added", "removed", "renamed", "changed") if kind in kinds
    }
    record_change(
        "titanmap.take_back_publication" if undoes else "titanmap.publish",
        publication,
        actor=by,
        reason=reason,
        number=(before or None, before + 1),
        sha256=(None, mark_of(changes)),
        **counts,
    )
    return publication


def _must_not_claim(changes: Iterable[Change]) -> None:
    """Reject new visitor text that asserts a gated claim, or that waits for an approval."""
    for change in changes:
        public = change.before if change.before and _is_shown(change.before) else {}
        after = change.after if change.after and _is_shown(change.after) else {}
        shown = _texts(public)
        for name, text in _texts(after).items():
            if text != shown[name] and (why := why_not_published(text)):
                raise MapRefused(f"“{after.get('name', change.name)}” {why} Edit or retire it, then publish.")
        if change.part == Family.OFFER and after and (why := PublicItem.of(after).contradiction):
            raise MapRefused(why)


def _texts(values: Values) -> dict[str, str]:
    """Return the texts of a change that visitors read."""
    texts = {name: str(values.get(name, "")) for name in ("name", "detail", "sentence", "audience")}
    return texts | {HOLIDAYS: holiday_names(values)}
