"""Quiet hours of a recipient, in the time zone of the business. Pure."""

from datetime import datetime, time, timedelta

from pagetojob.platform.tenants.time_zones import usable_zone


def quiet_until(start: time | None, end: time | None, *, zone: str, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that hold now; None if none do. They may span midnight."""
    if start is None or end is None:
        return None
    local = now.astimezone(usable_zone(zone))
    clock = local.time().replace(tzinfo=None)
    is_quiet = start <= clock < end if start < end else clock >= start or clock < end
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if start > end and clock >= start else 0)
    until = datetime.combine(day, end, tzinfo=usable_zone(zone))
    # When clocks are set back, an hour comes twice: an end in it that has passed comes again.
    return until if until.timestamp() > now.timestamp() else until.replace(fold=1)
