"""Encrypt the documents that are not encrypted: those of older versions, and those of an imported tenant.

The rows mark what is left, so a run that dies continues where it was.
"""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction

from pagetojob.gates.models import EvidenceFile
from pagetojob.platform.files.models import File
from pagetojob.platform.files.services import FileRefused, encrypt_old, sealed_document
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each

KIND = "vault.encrypt_documents"
BY = "document encryption"


def start_due() -> int:
    """Start a run for each tenant with unencrypted documents; return how many are new. Periodic task, three queries.

    Starts none while ENCRYPT_DOCUMENTS is off, because processes of an earlier version may still read them.
    """
    if not settings.ENCRYPT_DOCUMENTS:
        return 0
    with scope.worker():
        files = set(File.objects.filter(is_encrypted=False).values_list("tenant", flat=True).distinct())
        rows = EvidenceFile.objects.filter(is_encrypted=False, tenant__isnull=False)
        evidence = set(rows.values_list("tenant", flat=True).distinct())
    # The keys of a contractor who has left are destroyed, and encrypting would create a new one.
    tenants = Tenant.objects.filter(pk__in=files | evidence, page_until=None).order_by("pk")
    return sum_of_each(tenants, _start, task=KIND)


def _start(tenant: Tenant) -> bool:
    reason = "Documents of this contractor were not encrypted."
    with scope.tenant(tenant.pk):
        return start_run(tenant=tenant, kind=KIND, params={}, actor=BY, reason=reason)[1]


def work(run: Run) -> Iterator[Progress]:
    """Encrypt a document per step. Handler of runs of kind KIND."""
    if run.tenant.page_until is not None:
        raise RunStopped("This contractor has left, and the data keys are destroyed.")
    done = run.done
    for encrypt in (_file, _evidence):
        try:
            while encrypt(run.tenant_id):
                done += 1
                yield Progress(done=done, total=None, cursor=None)
        except FileRefused as error:
            raise RunStopped(str(error)) from error


def _file(tenant_id: int) -> bool:
    """Encrypt the next file; return whether there was one."""
    with transaction.atomic(), scope.worker():
        file = File.objects.filter(tenant=tenant_id, is_encrypted=False).order_by("pk").first()
        if file:
            encrypt_old(file)
    return file is not None


def _evidence(tenant_id: int) -> bool:
    """Encrypt the file of the next piece of evidence; return whether there was one."""
    with transaction.atomic(), scope.worker():
        rows = EvidenceFile.objects.filter(tenant=tenant_id, is_encrypted=False).order_by("pk")
        row = rows.only("public_id", "content").select_for_update(no_key=True).first()
        if row:
            sealed = sealed_document(tenant_id, row.public_id, bytes(row.content))
            EvidenceFile.objects.filter(pk=row.pk).update(content=sealed, is_encrypted=True)
    return row is not None
