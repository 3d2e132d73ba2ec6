"""What a visitor sends with the form of the demo tenant, and what becomes of it."""

import time
import uuid
from datetime import timedelta
from typing import Any

from django.core.signing import TimestampSigner, b62_encode
from django.test import Client
from django.utils import timezone

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import BookingRequest, Lead

FORM = "/sites/desert-peak/request-appointment"
ANSWERS = {
    "service": "AC Repair",
    "urgency": "emergency",
    "preferred_date": (timezone.now() + timedelta(days=3)).date().isoformat(),
    "preferred_window": "afternoon",
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "email": "jamie@example.com",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "message": "No cold air.",
    "consent": "on",
}


class _Clock(TimestampSigner):
    age = 60.0

    def timestamp(self) -> str:
        return b62_encode(int(time.time() - self.age))


def shown(*, ago: float = 60.0, slug: str = "desert-peak") -> str:
    """The mark of a form that a page of ours showed `ago` seconds ago."""
    signer = _Clock(salt="syncqueue.rendered")
    signer.age = ago
    return signer.sign(slug)


def filled_in(**changes: Any) -> dict[str, Any]:
    """The fields of a form that a person took a minute for, with `changes`; None leaves a field out."""
    answers = {"form_token": str(uuid.uuid4()), "rendered": shown()} | ANSWERS | changes
    return {name: value for name, value in answers.items() if value is not None}


def send(client: Client, url: str = FORM, **changes: Any) -> Any:
    return client.post(url, filled_in(**changes))


def leads(tenant: Tenant) -> list[Lead]:
    with scope.tenant(tenant.pk):
        return list(Lead.objects.order_by("id"))


def bookings(tenant: Tenant) -> list[BookingRequest]:
    with scope.tenant(tenant.pk):
        return list(BookingRequest.objects.order_by("id").select_related("lead", "binding"))
