"""Downloads of closed months for operators and contractors."""

from django.http import HttpResponse

from attribution.models import Statement
from pagetojob.transparency.verify import SHORT
from pagetojob.transparency.views import bundle_download


def bundle_of(statement: Statement) -> HttpResponse:
    """Return a sealed month and its restatements with the proof that they are in the public log.

    The name of the download begins the hash of the month, so that `verify.py` notices exchanged downloads.
    """
    name = f"statement-{statement.month:%Y-%m}"
    restated = {f"restatement-{row.number}.jsonl": row.body.encode() for row in statement.restatements.all()}
    files = {f"{name}.jsonl": statement.body.encode(), **restated}
    return bundle_download(files, name=f"{name}-{statement.sha256[:SHORT]}")
