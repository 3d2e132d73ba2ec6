"""Nightly verification of all sealed data. Finds tampering that bypassed the database's triggers."""

import logging
import time
from collections.abc import Iterator, Sequence

from attribution.models import Statement
from attribution.packets.selectors import unproven_files
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.one_by_one import sum_of_each

from .selectors import broken_links

#: Below the time limit of a heavy task.
VERIFY_SECONDS = 150.0
log = logging.getLogger(__name__)


def verify_statements() -> int:
    """Hash all statements, restatements and packet files again; return how many are not as they were sealed.

    A file whose key cannot be used counts as well, because it was not verified. Three queries per tenant, plus those
    that read the bytes of its packets. In random order, so that a run that reaches its time limit does not skip the
    same ones each night.
    """
    deadline = time.monotonic() + VERIFY_SECONDS
    with scope.worker():
        rows = Tenant.objects.filter(pk__in=Statement.objects.order_by().values("tenant").distinct())
        tenants = list(rows.order_by("?"))
    return sum_of_each(_until(deadline, tenants), lambda tenant: _verify(tenant, deadline), task="sealed data")


def _until(deadline: float, tenants: Sequence[Tenant]) -> Iterator[Tenant]:
    for done, tenant in enumerate(tenants, 1):
        yield tenant
        if time.monotonic() >= deadline:
            fields = {"tenants_left": len(tenants) - done}
            log.warning("verification of sealed data reached its time limit", extra=fields)
            return


def _verify(tenant: Tenant, deadline: float) -> int:
    """Verify the sealed data of a tenant up to the deadline, with an ERROR line for each that is wrong."""
    wrong = 0
    with scope.worker():
        for row in broken_links(tenant):
            wrong += 1
            kind = row._meta.model_name
            log.error("sealed data altered", extra={"kind": kind, "public_id": str(row.public_id)})
    with scope.tenant(tenant.pk):
        for file, is_decrypted in unproven_files(tenant, deadline):
            wrong += 1
            fields = {"kind": f"packet {file.part}", "public_id": str(file.packet.public_id)}
            if is_decrypted:
                log.error("sealed data altered", extra=fields)
            else:
                log.error("sealed data cannot be decrypted", extra=fields)
    return wrong
