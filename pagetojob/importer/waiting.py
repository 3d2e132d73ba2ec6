"""End of uploads that no one imports or discards: a machine does it after 30 days.

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
from pagetojob.retention.selectors import locked_hold

from .models import Upload, UploadState
from .targets import FileTarget, targets
from .upload_runs import WITHOUT_FILE, forget_values

#: From the upload of the file. Importing it later than that would import old facts, too.
LONGEST_WAIT = timedelta(days=30)
BY = "import limit"
TOO_LONG = f"It was not imported within {LONGEST_WAIT.days} days."
_WAITING = (UploadState.UPLOADED, UploadState.READY)


def waits_until(upload: Upload) -> datetime | None:
    """Return when a machine discards an upload that waits; None for another state."""
    return upload.file.stored_at + LONGEST_WAIT if upload.state in _WAITING else None


def discard_waiting() -> int:
    """End uploads that waited too long or lost their file; return how many. Periodic task.

    Uploads of a contractor with a legal hold stay, also if it is requested while this runs. A query for each
    contractor, and a transaction for each upload.
    """
    ended = 0
    for tenant in Tenant.objects.filter(page_until=None).order_by("pk"):
        with scope.tenant(tenant.pk):
            due = list(_due(tenant))
        for upload in due:
            with scope.tenant(tenant.pk):
                ended += _end(upload)
    return ended


def _due(tenant: Tenant) -> QuerySet[Upload]:
    """Return the uploads whose wait is over, and those whose run failed: nothing else would end them."""
    whole = [target.slug for target in targets() if isinstance(target, FileTarget)]
    waiting = Q(state__in=(*_WAITING, UploadState.READING)) | Q(state=UploadState.APPLYING, target__in=whole)
    has_bytes = Exists(FileChunk.objects.filter(file=OuterRef("file")).exclude(content=b""))
    due = Q(file__stored_at__lt=timezone.now() - LONGEST_WAIT) | ~has_bytes
    rows = Upload.objects.filter(waiting, due, tenant=tenant)
    return rows.exclude(run__state__in=OPEN).select_related("file", "tenant").order_by("pk")


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
