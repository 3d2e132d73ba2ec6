"""Manual changes to capacity rules, office hours, holidays and the time zone."""

import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from pagetojob.claims.selectors import why_not_published
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User, validate_time_zone

from . import facts
from .capacity import HOLIDAYS, holiday_names
from .drafts import OPEN
from .models import CapacityRule, PageBinding, PageDraft, ShopFacts
from .services import MapRefused, must_be_as_seen

#: Editable fields of a rule.
CONTENT_FIELDS = (
    "name", "position", "page_slug", "urgency", "hours", "zone_state", "day_kind", "season_from", "season_to",
    "primary", "secondary", "needs_review", "sentence", "active",
)  # fmt: skip
MOST_RULES = 100
_DAY = re.compile(r"(\d{2})-(\d{2})")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class RuleRefused(MapRefused):
    """Raised when a rule is invalid. `name` is the field concerned; empty for the whole rule."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def save_rule(
    *,
    tenant: Tenant,
    rule: CapacityRule | None,
    values: Mapping[str, Any],
    actor: User,
    reason: str,
    seen: Mapping[str, Any] | None = None,
) -> CapacityRule:
    """Create or change a rule. `values` has those of `CONTENT_FIELDS`; `seen` holds what the person saw.

    Takes effect at once. Raises RuleRefused and ChangedMeanwhile. Six statements. The audit log stores the previous
    values; it is the rule's history.
    """
    if rule is None and CapacityRule.objects.filter(tenant=tenant).count() >= MOST_RULES:
        raise RuleRefused("", f"A contractor has at most {MOST_RULES} rules. Change one that is no longer needed.")
    with raise_on_conflict(RuleRefused("name", "Another rule has this name."), "capacity_rule_once"):
        locked = CapacityRule.objects.select_for_update().get(pk=rule.pk, tenant=tenant) if rule else None
        if locked is not None:
            must_be_as_seen(locked, seen)
        return _saved(tenant, locked, values, actor, reason)


def _saved(
    tenant: Tenant, rule: CapacityRule | None, values: Mapping[str, Any], actor: User, reason: str
) -> CapacityRule:
    row = rule or CapacityRule(tenant=tenant)
    before: dict[str, Any] = public_values(row) if rule else dict.fromkeys(CONTENT_FIELDS)
    for name in CONTENT_FIELDS:
        if name in values:
            setattr(row, name, values[name])
    _must_be_sound(row)
    _must_not_claim(row, before)
    changes = {name: (before[name], now) for name in CONTENT_FIELDS if (now := getattr(row, name)) != before[name]}
    if not changes:
        raise RuleRefused("", "Nothing has changed.")
    row.pending = None
    row.save()
    if rule is None:
        row.refresh_from_db(fields=["public_id"])
    record_change("titanmap.change_rule" if rule else "titanmap.make_rule", row, actor=actor, reason=reason, **changes)
    return row


def propose_rule(
    *,
    tenant: Tenant,
    rule: CapacityRule | None,
    values: Mapping[str, Any],
    actor: User,
    reason: str,
    undoes: bool = False,
) -> CapacityRule:
    """Store imported values of a rule, which public pages ignore until they are published. Raises RuleRefused.

    A new rule is inactive until then. The claim guard does not read a sentence that an undo restores. Three statements.
    """
    present = values_of(rule) if rule else {}
    row = CapacityRule(tenant=tenant, **{**present, **values})
    _must_be_sound(row)
    if not undoes:
        _must_not_claim(row, public_values(rule) if rule else {})
    proposed = values_of(row)
    if rule is None:
        row.active, row.pending = False, proposed
        row.save()
        row.refresh_from_db(fields=["public_id"])
    else:
        row = rule
        row.pending = proposed if proposed != public_values(rule) else None
        row.save(update_fields=["pending"])
    changes = {name: (present.get(name), value) for name, value in proposed.items() if value != present.get(name)}
    record_change("titanmap.propose_rule", row, actor=actor, reason=reason, **changes)
    return row


def values_of(rule: CapacityRule) -> dict[str, Any]:
    """Return the approved values of a rule, published or not."""
    return public_values(rule) | (rule.pending or {})


def public_values(rule: CapacityRule) -> dict[str, Any]:
    """Return the values of a rule that the website applies."""
    return {name: getattr(rule, name) for name in CONTENT_FIELDS}


def _must_be_sound(rule: CapacityRule) -> None:
    try:
        rule.clean_fields(exclude={"tenant", "public_id"})
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        raise RuleRefused(name, sentences[0]) from None
    if rule.primary == rule.secondary:
        raise RuleRefused(
            "secondary", "The first and second call to action are the same. Choose another second one, or none."
        )
    if bool(rule.season_from) != bool(rule.season_to):
        missing = "season_to" if rule.season_from else "season_from"
        raise RuleRefused(missing, "A season needs a first and a last day. Enter both or neither.")
    for name in ("season_from", "season_to"):
        if (day := getattr(rule, name)) and not is_season_day(day):
            raise RuleRefused(name, "Enter month and day, such as 06-01.")
    if rule.page_slug and not _is_page(rule.tenant_id, rule.page_slug):
        raise RuleRefused("page_slug", "This contractor has no page with this slug.")


def _must_not_claim(rule: CapacityRule, public: Mapping[str, Any]) -> None:
    """Reject a new public sentence that asserts a gated claim or waits for an approval.

    A sentence that is already public does not keep anyone from changing the hours of its rule or switching it off.
    """
    is_public = public.get("active") and public.get("sentence") == rule.sentence
    if rule.active and not is_public and (why := why_not_published(rule.sentence)):
        raise RuleRefused("sentence", f"It {why}")


def _is_page(tenant_id: int, slug: str) -> bool:
    """Return whether a page is bound, or will be when its draft is approved."""
    bound = PageBinding.objects.filter(tenant=tenant_id, slug=slug).exists()
    return bound or PageDraft.objects.filter(tenant=tenant_id, slug=slug, state__in=OPEN).exists()


def is_season_day(day: str) -> bool:
    """Return whether a text is a valid day of some year, such as 06-01 or 02-29."""
    match = _DAY.fullmatch(day)
    if match is None:
        return False
    month, date = int(match[1]), int(match[2])
    return 1 <= month <= 12 and 1 <= date <= _LONGEST_MONTHS[month - 1]


def set_hours(
    *, tenant: Tenant, hours: Mapping[str, Any], actor: User, reason: str, seen: Mapping[str, Any] | None = None
) -> None:
    """Set the office hours and holidays of a tenant, in the form of `BusinessProfile`.

    Takes effect at once, and replaces imported hours that are not published. `seen` holds the values that the person
    saw. Raises RuleRefused and ChangedMeanwhile. Six statements.
    """
    try:
        validated = facts.read_hours(hours)
    except facts.FactsRefused as refused:
        raise RuleRefused(refused.name, str(refused)) from None
    with transaction.atomic():
        profile = BusinessProfile.objects.select_for_update().filter(tenant=tenant).only("hours").first()
        if profile is None:
            raise RuleRefused("", "The tenant has no business profile yet. Add a phone number first.")
        must_be_as_seen(profile, seen)
        before = profile.hours
        if before == validated:
            raise RuleRefused("", "Nothing has changed.")
        if before.get(HOLIDAYS) != validated.get(HOLIDAYS) and (why := why_not_published(holiday_names(validated))):
            raise RuleRefused(HOLIDAYS, f"The name of a holiday {why}")
        BusinessProfile.objects.filter(tenant=tenant).update(hours=validated)
        ShopFacts.objects.filter(tenant=tenant, pending_hours__isnull=False).update(pending_hours=None)
        names = sorted({*before, *validated})
        record(
            action="titanmap.set_hours", subject=f"tenants.businessprofile:{tenant.public_id}", reason=reason,
            tenant=tenant, actor=actor,
            changes={
                name: (before.get(name), validated.get(name))
                for name in names if before.get(name) != validated.get(name)
            },
        )  # fmt: skip


def set_time_zone(
    *, tenant: Tenant, time_zone: str, actor: User, reason: str, seen: Mapping[str, Any] | None = None
) -> None:
    """Set the IANA time zone of a tenant. Closed months keep the zone they were closed with.

    `seen` holds the values that the person saw. Raises RuleRefused and ChangedMeanwhile. Three statements.
    """
    try:
        validate_time_zone(time_zone)
    except ValidationError as error:
        raise RuleRefused("time_zone", error.messages[0]) from None
    with transaction.atomic():
        locked = Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
        must_be_as_seen(locked, seen)
        if locked.time_zone == time_zone:
            raise RuleRefused("", "Nothing has changed.")
        Tenant.objects.filter(pk=tenant.pk).update(time_zone=time_zone)
        record(
            action="titanmap.set_time_zone", subject=locked, reason=reason, tenant=tenant, actor=actor,
            changes={"time_zone": (locked.time_zone, time_zone)},
        )  # fmt: skip
