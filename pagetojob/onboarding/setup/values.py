"""The stored values of a step: read, change and undo. Needs the scope of the tenant or of an operator.

Every change stores the values before and after. The audit lines are those of the services that write the values.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from pagetojob.platform.tenants.legal import newest_text
from pagetojob.platform.tenants.models import BusinessProfile, LegalKind, Logo, Tenant, User
from pagetojob.titanmap.models import Family, TaxonomyItem, ZoneState
from pagetojob.titanmap.rules import set_hours, set_time_zone
from pagetojob.titanmap.services import MapRefused, save_item, set_active, set_zone_state
from syncqueue.notices.recipients import change_settings, notice_settings

from .. import details
from ..errors import OnboardingRefused
from ..models import SetupChange
from ..recipients import recipient_states, restore_recipients
from .page_changes import read_pages, why_pages_stay, write_pages

Values = Mapping[str, Any]
_CHANGED = "Someone else changed this in the meantime, so nothing was saved. Check the values and save again."


class ChangedInTheMeantime(OnboardingRefused):
    """Raised when the values differ from those that the form showed."""

    def __init__(self) -> None:
        super().__init__(_CHANGED)


@dataclass(frozen=True)
class Stored:
    """A step with stored values. `write` gets the values that differ, and those before.

    `why_not` returns why the present values cannot become earlier ones; empty if they can.
    """

    read: Callable[[Tenant], dict[str, Any]]
    write: Callable[[Tenant, Values, Values, User, str], None]
    why_not: Callable[[Values, Values], str] = lambda present, wanted: ""


def save(step: str, *, tenant: Tenant, values: Values, seen: Values | None, by: User, reason: str) -> bool:
    """Store the values of a step; return whether any differed. `seen` are the values that the form showed.

    Values that are not given stay unchanged. Raises ChangedInTheMeantime and OnboardingRefused.
    """
    with transaction.atomic():
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        before = STORED[step].read(locked)
        if seen is not None and dict(seen) != before:
            raise ChangedInTheMeantime
        return _change(step, locked, before, before | dict(values), by=by, reason=reason)


def undo(step: str, *, tenant: Tenant, number: int, by: User, reason: str) -> None:
    """Restore the values before the last change of a step, which must be `number`.

    Raises ChangedInTheMeantime if they were changed since, also elsewhere, and OnboardingRefused.
    """
    with transaction.atomic():
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        last, present = last_change(locked, step), STORED[step].read(locked)
        if last is None or last.number != number or last.after != present:
            raise ChangedInTheMeantime
        if why := STORED[step].why_not(present, last.before):
            raise OnboardingRefused(why)
        _change(step, locked, present, last.before, by=by, reason=reason)


@contextmanager
def recorded(step: str, *, tenant: Tenant, by: User, reason: str) -> Iterator[None]:
    """Store the change that the block makes to the values of a step, so that it can be undone."""
    with transaction.atomic():
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        before = STORED[step].read(locked)
        yield
        if before != STORED[step].read(locked):
            _remember(step, locked, before, by=by, reason=reason)


def why_not_undone(last: SetupChange, tenant: Tenant) -> str:
    """Return why the last change of a step cannot be undone; empty if it can."""
    present = STORED[last.step].read(tenant)
    if last.after != present:
        return "It cannot be undone here, because the values were changed elsewhere since."
    return STORED[last.step].why_not(present, last.before)


def last_change(tenant: Tenant, step: str) -> SetupChange | None:
    """Return the newest change of a step. Runs one query."""
    rows = SetupChange.objects.filter(tenant=tenant, step=step).select_related("by")
    return rows.only("number", "before", "after", "reason", "at", "tenant", "by__name").first()


def _change(step: str, tenant: Tenant, before: Values, after: Values, *, by: User, reason: str) -> bool:
    changed = {name: value for name, value in after.items() if value != before.get(name)}
    if not changed:
        return False
    try:
        STORED[step].write(tenant, changed, before, by, reason)
    except MapRefused as refused:
        raise OnboardingRefused(str(refused)) from refused
    _remember(step, tenant, before, by=by, reason=reason)
    return True


def _remember(step: str, tenant: Tenant, before: Values, *, by: User, reason: str) -> None:
    numbers = SetupChange.objects.filter(tenant=tenant).values_list("number", flat=True)
    SetupChange.objects.create(
        tenant=tenant,
        number=(numbers.first() or 0) + 1,
        step=step,
        before=before,
        after=STORED[step].read(tenant),
        by=by,
        reason=reason,
    )


_OF_PROFILE = (
    "phone", "unusual_phone", "other_phones", "trades", "license_numbers", "zip", "state", "color",
)  # fmt: skip


def _read_business(tenant: Tenant) -> dict[str, Any]:
    profile = BusinessProfile.of(tenant.pk)
    name, zone = Tenant.objects.values_list("name", "time_zone").get(pk=tenant.pk)
    logo = Logo.objects.filter(tenant=tenant, pk=profile.logo_id or 0).values_list("public_id", flat=True).first()
    return {
        "name": name,
        "time_zone": zone,
        "logo": str(logo or ""),
        **{field: getattr(profile, field) for field in _OF_PROFILE},
    }


def _write_business(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    given = dict(changed)
    zone, logo = given.pop("time_zone", None), given.pop("logo", None)
    if zone is not None:
        set_time_zone(tenant=tenant, time_zone=zone, actor=by, reason=reason)
    if logo is not None:
        given["logo"] = Logo.objects.filter(tenant=tenant, public_id=logo).first() if logo else None
    details.set_details(tenant=tenant, values=given, by=by, reason=reason)


def _read_hours(tenant: Tenant) -> dict[str, Any]:
    return {"hours": BusinessProfile.of(tenant.pk).hours}


def _write_hours(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    set_hours(tenant=tenant, hours=changed["hours"], actor=by, reason=reason)


def _read_area(tenant: Tenant) -> dict[str, Any]:
    zones = TaxonomyItem.objects.filter(tenant=tenant, family=Family.ZONE, active=True).order_by("name", "pk")
    return {
        "service_area": BusinessProfile.of(tenant.pk).service_area,
        "zones": [
            {"name": zone.name, "cities": zone.facts.get("cities", []), "zips": zone.facts.get("zips", [])}
            for zone in zones
        ],
    }


def _write_area(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    details.set_details(
        tenant=tenant, values={name: changed[name] for name in changed if name != "zones"}, by=by, reason=reason
    )
    if "zones" not in changed:
        return
    wanted = {zone["name"]: zone for zone in changed["zones"]}
    was = {zone["name"]: zone for zone in before["zones"]}
    items = {item.name: item for item in TaxonomyItem.objects.filter(tenant=tenant, family=Family.ZONE)}
    for name in was.keys() - wanted.keys():
        set_active(item=items[name], active=False, actor=by, reason=reason)
    for name, zone in wanted.items():
        if zone != was.get(name):
            _save_zone(tenant, zone, items.get(name), by, reason)


def _save_zone(tenant: Tenant, zone: Values, item: TaxonomyItem | None, by: User, reason: str) -> None:
    if item is not None and not item.active:
        item = set_active(item=item, active=True, actor=by, reason=reason)
    facts = {**(item.facts if item else {}), "cities": zone["cities"], "zips": zone["zips"]}
    facts = {name: value for name, value in facts.items() if value}
    if item is not None and facts == item.facts:
        return
    values = {
        "name": zone["name"],
        "external_id": item.external_id if item else None,
        "detail": item.detail if item else ", ".join(zone["cities"])[:200],
        "zone_state": item.zone_state if item else ZoneState.ACTIVE.value,
        "facts": facts,
    }
    save_item(tenant=tenant, family=Family.ZONE, item=item, values=values, actor=by, reason=reason)


_RECORDS = {"business_units": Family.BUSINESS_UNIT, "booking_providers": Family.BOOKING_PROVIDER}


def _read_booking(tenant: Tenant) -> dict[str, Any]:
    items = TaxonomyItem.objects.filter(tenant=tenant, family__in=_RECORDS.values(), active=True).order_by("name", "pk")
    return {
        name: [{"name": item.name, "id": item.external_id} for item in items if item.family == family]
        for name, family in _RECORDS.items()
    }


def _write_booking(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    for name, records in changed.items():
        family = _RECORDS[name]
        items = {item.name: item for item in TaxonomyItem.objects.filter(tenant=tenant, family=family)}
        wanted = {record["name"] for record in records}
        for known in {record["name"] for record in before[name]} - wanted:
            set_active(item=items[known], active=False, actor=by, reason=reason)
        for record in records:
            item = items.get(record["name"]) or TaxonomyItem(tenant=tenant, family=family, name=record["name"])
            _save_record(item, record["id"], by, reason)


def _save_record(item: TaxonomyItem, number: int | None, by: User, reason: str) -> None:
    """Store the ID of an item, which may be new or retired."""
    if item.pk and not item.active:
        item = set_active(item=item, active=True, actor=by, reason=reason)
    if item.pk is None or item.external_id != number:
        values = {"name": item.name, "external_id": number, "detail": item.detail, "facts": item.facts}
        save_item(
            tenant=item.tenant,
            family=item.family,
            item=item if item.pk else None,
            values=values,
            actor=by,
            reason=reason,
        )


def _read_legal(tenant: Tenant) -> dict[str, Any]:
    rows = {kind.value: newest_text(tenant.pk, kind) for kind in LegalKind}
    return {kind: row.text if row else "" for kind, row in rows.items()}


def _why_texts_stay(present: Values, wanted: Values) -> str:
    ended = any(text.strip() and not wanted[kind].strip() for kind, text in present.items())
    return "A published text stays published. Publish a corrected text instead." if ended else ""


def _write_legal(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    if why := _why_texts_stay(before, {**before, **changed}):
        raise OnboardingRefused(why)
    texts = {LegalKind(kind): text for kind, text in changed.items()}
    details.publish_legal_texts(tenant=tenant, texts=texts, by=by, reason=reason)


def _read_notices(tenant: Tenant) -> dict[str, Any]:
    return {"recipients": recipient_states(tenant)}


def _write_notices(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    restore_recipients(tenant=tenant, wanted=changed["recipients"], by=by, reason=reason)


_TARGET = ("target_minutes", "escalates", "digest_is_on")


def _read_target(tenant: Tenant) -> dict[str, Any]:
    settings = notice_settings(tenant.pk)
    return {name: getattr(settings, name) for name in _TARGET}


def _write_target(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    change_settings(tenant=tenant, by=by, reason=reason, **changed)


_PHONES = ("phone", "unusual_phone", "other_phones")


def _read_phones(tenant: Tenant) -> dict[str, Any]:
    profile = BusinessProfile.of(tenant.pk)
    return {field: getattr(profile, field) for field in _PHONES}


def _write_phones(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    details.set_details(tenant=tenant, values=changed, by=by, reason=reason)


def public_zones(tenant: Tenant) -> list[TaxonomyItem]:
    """Return the zones that the website shows, by name. Runs one query."""
    rows = TaxonomyItem.objects.filter(tenant=tenant, family=Family.ZONE, active=True, published__isnull=False)
    return list(rows.order_by("name", "pk"))


def _read_zones(tenant: Tenant) -> dict[str, Any]:
    return {str(zone.public_id): zone.zone_state for zone in public_zones(tenant)}


def _write_zones(tenant: Tenant, changed: Values, before: Values, by: User, reason: str) -> None:
    zones = {str(zone.public_id): zone for zone in public_zones(tenant)}
    for public_id, state in changed.items():
        if public_id in zones:
            set_zone_state(zone=zones[public_id], state=state, actor=by, reason=reason)


STORED = {
    "business": Stored(_read_business, _write_business),
    "hours": Stored(_read_hours, _write_hours),
    "area": Stored(_read_area, _write_area),
    "booking": Stored(_read_booking, _write_booking),
    "legal": Stored(_read_legal, _write_legal, _why_texts_stay),
    "notices": Stored(_read_notices, _write_notices),
    "target": Stored(_read_target, _write_target),
    "pages": Stored(read_pages, write_pages, why_pages_stay),
    "phones": Stored(_read_phones, _write_phones),
    "zones": Stored(_read_zones, _write_zones),
}
