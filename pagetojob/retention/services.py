"""Change the period of a tenant, and place and lift legal holds. All need the operator scope."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.phones import e164
from pagetojob.platform.tenants.lifecycle import OFFBOARDED
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import LOST, who_lost

from .models import LegalHold, Offboarding, RetentionPeriod
from .periods import ADJUSTABLE
from .person import plain_email, seen

#: A hold lapses that long after its request, unless a second person confirms it.
HOLD_LAPSES = timedelta(days=7)
OWN_HOLD = "Another person must confirm a hold that you requested."
OWN_LIFT = "Another person must lift a hold whose end you requested."


class RetentionRefused(Exception):
    """Raised when a period or a hold cannot be changed. The message is for people."""


def set_period(*, tenant: Tenant, kind: str, days: int, actor: User, reason: str) -> None:
    """Set the period of a class for one tenant. A shorter one removes more rows from the next night on."""
    period = ADJUSTABLE.get(kind)
    if period is None:
        raise RetentionRefused("This period is the same for every contractor.")
    assert period.least is not None and period.most is not None
    if not period.least <= days <= period.most:
        raise RetentionRefused(f"Enter {period.least} to {period.most} days.")
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of two clicks, one adds the row
        row = RetentionPeriod.objects.filter(tenant=tenant, kind=kind).first()
        before = row.days if row else period.days
        if row:
            RetentionPeriod.objects.filter(pk=row.pk).update(days=days)
        else:
            row = RetentionPeriod.objects.create(tenant=tenant, kind=kind, days=days)
        record_change("retention.set_period", row, actor=actor, reason=reason, **{kind: (before, days)})


def must_have_data(tenant: Tenant) -> None:
    """Raise RetentionRefused after the deletion of a tenant's data: nothing would delete what is added then."""
    if Offboarding.objects.filter(tenant=tenant, ended_at__isnull=False).exists():
        raise RetentionRefused(OFFBOARDED)


def request_hold(*, tenant: Tenant, person: str, actor: User, reason: str) -> LegalHold:
    """Request a legal hold on a tenant, or on one person if `person` is a phone number or an email address.

    It protects at once, and lapses after a week unless another person confirms it. It stops a deletion that is running.
    """
    with transaction.atomic():
        Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of two clicks, one requests
        must_have_data(tenant)
        same = LegalHold.objects.filter(tenant=tenant, search_key=search_key(person), requested_by=actor)
        if same.filter(confirmed_at=None, lifted_at=None, requested_at__gt=timezone.now() - HOLD_LAPSES).exists():
            raise RetentionRefused("You requested this hold already.")
        hold = LegalHold.objects.create(tenant=tenant, search_key=search_key(person), requested_by=actor)
        record_change("retention.request_hold", hold, actor=actor, reason=reason, search_key=(None, hold.search_key))
    return hold


def search_key(typed: str) -> str:
    """Return a phone number or an email address as the leads are searched for it; empty for empty text."""
    text = seen(typed)
    if not text:
        return ""
    if "@" in text:
        return plain_email(typed)
    number = e164(text)
    if not number:
        raise RetentionRefused("Enter a phone number or an email address, or leave the field empty.")
    return number


def confirm_hold(*, hold: LegalHold, actor: User, reason: str) -> None:
    """Confirm a hold as the second person."""
    with transaction.atomic():
        locked = _locked(hold)
        if locked.confirmed_at is not None:
            raise RetentionRefused("This hold is already confirmed.")
        if locked.requested_by_id == actor.pk:
            raise RetentionRefused(OWN_HOLD)
        must_still_count(locked.requested_by_id)
        _write(locked, actor, "confirmed")
        record_change("retention.confirm_hold", hold, actor=actor, reason=reason)


def request_lift(*, hold: LegalHold, actor: User, reason: str) -> None:
    """Request the end of a confirmed hold, also again if the person who requested it may no longer do so."""
    with transaction.atomic():
        locked = _locked(hold)
        if not can_request_lift(locked, lost_operators([locked.lift_requested_by_id])):
            raise RetentionRefused("Only a confirmed hold can be lifted, and only once.")
        _write(locked, actor, "lift_requested")
        record_change("retention.request_lift", hold, actor=actor, reason=reason)


def can_request_lift(hold: LegalHold, lost: Collection[int]) -> bool:
    """Return whether a hold is confirmed, and no request of its end counts. `lost` is from `lost_operators`."""
    if hold.confirmed_at is None or hold.lifted_at is not None:
        return False
    return hold.lift_requested_by_id is None or hold.lift_requested_by_id in lost


def why_not_second(first_id: int | None, actor: User, lost: Collection[int], own: str) -> str:
    """Return why `actor` cannot confirm what the first person requested; `own` is the sentence for that person."""
    if first_id == actor.pk:
        return own
    return LOST if first_id in lost else ""


def lost_operators(first_ids: Iterable[int | None]) -> set[int]:
    """Return which operators who requested something have left or lost the role. Runs at most one query."""
    return who_lost(first_ids, Ability.ACT_ON_QUEUE)


def lift_hold(*, hold: LegalHold, actor: User, reason: str) -> None:
    """Lift a hold as the second person. The next nightly purge removes what has expired."""
    with transaction.atomic():
        locked = _locked(hold)
        if locked.lift_requested_at is None or locked.lifted_at is not None:
            raise RetentionRefused("No one has requested the end of this hold.")
        if locked.lift_requested_by_id == actor.pk:
            raise RetentionRefused(OWN_LIFT)
        must_still_count(locked.lift_requested_by_id)
        _write(locked, actor, "lifted")
        record_change("retention.lift_hold", hold, actor=actor, reason=reason)


def must_still_count(first_id: int | None) -> None:
    """Raise RetentionRefused if the operator who requested something has left or lost the role."""
    if lost_operators([first_id]):
        raise RetentionRefused(LOST)


def _locked(hold: LegalHold) -> LegalHold:
    return LegalHold.objects.select_for_update(of=("self",), no_key=True).get(pk=hold.pk)


def _write(hold: LegalHold, actor: User, step: str) -> None:
    LegalHold.objects.filter(pk=hold.pk).update(**{f"{step}_by": actor, f"{step}_at": Now()})
