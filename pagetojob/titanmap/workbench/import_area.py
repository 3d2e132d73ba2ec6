"""The Titan Map's imports: what their shared screens show in addition."""

from collections.abc import Sequence
from typing import IO, Any

from django.db.models import QuerySet

from pagetojob.importer import uploads
from pagetojob.importer.models import ImportRow, Upload, UploadState
from pagetojob.importer.screens.area import ApiSource, Area, ShownRow, values_of
from pagetojob.importer.uploads import ImportRefused
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import api_requests, documents
from pagetojob.titanmap.importing import PREFIX, missing
from pagetojob.titanmap.models import TaxonomyItem
from pagetojob.titanmap.publishing import unpublished_items

from ..map_document import take_document
from ..map_errors import BadMap
from ..staged_changes import changes_of


def take(*, tenant: Tenant, target: str, content: IO[bytes], name: str, actor: User) -> Upload:
    """Store the file: a table waits for its columns, a whole map in JSON is staged at once. Raises ImportRefused."""
    if target != documents.SLUG:
        return uploads.take_upload(tenant=tenant, target=target, content=content, name=name, actor=actor)
    try:
        return take_document(tenant=tenant, content=content, name=name, actor=actor)
    except BadMap as refused:
        raise ImportRefused(str(refused)) from None


def show_rows(upload: Upload, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return rows with their names and their changes to the map, or their values if nothing changes. No query."""
    whole = upload.target == documents.SLUG
    return [
        {
            "row": row,
            "name": row.key if whole else str(row.values.get("name", "")),
            "changes": changes_of(row, upload.target) or values_of(upload, row),
        }
        for row in rows
    ]


def not_in_file(upload: Upload) -> QuerySet[TaxonomyItem]:
    """Return the items that the file leaves out; none for a whole map, which leaves out nothing."""
    if upload.target == documents.SLUG:
        return TaxonomyItem.objects.none()
    return missing(upload.tenant, upload)


def more(upload: Upload) -> dict[str, Any]:
    waits = upload.state == UploadState.READY and upload.notes.get("retired")
    return {
        "whole": upload.target == documents.SLUG,
        "unpublished": unpublished_items(upload.tenant).exists(),
        "retired": api_requests.retired_by(upload) if waits else (),
    }


AREA = Area(
    namespace="titanmap",
    prefix=PREFIX,
    base="titanmap/base.html",
    after="titanmap/import_after.html",
    title="Imports",
    lead="A file changes the map only after a person approves it. Public pages change only when a person publishes.",
    file_help="The customer's own export: CSV or XLSX, 25 MB at most; or a whole map in JSON, 4 MB. "
    "Do not include customers, invoices or payments.",
    effect="change the map and no public page. Items that are not in the file stay unchanged. You can undo the whole "
    "import until the next one",
    accept=".csv,.txt,.tsv,.xlsx,.json",
    take=take,
    show_rows=show_rows,
    not_in_file=not_in_file,
    more=more,
    api=ApiSource(
        what="job types, business units, campaigns, zones, membership types, and services of the pricebook",
        result="Differences from the map wait here for your approval.",
        board=api_requests.api_board,
        start=api_requests.start_import,
    ),
)
