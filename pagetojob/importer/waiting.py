"""End of uploads that no one imports or discards, after 30 days, and of those whose run stopped, within the hour.

Each of them can contain personal data. A list of the Titan Map refuses such rows, but its file still has them.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.files.models import FileChunk
from pagetojob.platform.files.services import delete_content
from pagetojob.platform.runs.models import OPEN
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each
from pagetojob.retention.selectors import locked_hold

from .models import ImportRow, Upload, UploadState
from .selectors import is_reading_stopped, rows_to_apply, why_stopped
from .targets import FileTarget, targets
from .upload_runs import WITHOUT_FILE, forget_values

#: From the upload of the file. Importing it later than that would import old facts, too.
LONGEST_WAIT = timedelta(days=30)
BY = "import limit"
TOO_LONG = f"It was not imported within {LONGEST_WAIT.days} days."
_WAITING = (UploadState.UPLOADED, UploadState.READY)


def waits_until(upload: Upload) -> datetime | None:
    """Return when a machine discards an upload that waits; None for another state."""
    waits = upload.state in _WAITING or is_reading_stopped(upload)
    return upload.file.stored_at + LONGEST_WAIT if waits else None


def discard_waiting() -> int:
    """End uploads that waited too long, lost their file or whose run stopped; return how many. Periodic task.

    Files of a contractor with a legal hold stay, also if it is requested while this runs. Two queries for each
    contractor, and a transaction for each upload.
    """
    tenants = Tenant.objects.filter(page_until=None).order_by("pk")
    return sum_of_each(tenants, _discard_waiting_of, task="waiting uploads")


def _discard_waiting_of(tenant: Tenant) -> int:
    ended = 0
    for select, end in ((_due, _end), (_stopped, _release)):
        with scope.tenant(tenant.pk):
            uploads = list(select(tenant))
        for upload in uploads:
            with scope.tenant(tenant.pk):
                ended += end(upload)
    return ended


def _due(tenant: Tenant) -> QuerySet[Upload]:
    """Return the uploads whose wait is over, and those whose run failed: nothing else would end them."""
    whole = [target.slug for target in targets() if isinstance(target, FileTarget)]
    waiting = Q(state__in=(*_WAITING, UploadState.READING)) | Q(state=UploadState.APPLYING, target__in=whole)
    has_bytes = Exists(FileChunk.objects.filter(file=OuterRef("file")).exclude(content=b""))
    due = Q(file__stored_at__lt=timezone.now() - LONGEST_WAIT) | ~has_bytes
    return _without_run(tenant).filter(waiting, due)


def _stopped(tenant: Tenant) -> QuerySet[Upload]:
    """Return the uploads whose run stopped while it applied or undid rows, except those that `_due` ended."""
    return _without_run(tenant).filter(state__in=(UploadState.APPLYING, UploadState.UNDOING))


def _without_run(tenant: Tenant) -> QuerySet[Upload]:
    rows = Upload.objects.filter(tenant=tenant).exclude(run__state__in=OPEN)
    return rows.select_related("file", "tenant", "run").order_by("pk")


def _release(upload: Upload) -> bool:
    """Let a person continue or undo an import whose run stopped; return whether it is ended now. Nothing is lost.

    If no row was applied, it is ready for approval as before.
    """
    rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload)
    applied, left = rows.filter(applied=True).count(), rows_to_apply(upload).count()
    run = upload.run
    assert run is not None, "a run applies or undoes it"
    why = f"The import stopped before its end: {why_stopped(upload)}."
    facts: dict[str, object] = {}
    if upload.state == UploadState.UNDOING:
        state, counts = UploadState.APPLIED, f"{_rows(applied)} still applied. Undo the import again."
    elif applied:
        # As of the stop, so that a later import is the last one.
        state, facts = UploadState.APPLIED, {"applied_at": run.state_since}
        counts = f"{_rows(applied)} applied, and {_rows(left)} not. Apply the others, or undo the import."
    else:
        state, counts = UploadState.READY, "Nothing was imported. Approve it again."
    try:
        states.move(upload, state, problem=f"{why} {counts}", **facts)
    except states.LostRace:
        return False
    record_change("importer.release", upload, actor=BY, reason=why)
    return True


def _rows(count: int) -> str:
    return f"{count:,} row{' is' if count == 1 else 's are'}"


def _end(upload: Upload) -> bool:
    """Discard an upload, or refuse one that was being applied; return whether it is ended now.

    A file of the second kind is imported completely or not at all: nothing of it was.
    """
    if locked_hold(upload.tenant):
        return False
    is_old = upload.file.stored_at < timezone.now() - LONGEST_WAIT
    reason = TOO_LONG if is_old else WITHOUT_FILE
    ended = UploadState.REFUSED if upload.state == UploadState.APPLYING else UploadState.DISCARDED
    try:
        states.move(upload, ended, problem=reason)
    except states.LostRace:  # a person was faster
        return False
    forget_values(upload)
    delete_content(upload.file)
    record_change("importer.discard", upload, actor=BY, reason=reason)
    return True
