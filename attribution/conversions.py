"""Offline conversion files for Google Ads, with a preflight for everything Google is known to reject. No I/O.

Google's template is a first line with the time zone, then one row per conversion. Contacts are hashed as Google
requires: trimmed and lower case; Gmail addresses without dots and without the part after a plus; phones as E.164;
SHA-256 in hex. The file with contacts is for enhanced conversions for leads: it has every conversion with a contact or
click ID, and both where both are known. Adjustments go in a separate file, at any time after the conversions.
"""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import available_timezones

from pagetojob.platform.tenants.time_zones import usable_zone

#: Google rejects conversions later than this after the click.
LONGEST = timedelta(days=90)
#: Google adjusts no conversion older than this.
ADJUSTABLE = timedelta(days=54)
_CLICK_ID = re.compile(r"[A-Za-z0-9_-]{10,200}")
_GMAIL = {"gmail.com", "googlemail.com"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """A counted invoice. `clicked_at` is when the lead arrived, our closest known time to the click.

    `also_in` is the earlier month, such as October 2026, in which the invoice still counts.
    """

    order_id: str
    at: datetime
    value: Decimal
    clicked_at: datetime
    click_id: str = ""
    email: str = ""
    phone: str = ""
    also_in: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A conversion whose value changed after its month was closed. A value of zero or less retracts it.

    `why_not` is the reason that Google would ignore it, if any.
    """

    order_id: str
    at: datetime
    value: Decimal
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A conversion left out of the file, with the reason."""

    order_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Preflight:
    """Conversions that can be uploaded, and those that Google would reject."""

    fit: tuple[Conversion, ...]
    refused: tuple[Refusal, ...]


def preflight(conversions: Iterable[Conversion], *, by_contact: bool, zone: str, now: datetime) -> Preflight:
    """Separate the conversions that Google is known to reject. An unknown time zone rejects all of them."""
    items = list(conversions)
    times = Counter(item.order_id for item in items)
    fit, refused = [], []
    unsupported = why_not_in(zone)
    for item in items:
        why = unsupported or _why_not(item, by_contact=by_contact, now=now)
        if not unsupported and times[item.order_id] > 1:
            why = "The order ID is a duplicate. Google accepts only the first one."
        if why:
            refused.append(Refusal(item.order_id, why))
        else:
            fit.append(item)
    return Preflight(tuple(fit), tuple(refused))


def _why_not(conversion: Conversion, *, by_contact: bool, now: datetime) -> str:
    reasons = (
        (
            bool(conversion.also_in),
            f"It still counts in {conversion.also_in}. Sign the restatement of that month and upload its adjustments.",
        ),
        (
            by_contact and not (conversion.email or conversion.phone or _CLICK_ID.fullmatch(conversion.click_id)),
            "The lead has no email, no phone and no click ID.",
        ),
        (not by_contact and not conversion.click_id, "The lead has no click ID."),
        (
            not by_contact and bool(conversion.click_id) and not _CLICK_ID.fullmatch(conversion.click_id),
            "The click ID is not in Google's format.",
        ),
        (
            conversion.value < 0,
            "It is a credit. If its invoice was uploaded with an earlier month, adjust that one manually.",
        ),
        (conversion.value == 0, "The value is zero."),
        (conversion.at > now, "The date is in the future."),
        (conversion.at < conversion.clicked_at, "The date is before the lead arrived."),
        (conversion.at - conversion.clicked_at > LONGEST, "The date is more than 90 days after the lead."),
    )
    return next((why for holds, why in reasons if holds), "")


def conversions_csv(fit: Sequence[Conversion], *, by_contact: bool, action: str, zone: str) -> str:
    """Return the upload file for conversions that passed the preflight."""
    who = ("Email", "Phone Number") if by_contact else ()
    head = (
        *who,
        "Google Click ID",
        "Conversion Name",
        "Conversion Time",
        "Conversion Value",
        "Conversion Currency",
        "Order ID",
    )
    rows = [
        (
            *((hashed_email(conversion.email), hashed_phone(conversion.phone)) if by_contact else ()),
            conversion.click_id if _CLICK_ID.fullmatch(conversion.click_id) else "",
            action,
            _local(conversion.at, zone),
            f"{conversion.value:.2f}",
            "USD",
            conversion.order_id,
        )
        for conversion in fit
    ]
    return _csv(zone, head, rows)


def adjustments_csv(adjustments: Iterable[Adjustment], *, action: str, zone: str) -> str:
    """Return the file that retracts conversions worth zero or less and restates the value of the others."""
    head = (
        *("Order ID", "Conversion Name", "Adjustment Time", "Adjustment Type"),
        *("Adjusted Value", "Adjusted Value Currency"),
    )
    rows = []
    for adjustment in adjustments:
        if adjustment.why_not:
            continue
        left = adjustment.value > 0
        kind, value, currency = ("RESTATE", f"{adjustment.value:.2f}", "USD") if left else ("RETRACT", "", "")
        rows.append((adjustment.order_id, action, _local(adjustment.at, zone), kind, value, currency))
    return _csv(zone, head, rows)


def why_not_in(zone: str) -> str:
    """Return the reason that Google would reject times in a zone, or an empty string."""
    if zone in available_timezones():
        return ""
    return f"Google does not support the time zone {zone}. A valid one is America/Phoenix."


def why_not_adjusted(*, converted_at: datetime, now: datetime) -> str:
    """Return the reason that Google would ignore an adjustment, or an empty string."""
    return "The conversion is more than 54 days old." if now - converted_at > ADJUSTABLE else ""


def hashed_email(email: str) -> str:
    """Return the hash of an email address in Google's normal form. An empty address gives an empty string."""
    name, at, host = "".join(email.split()).lower().rpartition("@")
    if not at:
        return ""
    if host in _GMAIL:
        name = name.partition("+")[0].replace(".", "")
    return hashlib.sha256(f"{name}@{host}".encode()).hexdigest()


def hashed_phone(e164: str) -> str:
    """Return the hash of a phone number such as +16025550199. An empty number gives an empty string."""
    return hashlib.sha256(e164.encode()).hexdigest() if e164 else ""


def _local(moment: datetime, zone: str) -> str:
    return moment.astimezone(usable_zone(zone)).strftime("%Y-%m-%d %H:%M:%S")


def _csv(zone: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([f"Parameters:TimeZone={zone}"])
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
