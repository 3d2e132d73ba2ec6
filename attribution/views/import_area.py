"""The imports of a shop's exports: what their shared screens show in addition."""

from typing import Any

from pagetojob.importer.models import Upload
from pagetojob.importer.screens.area import ApiSource, Area

from ..models import OutcomeFile
from ..services import api_requests
from ..services.outcome_import import PREFIX


def more(upload: Upload) -> dict[str, Any]:
    """Return the export that an import became. Runs one query."""
    return {"export": OutcomeFile.objects.filter(tenant=upload.tenant_id, file=upload.file_id).first()}


AREA = Area(
    namespace="attribution",
    prefix=PREFIX,
    base="attribution/import_base.html",
    after="attribution/import_after.html",
    title="Import an export",
    lead="A file is imported completely or not at all, after a person approves it. Contact details are masked here.",
    file_help="Unchanged from the shop's system: CSV or XLSX, 5 MB at most.",
    effect="be written, and the changes are linked",
    by_row=False,
    more=more,
    api=ApiSource(
        what="later states of bookings, jobs, invoices and payments that changed since the last import",
        result="They are imported without a further approval, then linked.",
        board=api_requests.api_board,
        start=api_requests.start_import,
    ),
)
