"""Time zones of US contractors and their common names. Pure."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_UTC = ZoneInfo("UTC")
#: Selectable zones with their common names.
TIME_ZONES = {
    EASTERN: "Eastern time (New York)",
    "America/Detroit": "Eastern time (Detroit)",
    "America/Indiana/Indianapolis": "Eastern time (Indianapolis)",
    "America/Kentucky/Louisville": "Eastern time (Louisville)",
    CENTRAL: "Central time (Chicago)",
    "America/Menominee": "Central time (western Upper Peninsula)",
    MOUNTAIN: "Mountain time (Denver)",
    "America/Boise": "Mountain time (Boise)",
    "America/Phoenix": "Mountain time without daylight saving (Phoenix)",
    PACIFIC: "Pacific time (Los Angeles)",
    "America/Anchorage": "Alaska time (Anchorage)",
    "America/Adak": "Hawaii-Aleutian time (Adak)",
    "Pacific/Honolulu": "Hawaii time (Honolulu)",
    "America/Puerto_Rico": "Atlantic time (Puerto Rico)",
    "America/St_Thomas": "Atlantic time (Virgin Islands)",
    "Pacific/Guam": "Chamorro time (Guam)",
    "Pacific/Pago_Pago": "Samoa time (Pago Pago)",
}


def zone_name(zone: str) -> str:
    """Return the common name of a time zone; that of the database of zones if it is not selectable."""
    return TIME_ZONES.get(zone, zone.replace("_", " "))


def known_zone(zone: str) -> ZoneInfo | None:
    """Return a time zone; None if this system does not know it, as after an update of its database of zones."""
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the latter two for texts that name no zone, as a folder does
        return None


def usable_zone(zone: str) -> ZoneInfo:
    """Return a time zone, or UTC if this system does not know it: no request and no page may fail for a name."""
    return known_zone(zone) or _UTC


def zone_problem(zone: str) -> str:
    """Return that this system does not know a time zone; empty if it does."""
    return "" if known_zone(zone) else f"The time zone {zone} is not known."
