"""Compares a lead and a job field by field: same, similar, different or missing on one side. No I/O."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pagetojob.platform import masking
from syncqueue.leads.models import Lead

from .models import Job


@dataclass(frozen=True, slots=True)
class Line:
    """A field of both sides, with the result of the comparison."""

    field: str
    left: str
    right: str
    word: str


SAME, ALIKE, DIFFERS, MISSING = "same", "alike", "differs", "missing"
_MASKS = {"Name": masking.name, "Phone": masking.phone, "Email": masking.email}


def person(left: Lead, right: Job, *, shown: bool) -> list[Line]:
    """Compare the contact fields. Values are masked unless `shown`; the results use the unmasked values."""
    pairs = (
        ("Name", left.name, right.name),
        ("Phone", left.phone, right.phone),
        ("Email", left.email, right.email),
        ("Street", left.street, right.street),
        ("City", left.city, right.city),
        ("ZIP code", left.zip, right.zip),
    )
    return [
        Line(
            name,
            _masked(name, lead_value, shown=shown),
            _masked(name, job_value, shown=shown),
            _word(name, lead_value, job_value),
        )
        for name, lead_value, job_value in pairs
    ]


def open_line(field: str, left: str, right: str) -> Line:
    """Compare a field that is not personal data and is never masked."""
    return Line(field, left or "—", right or "—", _word(field, left, right))


def days_apart(left: Lead, right: Job, zone: ZoneInfo) -> str:
    """Return how many calendar days of the business are between the lead and the job; empty if the job has no day."""
    if right.opened_at is None:
        return ""
    lead_day, job_day = (moment.astimezone(zone).date() for moment in (left.received_at, right.opened_at))
    days = (job_day - lead_day).days
    if days == 0:
        return "same day"
    return f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'after' if days > 0 else 'before'} the lead"


def _masked(field: str, value: str, *, shown: bool) -> str:
    if not value:
        return "—"
    if shown:
        return value
    mask = _MASKS.get(field, masking.text)
    return " / ".join(mask(part) for part in value.split(" / "))


def _word(field: str, left: str, right: str) -> str:
    if not (left.strip() and right.strip()):
        return MISSING
    lefts, rights = ({_plain(field, part) for part in text.split(" / ")} - {""} for text in (left, right))
    if lefts & rights:
        return SAME
    words = {word for text in lefts for word in text.split()} & {word for text in rights for word in text.split()}
    return ALIKE if words and field not in ("Phone", "Email", "ZIP code") else DIFFERS


def _plain(field: str, text: str) -> str:
    if field == "Phone":
        return re.sub(r"\D", "", text)[-10:]
    if field == "ZIP code":
        return text.strip()[:5]
    return " ".join(re.findall(r"[^\W_@]+" if field != "Email" else r"\S+", text.casefold()))
