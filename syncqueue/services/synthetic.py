"""Synthetic requests: we send them to the form of each website, which runs all of its statements and rolls them back.

So no reader of leads, items or counters ever meets one, and none has to leave it out. A row outside of the leads proves
that the transaction was committed. A header that we signed marks such a request; a visitor's form cannot send it.
"""

import secrets

from django.core import signing
from django.db import connection, transaction
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import Lead

from ..models import SyntheticRequest
from .intake import AppointmentRequest, capture_request

HEADER = "X-PageToJob-Synthetic"
#: A mark is valid for so long, so that a leaked one cannot send forms past the counters later.
LIFETIME_SECONDS = 120
_SALT = "syncqueue.synthetic"


def new_mark(tenant: Tenant) -> tuple[str, str]:
    """Return a nonce, and the value of the header that marks a request to this tenant as synthetic."""
    nonce = secrets.token_hex(16)
    return nonce, signing.dumps([tenant.pk, nonce], salt=_SALT)


def nonce_in(header: str | None, tenant: Tenant) -> str:
    """Return the nonce of a valid mark for this tenant; empty for a visitor's request. No query."""
    if not header:
        return ""
    try:
        tenant_id, nonce = signing.loads(header, salt=_SALT, max_age=LIFETIME_SECONDS)
    except signing.BadSignature:
        return ""
    return str(nonce) if tenant_id == tenant.pk else ""


def rehearse_capture(*, tenant: Tenant, request: AppointmentRequest, binding: PageBinding | None, nonce: str) -> Lead:
    """Execute every statement of a capture, roll them back, and store the nonce. Call inside the tenant's scope."""
    with transaction.atomic():
        lead, _ = capture_request(tenant=tenant, request=request, binding=binding)
        with connection.cursor() as cursor:
            # The commit of a visitor's request would check them.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    SyntheticRequest.objects.bulk_create(
        [SyntheticRequest(tenant=tenant, nonce=nonce, stored_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["tenant"],
        update_fields=["nonce", "stored_at"],
    )
    return lead


def was_stored(tenant_id: int, nonce: str) -> bool:
    """Return whether the form stored the request with this nonce. Runs one query."""
    with scope.worker():
        return SyntheticRequest.objects.filter(tenant=tenant_id, nonce=nonce).exists()
