"""Peers of what we measure: insert the rows in one commit, and nothing else. No scope, no checks, no limits.

It connects as the owner of the tables, so it needs no tenant scope either.
"""

import secrets
import uuid

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path
from django.utils import timezone

from syncqueue.leads import reference
from syncqueue.leads.models import BookingRequest, Lead
from syncqueue.models import InboxEvent, Kind, SyncItem

KINDS = (Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST, Kind.VISITOR_CONFIRMATION)


def take(request: HttpRequest, tenant_id: int) -> HttpResponse:
    typed = request.POST
    with transaction.atomic():
        lead = Lead.objects.create(
            tenant_id=tenant_id,
            reference=reference.outside_reference(secrets.token_bytes(8)),
            spoken_code=reference.spoken_code(secrets.randbelow(32**6)),
            form_key=uuid.uuid4().hex,
            consent_text="I agree.",
            consented_at=Now(),
            phone_e164="+16025550199",
            **{name: typed[name] for name in ("name", "phone", "email", "street", "city", "state", "zip", "message")},
        )
        BookingRequest.objects.create(
            tenant_id=tenant_id, lead=lead, service=typed["service"], urgency=typed["urgency"], page_path="/"
        )
        SyncItem.objects.bulk_create(
            SyncItem(tenant_id=tenant_id, kind=kind, dedupe_key=lead.reference, lead=lead, due_at=Now())
            for kind in KINDS
        )
    return HttpResponseRedirect(f"/received/{lead.public_id}")


def keep(request: HttpRequest, tenant_id: int, route_id: int) -> HttpResponse:
    """What keeping an event costs at least: one row of the inbox in one commit, nothing checked, nothing sealed."""
    InboxEvent.objects.create(
        tenant_id=tenant_id,
        route_id=route_id,
        repeat_key=secrets.token_hex(32),
        kind="heartbeat",
        kind_version="1",
        occurred_at=timezone.now(),
        signed_at=timezone.now(),
        received_at=timezone.now(),
        size=len(request.body),
        box=request.body,
    )
    return HttpResponse()


urlpatterns = [path("<int:tenant_id>", take), path("inbox/<int:tenant_id>/<int:route_id>", keep)]
