"""Downloads of closed months for operators and contractors."""

from django.http import HttpResponse

from attribution.models import Statement
from pagetojob.transparency.views import bundle_download


def bundle_of(statement: Statement) -> HttpResponse:
    """Return a sealed month and its restatements with the proof that they are in the public log."""
    name = f"statement-{statement.month:%Y-%m}"
    signed = statement.restatements.order_by("number")
    restated = {f"restatement-{row.number}.jsonl": row.body.encode() for row in signed}
    return bundle_download({f"{name}.jsonl": statement.body.encode(), **restated}, name=name)
