"""Calls the intake API as another website or a server does. Each answer must be as the API describes itself."""

import json
import uuid
from typing import Any

from django.test import Client

from pagetojob.platform.tenants import scope, site_keys
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant
from syncqueue.leads.models import BookingRequest
from tests.support.openapi import check

LEADS = "/api/v1/leads"
ORIGIN = "https://www.desert-peak.example"
CONSENT = {"given": True, "text": "Desert Peak may call me."}
BODY: dict[str, Any] = {
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "service": "AC Repair",
    "urgency": "emergency",
    "preferred_window": "afternoon",
    "message": "No cold air.",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "page": "/ac-repair-phoenix",
    "consent": CONSENT,
}


def make_key(tenant: Tenant, *, origin: str | None = ORIGIN, active: bool = True) -> str:
    key = site_keys.draw()
    SiteKey.objects.create(
        tenant=tenant, label="website", prefix=site_keys.prefix(key), digest=site_keys.digest(key) or "", active=active
    )
    if origin:
        SiteOrigin.objects.get_or_create(tenant=tenant, origin=origin)
    return key


def send(
    site_key: str | None,
    body: Any = None,
    *,
    once: str | None = "fresh",
    origin: str | None = None,
    content_type: str = "application/json",
    **headers: str,
) -> Any:
    """Post a lead. `body` is a JSON value, or bytes as they are; None is Jamie's. The answer must be described."""
    given = {"X-Site-Key": site_key, "Idempotency-Key": str(uuid.uuid4()) if once == "fresh" else once}
    given |= {"Origin": origin} | headers
    data = body if isinstance(body, bytes) else json.dumps(BODY if body is None else body).encode()
    answer = Client(enforce_csrf_checks=True).generic(
        "POST", LEADS, data, content_type, headers={name: value for name, value in given.items() if value is not None}
    )
    answer.document = check(answer, "post", LEADS)  # type: ignore[attr-defined]
    assert "Origin" in answer["Vary"] and "no-store" in answer["Cache-Control"]
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return answer


def booking(tenant: Tenant) -> BookingRequest:
    with scope.tenant(tenant.pk):
        return BookingRequest.objects.select_related("binding").get()


def pointers(answer: Any) -> set[str]:
    return {error["pointer"] for error in answer.document.get("errors", [])}


def kind(answer: Any) -> str:
    return str(answer.document["type"]).removeprefix("urn:pagetojob:problem:")


def preflight(origin: str | None) -> Any:
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-site-key"}
    answer = Client().options(LEADS, headers=asks | ({"Origin": origin} if origin else {}))
    check(answer, "options", LEADS)
    assert "Origin" in answer["Vary"]
    return answer
