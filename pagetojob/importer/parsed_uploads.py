"""Upload of a file that another parser has already read. Its rows are staged at once and wait for approval."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import IO, Any

from django.db import transaction

from pagetojob.platform import states
from pagetojob.platform.tenants.models import Tenant, User

from .models import ImportRow, RowOutcome, Upload, UploadState
from .targets import BATCH, Target, target_of
from .uploads import must_be_on, store_upload


@dataclass(frozen=True)
class ParsedRow:
    """A parsed row: its number, its place in the file, and its values for the target. `key` identifies the row."""

    number: int
    place: str
    key: str
    values: Mapping[str, Any]


def take_parsed(
    *,
    tenant: Tenant,
    target: str,
    content: IO[bytes],
    name: str,
    form: str,
    rows: Iterable[ParsedRow],
    actor: User | None,
) -> Upload:
    """Store a file with its rows and the effect of each row. Nothing is imported yet. Raises ImportRefused.

    Needs the scope of the tenant or of an operator. The caller limits the number of rows, because all work happens in
    this call. Without an actor no audit line is written, so the caller must roll the upload back. One INSERT per MiB
    and per 1,000 rows, the target's queries for them, and five more.
    """
    must_be_on(target_of(target), tenant)
    with transaction.atomic():
        upload = store_upload(
            tenant=tenant, target=target, content=content, name=name, actor=actor, form=form, heading_row=0,
        )  # fmt: skip
        for batch in batched(rows, BATCH, strict=False):
            _stage(upload, batch)
        states.move(upload, UploadState.READING)
        states.move(upload, UploadState.READY)
    return upload


def take_staged(
    *,
    tenant: Tenant,
    target: str,
    content: IO[bytes],
    name: str,
    form: str,
    rows: Sequence[ImportRow],
    notes: Mapping[str, Any],
    by: str,
) -> Upload:
    """Store rows whose effect is known, with the text that they come from. They wait for approval.

    For a machine, named by `by`. Needs the scope of the tenant. One INSERT per MiB and per 1,000 rows, and five more
    queries. Raises ImportRefused.
    """
    with transaction.atomic():
        upload = store_upload(
            tenant=tenant, target=target, content=content, name=name, actor=by, form=form,
            heading_row=0, notes=dict(notes),
        )  # fmt: skip
        for row in rows:
            row.upload = upload
        ImportRow.objects.bulk_create(rows, batch_size=BATCH)
        states.move(upload, UploadState.READING)
        states.move(upload, UploadState.READY)
    return upload


def _stage(upload: Upload, batch: Iterable[ParsedRow]) -> None:
    rows = [
        ImportRow(
            tenant_id=upload.tenant_id, upload=upload, number=row.number, key=row.key, values=dict(row.values),
            outcome=RowOutcome.NEW, column=row.place[:120],
        )
        for row in batch
    ]  # fmt: skip
    target = target_of(upload.target)
    assert isinstance(target, Target)
    target.compare(upload.tenant, upload, rows)
    ImportRow.objects.bulk_create(rows)
