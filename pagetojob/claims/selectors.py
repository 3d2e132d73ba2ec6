"""Queries for the disclaimers that every page about ServiceTitan readiness must show."""

from .models import Disclaimer


def disclaimers() -> list[str]:
    """Return the required disclaimers in order. Runs one query."""
    return list(Disclaimer.objects.values_list("text", flat=True))
