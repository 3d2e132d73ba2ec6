"""The last step: a preview, and a test request from end to end. Needs the operator scope."""

import uuid

from django.db import transaction

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.legal import newest_text
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import LegalKind, Tenant, User
from pagetojob.titanmap.selectors import binding_for_page, service_names
from syncqueue.leads.models import Lead
from syncqueue.services.intake import AppointmentRequest, capture_request

from .. import lifecycle, previews
from ..errors import OnboardingRefused


@transaction.atomic
def open_preview(*, tenant: Tenant, by: User, reason: str) -> None:
    """Move a draft to preview, if it is one, and create a preview link. Raises OnboardingRefused."""
    if tenant.state == Lifecycle.DRAFT:
        tenant = lifecycle.change_state(tenant=tenant, to=Lifecycle.PREVIEW, by=by, reason=reason)
    previews.create_preview(tenant=tenant, by=by, seen=0)  # the page offers it while there is no link


@transaction.atomic
def send_test_request(*, tenant: Tenant, by: User) -> Lead:
    """Store a test request as the form does: its notice goes to the contractor, its confirmation to `by`.

    Raises OnboardingRefused outside a preview.
    """
    if Tenant.objects.get(pk=tenant.pk).state != Lifecycle.PREVIEW:
        raise OnboardingRefused("A test request can be sent only while the website is in preview.")
    with scope.tenant(tenant.pk):
        consent = newest_text(tenant.pk, LegalKind.CONSENT)
        request = AppointmentRequest(
            form_token=uuid.uuid4(),
            name="Test request",
            service=next(iter(service_names(tenant)), "Test"),
            urgency="flexible",
            page_path="/",
            consent_text=consent.text if consent else "",
            consent_version=consent.version if consent else None,
            email=by.email,
            message="This is a test of PageToJob. Please do not schedule it.",
            is_test=True,
        )
        lead, _ = capture_request(tenant=tenant, request=request, binding=binding_for_page(tenant, "/"))
    record_change("onboarding.test_request", lead, actor=by, reason="A test request was sent.")
    return lead
