"""The on-call schedule: who is notified of an alarm first, second, and after that."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.platform import phones
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import OpsRole

from .models import OnCallContact, OnCallShift

#: The columns of people that operators and workers may read.
SEEN = ("public_id", "name", "is_active", "ops_role")
#: Roles of the people who can act on an alarm.
_ABLE = (OpsRole.OPERATOR, OpsRole.LEAD)


class ScheduleRefused(Exception):
    """The change is not possible. The message is for people."""


@dataclass(frozen=True)
class Contact:
    """A person with the phone number and the quiet hours for alarms."""

    user: User
    phone: str = ""
    time_zone: str = "America/Phoenix"
    quiet_from: time | None = None
    quiet_until: time | None = None


def able_people() -> list[User]:
    """Return the active people who can act on an alarm, by name. Runs one query."""
    return list(User.objects.only(*SEEN).filter(is_active=True, ops_role__in=_ABLE).order_by("name", "pk"))


def people_for(level: int, now: datetime) -> list[User]:
    """Return whom to notify the Nth time: the first person, then both, then everyone who can act.

    Everyone also when there is no shift or its people left, so that no alarm is without a recipient.
    """
    shift = shift_at(now)
    both = [person for person in (shift.first, shift.second) if _is_able(person)] if shift else []
    if level == 0 and both and shift and both[0].pk == shift.first_id:
        return both[:1]
    return both if level < 2 and both else able_people()


def shift_at(now: datetime) -> OnCallShift | None:
    """Return the newest shift that covers a time. Runs one query."""
    rows = OnCallShift.objects.filter(removed_at__isnull=True, starts_at__lte=now, ends_at__gt=now)
    return next(iter(with_people(list(rows.order_by("-pk")[:1]))), None)


def coming_shifts(now: datetime) -> list[OnCallShift]:
    """Return the present and the coming shifts. Runs one query."""
    rows = OnCallShift.objects.filter(removed_at__isnull=True, ends_at__gt=now)
    return with_people(list(rows))


def contacts_of(people: list[User]) -> dict[int, Contact]:
    """Return how each person is reached. Runs one query."""
    rows = {row.user_id: row for row in OnCallContact.objects.filter(user__in=people)}
    return {
        person.pk: Contact(person, row.phone, row.time_zone, row.quiet_from, row.quiet_until)
        if (row := rows.get(person.pk))
        else Contact(person)
        for person in people
    }


@transaction.atomic
def add_shift(*, starts_at: datetime, ends_at: datetime, first: User, second: User, by: User) -> OnCallShift:
    """Add a shift. It replaces earlier ones while it lasts. Raises ScheduleRefused."""
    if ends_at <= starts_at:
        raise ScheduleRefused("The shift ends before it starts.")
    if first.pk == second.pk:
        raise ScheduleRefused("Choose two different people: the second one is notified if the first does not respond.")
    if not (_is_able(first) and _is_able(second)):
        raise ScheduleRefused("Choose people who are operators or leads.")
    same = {"starts_at": starts_at, "ends_at": ends_at, "first": first, "second": second}
    if OnCallShift.objects.filter(removed_at=None, **same).exists():
        raise ScheduleRefused("This shift is on the schedule already.")
    row = OnCallShift.objects.create(**same)
    record(action="ops.add_shift", subject=row, reason="A shift was added to the on-call schedule.", actor=by)
    return row


@transaction.atomic
def set_removed(*, shift: OnCallShift, removed: bool, by: User) -> None:
    """Remove a shift from the schedule, or put it back."""
    rows = OnCallShift.objects.filter(pk=shift.pk, removed_at__isnull=removed)
    if not rows.update(removed_at=Now() if removed else None):
        raise ScheduleRefused("This shift was changed in the meantime.")
    what = "removed from" if removed else "put back on"
    record(action="ops.set_shift", subject=shift, reason=f"A shift was {what} the on-call schedule.", actor=by)


@transaction.atomic
def set_contact(
    *, user: User, phone: str, time_zone: str, quiet_from: time | None, quiet_until: time | None
) -> OnCallContact:
    """Set how a person is reached about alarms. Raises ScheduleRefused."""
    number = phones.e164(phone) if phone.strip() else ""
    if phone.strip() and not number:
        raise ScheduleRefused("Enter a phone number that can receive text messages, such as (602) 555-0123.")
    if (quiet_from is None) != (quiet_until is None) or (quiet_from is not None and quiet_from == quiet_until):
        raise ScheduleRefused("Quiet hours need a start and another end, or neither.")
    values = {"phone": number, "time_zone": time_zone, "quiet_from": quiet_from, "quiet_until": quiet_until}
    row = OnCallContact.objects.filter(user=user).first()
    if row is None:
        row = OnCallContact.objects.create(user=user, **values)
    else:
        OnCallContact.objects.filter(pk=row.pk).update(**values)
    record(action="ops.set_contact", subject=row, reason="Contact for alarms was changed.", actor=user)
    return row


def people_by_id(ids: Iterable[int | None]) -> dict[int, User]:
    """Return people with what may be read of them. Runs one query."""
    return {person.pk: person for person in User.objects.only(*SEEN).filter(pk__in={pk for pk in ids if pk}).order_by()}


def with_people(shifts: list[OnCallShift]) -> list[OnCallShift]:
    """Load the people of shifts. Runs one query."""
    people = people_by_id(pk for row in shifts for pk in (row.first_id, row.second_id))
    for row in shifts:
        row.first, row.second = people[row.first_id], people[row.second_id]
    return shifts


def _is_able(person: User) -> bool:
    return person.is_active and person.ops_role in _ABLE
