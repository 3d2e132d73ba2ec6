"""Rules for assigning and snoozing items. Pure; the pages and the services share them."""

from datetime import datetime, time, timedelta
from enum import StrEnum

from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.time_zones import usable_zone

from .item_actions import VIEW_ONLY, Person
from .models.item import ENDED, STOPPED, State, SyncItem

MORNING = time(8)
_MONDAY = 0


class SnoozeFor(StrEnum):
    """The length of a snooze. Days begin at 8 a.m. in the tenant's time zone."""

    HOUR = "1h"
    FOUR_HOURS = "4h"
    TOMORROW = "tomorrow"
    MONDAY = "monday"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    SnoozeFor.HOUR: "1 hour",
    SnoozeFor.FOUR_HOURS: "4 hours",
    SnoozeFor.TOMORROW: "Tomorrow, 8:00 AM",
    SnoozeFor.MONDAY: "Monday, 8:00 AM",
}


def snooze_end(choice: SnoozeFor, *, zone: str, now: datetime) -> datetime:
    """Return the end of a snooze that begins now."""
    if choice == SnoozeFor.HOUR:
        return now + timedelta(hours=1)
    if choice == SnoozeFor.FOUR_HOURS:
        return now + timedelta(hours=4)
    today = now.astimezone(usable_zone(zone)).date()
    days = 1 if choice == SnoozeFor.TOMORROW else (_MONDAY - today.weekday() - 1) % 7 + 1
    return datetime.combine(today + timedelta(days=days), MORNING, tzinfo=usable_zone(zone))


def why_not_assign(item: SyncItem, who: Person) -> str:
    """Return why `who` cannot assign the item to anyone now, as a sentence for them; empty when they can."""
    if Ability.ACT_ON_QUEUE not in who.abilities:
        return VIEW_ONLY
    if item.state in ENDED:
        return f"This item has already ended as {State(item.state).label}."
    return ""


def why_not_snooze(item: SyncItem, who: Person) -> str:
    """Return why `who` cannot snooze the item now; empty when they can."""
    if why := why_not_assign(item, who):
        return why
    return "" if item.state in STOPPED else "It does not wait for a person, so there is nothing to snooze."
