"""The link in a notice, the text provider's reports, and the operators' list of notices."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.text_reports import is_signed
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import SERVED
from pagetojob.platform.tenants.models import NoticeChannel
from pagetojob.platform.tenants.roles import Ability

from ..inbox.outcomes import ReportOutcome
from ..notices import attention, bounces, outbox, selectors
from ..notices.codes import LINK_LIFETIME, notice_of_link
from ..notices.models import RecipientNotice

_MOST_FIELDS = 60


# The address is the only credential, so a forged post cannot use a cookie.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def open_link(request: HttpRequest, code: str) -> HttpResponse:
    """Show what a notice is about, without personal data, and record who takes it.

    Opening the page records nothing, because mail scanners open links too; the button does.
    """
    notice = _notice_of(code)
    taken = False
    if notice is not None and notice.lead is not None:
        with scope.tenant(notice.tenant_id):
            if request.method == "POST":
                attention.mark_opened(notice.lead, by=notice.recipient.label or notice.recipient.get_channel_display())
            seen = attention.attention_of(notice.lead)
        taken = seen.opened_at is not None
    context = {"notice": notice, "taken": taken, "portal": _portal_address(notice), "minutes": _age(notice)}
    response = render(request, "syncqueue/notice_link.html", context, status=200 if notice else 404)
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


# A signature replaces the session, and no cookie is read, so CSRF is not possible.
@csrf_exempt
@never_cache
@require_http_methods(["POST"])
def text_report(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Receive a status of the text provider. An unsigned one about a message of ours only raises an alarm."""
    params = {name: request.POST.get(name, "") for name in list(request.POST)[:_MOST_FIELDS]}
    url = settings.PUBLIC_URL + request.path
    code = params.get("ErrorCode", "")
    try:
        if not is_signed(request.headers.get("X-Twilio-Signature", ""), url, params):
            bounces.note_refused_report(public_id, NoticeChannel.TEXT, ReportOutcome.TEXT_REFUSED)
            return HttpResponse("The signature is not valid.\n", status=403, content_type="text/plain")
        bounces.receive_text_report(
            public_id,
            sid=params.get("MessageSid", "")[:64],
            status=params.get("MessageStatus", ""),
            code=int(code) if code.isascii() and code.isdecimal() and len(code) < 8 else 0,
        )
    except DatabaseError:
        return HttpResponse(status=503)
    return HttpResponse(status=204)


@operator_page(Ability.VIEW_QUEUE)
def notice_list(request: HttpRequest) -> HttpResponse:
    """List the newest notices to recipients, failed ones first, and the addresses that do not accept messages."""
    only = request.GET.get("only", "")
    context: dict[str, Any] = {
        "rows": selectors.newest_notices(failed_only=only == "failed"),
        "only_failed": only == "failed",
        "marked": list(selectors.marked_recipients().select_related("tenant").order_by("-pk")[: selectors.MOST]),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
    }
    return render(request, "syncqueue/notices.html", context)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def notice_retry(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send a failed notice again."""
    notice = get_object_or_404(RecipientNotice, public_id=public_id)
    if outbox.retry(notice):
        record_change("notices.retry", notice, actor=actor_of(request), reason="A failed notice is sent again.")
        messages.success(request, "The notice is being sent again.")
    else:
        messages.error(request, "This notice is no longer failed.")
    return redirect("ops:notices")


def _notice_of(code: str) -> RecipientNotice | None:
    """Return the notice of a link that still works. Links end with the contract, and while their recipient is off."""
    public_id = notice_of_link(code)
    if public_id is None:
        return None
    with scope.worker():
        rows = RecipientNotice.objects.select_related("tenant", "recipient", "lead")
        rows = rows.filter(recipient__removed_at=None, recipient__active=True, tenant__state__in=SERVED)
        rows = rows.filter(created_at__gt=timezone.now() - LINK_LIFETIME)
        return rows.filter(public_id=public_id).first()


def _portal_address(notice: RecipientNotice | None) -> str:
    """Return the request's page in the portal, or the portal's first page."""
    if notice is not None and notice.lead is not None:
        return reverse("portal:request", args=[notice.lead.public_id])
    return reverse("portal:home")


def _age(notice: RecipientNotice | None) -> int:
    if notice is None or notice.lead is None:
        return 0
    return int((timezone.now() - notice.lead.received_at).total_seconds() // 60)
