"""Manual changes to the map: edit, retire and reactivate items, and restore older page versions."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from django.db import models, transaction

from pagetojob.claims.selectors import why_not_published
from pagetojob.gates.services import why_off
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import Tenant, User

from . import facts
from .models import PUBLIC_FAMILIES, Family, PageBinding, PageDraft, PublicItem, TaxonomyItem, ZoneState

#: Feature flag of page publishing. While it is off, pages keep their current version.
BINDINGS = "persisted-page-bindings"
_SAME_TIME = "Someone else changed this page at the same time. Reload it and try again."


class MapRefused(Exception):
    """Raised when an action on the map is not possible. The message states the reason and the remedy."""


class ChangedMeanwhile(MapRefused):
    """Raised when the row was changed after the form was opened. Nothing was written."""

    def __init__(self, message: str = "Someone else changed this in the meantime, so nothing has been saved.") -> None:
        super().__init__(message)


def must_be_as_seen(row: models.Model, seen: Mapping[str, Any] | None) -> None:
    """Raise ChangedMeanwhile if a locked row differs from the values in `seen`. None skips the check."""
    if seen is not None and any(getattr(row, name, None) != value for name, value in seen.items()):
        raise ChangedMeanwhile


def set_active(*, item: TaxonomyItem, active: bool, actor: User, reason: str) -> TaxonomyItem:
    """Retire or reactivate an item. Pages bound to it stay unchanged; outdated content becomes a finding.

    Raises MapRefused if the item already has that state. Three statements.
    """
    with transaction.atomic():
        locked = TaxonomyItem.objects.select_for_update().get(pk=item.pk, tenant=item.tenant_id)
        if locked.active == active:
            raise MapRefused("It is already active." if active else "It is already retired.")
        locked.active = active
        locked.save(update_fields=["active"])
        record_change(
            "titanmap.bring_back" if active else "titanmap.retire",
            locked,
            actor=actor,
            reason=reason,
            active=(not active, active),
        )
    return locked


def set_zone_state(*, zone: TaxonomyItem, state: str, actor: User, reason: str) -> TaxonomyItem:
    """Pause or resume a zone, on public pages at once: a person decided this about the demand of today.

    Other unpublished changes of the zone stay unpublished. Raises MapRefused. Three statements.
    """
    if state not in ZoneState.values:
        raise MapRefused("Choose a state from the list.")
    with transaction.atomic():
        locked = TaxonomyItem.objects.select_for_update().get(pk=zone.pk, tenant=zone.tenant_id, family=Family.ZONE)
        before = locked.zone_state
        if before == state:
            raise MapRefused("Nothing has changed.")
        locked.zone_state = state
        if locked.published is not None:
            locked.published = locked.published | {"zone_state": state}
        locked.save(update_fields=["zone_state", "published"])
        record_change("titanmap.set_zone_state", locked, actor=actor, reason=reason, zone_state=(before, state))
    return locked


def roll_back(*, tenant: Tenant, slug: str, to: int, based_on: int, actor: User, reason: str) -> PageBinding:
    """Publish a copy of version `to` as the next version of a page. `based_on` is the version that the person saw.

    Raises MapRefused if that version does not exist, is bound to a retired item or equals the current version, if a
    text of it must not be published today, if the page was changed in the meantime, or if publishing is off for the
    tenant. Five statements.
    """
    must_publish(tenant)
    roles = PageBinding.MAPPED
    versions = PageBinding.objects.filter(tenant=tenant, slug=slug).select_related(*roles)
    present, wanted = versions.order_by("-version").first(), versions.filter(version=to).first()
    if present is None or wanted is None or wanted == present:
        raise MapRefused("This older version does not exist.")
    if present.version != based_on:
        raise MapRefused(
            f"Someone else changed this page: its version is now {present.version}. Reload it and try again."
        )
    retired = [item.name for role in roles if (item := getattr(wanted, role)) is not None and not item.active]
    if retired:
        raise MapRefused(f"Version {to} is bound to retired items: {', '.join(retired)}. Reactivate them first.")
    must_be_publishable(wanted)
    content = {name: getattr(wanted, name) for name in PageBinding.CONTENT_FIELDS}
    with raise_on_version_conflict():
        binding = PageBinding.objects.create(tenant=tenant, slug=slug, version=present.version + 1, **content)
        publish_bound_items(binding)
        record(
            action="titanmap.roll_back",
            subject=f"titanmap.pagebinding:{binding}",
            reason=reason,
            tenant=tenant,
            actor=actor,
            changes={"version": (present.version, binding.version), "as": (None, to)},
        )
    return binding


def raise_on_version_conflict() -> AbstractContextManager[None]:
    """Run the block in a transaction; raise MapRefused if someone else created the same version of a page."""
    return raise_on_conflict(MapRefused(_SAME_TIME), "page_binding_version_once")


def must_be_publishable(page: PageBinding | PageDraft) -> None:
    """Raise MapRefused for visitor text that asserts a gated claim or waits for an approval.

    This includes the text of the items that the page would publish.
    """
    items = [item for role in page.MAPPED if (item := getattr(page, role)) is not None and not item.published]
    texts = {"headline": page.headline, "introduction": page.intro}
    for item in items:
        shown = (item.name, item.detail, item.facts.get("audience", ""))
        texts[f"{item.family} “{item.name}”"] = "\n\n".join(shown)
    for name, text in texts.items():
        if why := why_not_published(text):
            raise MapRefused(f"The {name} {why}")
    for item in items:
        if item.family == Family.OFFER and (why := PublicItem.of(item.to_publish()).contradiction):
            raise MapRefused(why)


def publish_bound_items(binding: PageBinding) -> None:
    """Publish the items of a new page version that were never published: the page names them.

    An item that is already public keeps its public values. No query, or one per item.
    """
    for role in PageBinding.MAPPED:
        item: TaxonomyItem | None = getattr(binding, role)
        if item is not None and item.published is None and item.family in PUBLIC_FAMILIES:
            item.published = item.to_publish()
            item.save(update_fields=["published"])


def must_publish(tenant: Tenant) -> None:
    """Raise MapRefused if publishing pages is off for the tenant. Runs one query."""
    if why := why_not_publish(tenant):
        raise MapRefused(why)


def why_not_publish(tenant: Tenant) -> str:
    """Return why publishing pages is off for the tenant, for pages that lead to it; empty if it is on. Runs a query."""
    why = why_off(BINDINGS, tenant)
    return f"{why} Pages keep their current version." if why else ""


def save_item(
    *,
    tenant: Tenant,
    family: str,
    item: TaxonomyItem | None,
    values: Mapping[str, Any],
    actor: User,
    reason: str,
    seen: Mapping[str, Any] | None = None,
) -> TaxonomyItem:
    """Create or change an item. `values` has name, external_id, detail, zone_state (zones only) and facts.

    Facts are validated as in imports. `seen` holds the values that the person saw, by column. Raises MapRefused, also
    if nothing changed, and ChangedMeanwhile. Four statements.
    """
    try:
        values = {**values, "facts": facts.read(family, values["facts"])}
    except facts.FactsRefused as refused:
        label = facts.LABELS.get(refused.name, refused.name)
        raise MapRefused(f"{label[:1].upper()}{label[1:]}: {refused}") from None
    _must_be_its_own(tenant, family, item, values)
    with transaction.atomic():
        locked = TaxonomyItem.objects.select_for_update().get(pk=item.pk, tenant=tenant) if item else None
        if locked is not None:
            must_be_as_seen(locked, seen)
        changes = _changed(locked, values)
        if not changes:
            raise MapRefused("Nothing has changed.")
        locked = locked or TaxonomyItem(tenant=tenant, family=family)
        for name, value in values.items():
            setattr(locked, name, value)
        locked.save()
        record_change(
            "titanmap.change_item" if item else "titanmap.make_item", locked, actor=actor, reason=reason, **changes
        )
    return locked


def _must_be_its_own(tenant: Tenant, family: str, item: TaxonomyItem | None, values: Mapping[str, Any]) -> None:
    others = TaxonomyItem.objects.filter(tenant=tenant, family=family).exclude(pk=item.pk if item else 0)
    if others.filter(name__iexact=values["name"]).exists():
        raise MapRefused(f"Another {family} has this name.")
    if values["external_id"] and others.filter(external_id=values["external_id"]).exists():
        raise MapRefused(f"Another {family} has this ServiceTitan id.")


def _changed(row: TaxonomyItem | None, values: Mapping[str, Any]) -> dict[str, tuple[object, object]]:
    """Return the fields and facts that differ, with the values before and after."""
    before = _flat({name: getattr(row, name) for name in values}) if row else {}
    after = _flat(values)
    names = dict.fromkeys((*before, *after))
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _flat(content: Mapping[str, Any]) -> dict[str, object]:
    flat = {name: value for name, value in content.items() if name != "facts"}
    return flat | {name: ", ".join(fact) if isinstance(fact, list) else fact for name, fact in content["facts"].items()}
