"""The one way in which people read a time: `Nov 5, 2026, 14:30 MST`. Files for machines contain ISO times instead."""

from datetime import date, datetime, tzinfo

from django.utils import formats, timezone

#: Formats of the `date` filter, always in a known zone and with its abbreviation.
MINUTES, SECONDS = "M j, Y, H:i T", "M j, Y, H:i:s T"
DAY = "M j, Y"


def shown(at: datetime, zone: tzinfo | None = None) -> str:
    """Return a time for people, in a zone or else in the zone of the page."""
    return formats.date_format(timezone.localtime(at, zone), MINUTES)


def shown_day(text: str) -> str:
    """Return an ISO day for people: `Nov 5, 2026`."""
    return formats.date_format(date.fromisoformat(text), DAY)
