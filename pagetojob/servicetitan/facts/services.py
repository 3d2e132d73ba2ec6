"""Record that a person read the source of a fact."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User

from .models import FactReading, Verdict
from .registry import Fact


class ReadingRefused(ValueError):
    """The reading cannot be recorded. The message gives the reason."""


def record_reading(
    *, fact: Fact, verdict: Verdict, read_on: date, source: str, actor: User, reason: str
) -> FactReading:
    """Store a reading and audit it. In the operator scope. Raises ReadingRefused for a day in the future or too old."""
    today = timezone.now().date()
    if read_on > today:
        raise ReadingRefused("Enter the day on which you read it, not a later one.")
    if (today - read_on).days > fact.days:
        raise ReadingRefused(f"A reading counts for {fact.days} days. Read the source again.")
    with transaction.atomic():
        row = FactReading.objects.create(
            fact=fact.slug, verdict=verdict, read_on=read_on, source=source, note=reason, by=actor
        )
        record(
            action="external_facts.read",
            subject=f"fact:{fact.slug}",
            reason=reason,
            actor=actor,
            changes={"verdict": (None, verdict.value), "read_on": (None, read_on.isoformat())},
        )
    return row
