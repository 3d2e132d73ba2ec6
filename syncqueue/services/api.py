"""The intake API: finding the owner of a key, and one answer per Idempotency-Key."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from pagetojob.platform.tenants import scope, site_keys
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import Lead

from ..models import IdempotencyKey
from .intake import AppointmentRequest, capture_request

RECEIPT = "pagetojob.lead-receipt/1"
RETAINED_FOR = timedelta(days=30)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


class KeyReused(Exception):
    """Raised when the Idempotency-Key already belongs to another body."""


@dataclass(frozen=True)
class Caller:
    """An active site key, and whether the calling website may use it."""

    site_key: SiteKey
    origin_listed: bool


@dataclass(frozen=True)
class Answer:
    """An answer. `document` contains no personal value; `replayed` means that it was given before."""

    status: int
    document: dict[str, Any]
    replayed: bool


def find_caller(*, key: str, origin: str) -> Caller | None:
    """Return the active key with its tenant; None alike for an invalid, an unknown and a retired key.

    `origin` may be any text, as headers are. At most one query.
    """
    if (digest := site_keys.digest(key)) is None:
        return None
    of_tenant = SiteOrigin.objects.filter(tenant=OuterRef("tenant"), origin=_clean(origin))
    site_key = (
        SiteKey.objects.filter(digest=digest, active=True)
        .select_related("tenant")
        .annotate(origin_listed=Exists(of_tenant))
        .first()
    )
    return Caller(site_key, site_key.origin_listed) if site_key else None


def origin_is_known(origin: str) -> bool:
    """Return whether any tenant lists this website: the only check possible before a key is sent. At most one query."""
    clean = _clean(origin)
    return bool(clean) and SiteOrigin.objects.filter(origin=clean).exists()


def origin_is_listed(*, tenant: Tenant, origin: str) -> bool:
    """Return whether this tenant lists this website. At most one query."""
    clean = _clean(origin)
    return bool(clean) and SiteOrigin.objects.filter(tenant=tenant, origin=clean).exists()


def form_token(*, site_key: SiteKey, key: str) -> UUID:
    """Return the token under which `capture_request` knows this request.

    A key that is a UUID is the token itself. So a page that gave up on the API and posts its form to us with the same
    UUID finds the lead it had already created, instead of creating a second one.
    """
    try:
        return UUID(key)
    except ValueError:
        return uuid5(NAMESPACE_URL, f"{site_key.public_id}:{key}")


def answer_once(
    *,
    site_key: SiteKey,
    key: str,
    request_hash: str,
    request: AppointmentRequest,
    binding: PageBinding | None,
    warning: str = "",
) -> Answer:
    """Store the lead and its answer in one commit, or return the answer that `key` got before.

    `warning` is a sentence of the receipt for the visitor, if there is something to do.
    Call inside the tenant's scope. Raises KeyReused if the key came with another body. Among concurrent calls with one
    key, one stores the lead; the others wait for its commit and return the same answer. Two statements in addition to
    those of `capture_request`; one when replayed.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()  # the sender chose it, so it might contain a name
    with transaction.atomic(savepoint=False):
        if earlier := _earlier(site_key, digest):
            return _replay(earlier, request_hash)
        try:
            with transaction.atomic():
                lead, new = capture_request(tenant=site_key.tenant, request=request, binding=binding)
                stored = IdempotencyKey.objects.create(
                    tenant_id=site_key.tenant_id,
                    site_key=site_key,
                    key=digest,
                    request_hash=request_hash,
                    lead=lead,
                    status=201,
                    answer=_receipt(lead, new=new, warning=warning),
                )
        except IntegrityError as error:
            if "idempotency_key_once" not in str(error):
                raise
            earlier = _earlier(site_key, digest)
            assert earlier is not None
            return _replay(earlier, request_hash)
    return Answer(stored.status, stored.answer, replayed=False)


def forget_old_answers() -> int:
    """Delete answers older than a month, at most some thousands per run; return how many. A single statement.

    The leads stay: the same body under such an old key finds its lead, and a changed body creates another lead.
    """
    with scope.worker():
        old = IdempotencyKey.objects.filter(created_at__lt=Now() - RETAINED_FOR).order_by("id").values("pk")[:5000]
        return IdempotencyKey.objects.filter(pk__in=old).delete()[0]


def _earlier(site_key: SiteKey, digest: str) -> IdempotencyKey | None:
    return IdempotencyKey.objects.filter(tenant=site_key.tenant_id, site_key=site_key, key=digest).first()


def _replay(earlier: IdempotencyKey, request_hash: str) -> Answer:
    if earlier.request_hash != request_hash:
        raise KeyReused
    return Answer(earlier.status, earlier.answer, replayed=True)


def _receipt(lead: Lead, *, new: bool, warning: str) -> dict[str, Any]:
    receipt = {
        "schema": RECEIPT,
        "id": str(lead.public_id),
        "code": lead.spoken_code,
        "reference": lead.reference,
        "received_at": lead.received_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "duplicate": not new,
    }
    return receipt | {"warning": warning} if warning else receipt


def _clean(origin: str) -> str:
    return origin if len(origin) <= 200 and _ORIGIN.fullmatch(origin) else ""
