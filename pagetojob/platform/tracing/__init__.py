"""An id for all that happens to a request, on every host: in log lines, and in traces if those are on.

The id is derived from the request's reference. Each of its outbox items and notices carries that, so nothing else is
stored or passed from process to process.
"""

import hashlib
from datetime import datetime

from django.conf import settings


def trace_id(reference: str) -> str:
    """Return the id of a request's trace: 32 hexadecimal digits."""
    return hashlib.sha256(f"trace:{reference}".encode()).hexdigest()[:32]


def record_span(reference: str, name: str, *, began: datetime, is_first: bool = False, **attributes: str | int) -> None:
    """Export a span of a request's trace that ends now. Does nothing unless traces are on.

    The first span stores the request, and all others belong below it. Attributes never contain personal data.
    """
    if settings.TRACES_URL:
        from .export import export_span  # noqa: PLC0415 - needs the optional extra `tracing`

        export_span(trace_id(reference), name, began=began, is_first=is_first, attributes=attributes)
