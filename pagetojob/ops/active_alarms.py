"""The alarms that are active now, for every page of operations."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .alarms import ALARMS, Alarm
from .heartbeats import signs_of_life
from .models import AlarmIncident
from .monitoring import silent


def active_alarms(request: HttpRequest) -> dict[str, Any]:
    """Return `active_alarms`, evaluated only by templates that use it."""
    return {"active_alarms": SimpleLazyObject(_active)}


def _active() -> list[Alarm]:
    """Return the alarms as the periodic task last recorded them, and those it cannot record itself. Two queries.

    While the dispatcher or its worker is down, nothing records alarms, so these two are read from their heartbeats.
    """
    recorded = AlarmIncident.objects.filter(ended_at__isnull=True)
    active = silent(signs_of_life()) | set(recorded.values_list("key", flat=True))
    return [alarm for alarm in ALARMS if alarm.key in active]
