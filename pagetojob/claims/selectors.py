"""What every page that describes ServiceTitan readiness must say."""

from .models import Disclaimer


def disclaimers() -> list[str]:
    """The required disclaimers in their order. One query."""
    return list(Disclaimer.objects.values_list("text", flat=True))
