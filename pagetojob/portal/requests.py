"""Requests of a contractor: the list, one request with its actions, search, CSV, and the monthly response report.

Times are shown in the tenant's time zone, with its abbreviation.
"""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import phones
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.views.later import answers_too_many
from pagetojob.platform.audit.services import record
from pagetojob.platform.files import responses
from pagetojob.platform.files.services import content_of
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.paging import page_number, uncounted_links
from pagetojob.platform.repeats import seen_in
from pagetojob.platform.search_terms import address_of, term_in
from pagetojob.platform.spreadsheet import BYTE_ORDER_MARK, csv_bytes
from pagetojob.platform.tenants.lifecycle import PUBLIC, Lifecycle
from pagetojob.platform.tenants.models import Membership, NoticeRecipient, Tenant
from pagetojob.titanmap.models import Urgency
from syncqueue import unparsed_answers
from syncqueue.business_charts import business_charts
from syncqueue.errors import QueueError
from syncqueue.header_text import without_invisible
from syncqueue.leads.models import AnswerKind, Lead, LeadAnswer, LeadPhoto, Suspicion
from syncqueue.notices.attention import attention_of, mark_opened
from syncqueue.notices.enqueue import reachable
from syncqueue.notices.selectors import notices_of
from syncqueue.response import duration
from syncqueue.selectors import requests as selectors
from syncqueue.selectors.requests import AGES, FRESH, LISTS, Line, RequestFilters
from syncqueue.selectors.weeks import weeks
from syncqueue.services import answers
from syncqueue.state_texts import how_long

from .views import frame

#: Rows of a CSV file.
MOST_ROWS = 10_000
#: The page lists so many late requests of a month. All of them are counted.
MOST_LATE = 200
_BUTTONS = {
    AnswerKind.CONTACTED: "Mark as contacted",
    AnswerKind.BOOKED: "Mark as booked",
    AnswerKind.NOT_A_FIT: "Mark as not a fit",
    AnswerKind.SPAM: "Mark as spam",
    AnswerKind.NOT_SPAM: "Not spam",
    AnswerKind.DUPLICATE: "Mark as duplicate",
}


@member_page()
def requests(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show a list of requests, the new ones first, in the order of their deadlines. Eight queries with the frame."""
    tenant, filters, number = membership.tenant, RequestFilters.read(request.GET), page_number(request)
    timer, now = selectors.timer_of(tenant), timezone.now()
    lines, more = selectors.requests_page(tenant, filters, timer, number=number, now=now)
    counts = selectors.list_counts(tenant)
    query = filters.as_query()
    return _show(
        request,
        membership,
        "portal/requests.html",
        rows=_rows(lines),
        filters=filters,
        tabs=[(urlencode(query | {"show": key}), label, counts.get(key), key == filters.show) for key, label in LISTS],
        urgencies=Urgency.choices,
        ages=AGES,
        query=urlencode(query),
        timer=timer,
        target=duration(timer.target_seconds),
        fresh_days=FRESH.days,
        nothing=_nothing_yet(tenant) if not (lines or query or counts["spam"] or number > 1) else None,
        **uncounted_links(number, more=more, query=urlencode(query)),
    )


def _nothing_yet(tenant: Tenant) -> dict[str, str]:
    """Return what a contractor without any request reads, and the next step if no one would be notified.

    Runs two queries at most.
    """
    text = "Requests from your website appear here immediately."
    if tenant.state == Lifecycle.CLOSED:
        return {"text": "Your website is closed, so no request arrives."}
    if tenant.state not in PUBLIC:
        text = "Your website is not public yet. Once it is, its requests appear here immediately."
    if reachable(tenant.pk).exists():
        return {"text": text}
    text += " No one is notified of new requests yet."
    is_unconfirmed = NoticeRecipient.objects.filter(tenant=tenant, active=True, confirmed_at__isnull=True).exists()
    action = "Confirm your recipients by their test messages" if is_unconfirmed else "Add a recipient"
    return {"text": text, "url": reverse("portal:notices"), "action": action}


@member_page(methods=("GET", "HEAD", "POST"))
def search(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the requests that match. Names and numbers stay out of logs: the address has the term encrypted."""
    if request.method == "POST":
        text = request.POST.get("wanted", "").strip()[:200]
        return redirect(address_of(reverse("portal:search"), text, reader=membership))
    tenant, wanted, now = membership.tenant, term_in(request, reader=membership), timezone.now()
    lines = selectors.search_requests(tenant, wanted, selectors.timer_of(tenant), now=now) if wanted else []
    shown = {"rows": _rows(lines), "wanted": wanted, "is_full": len(lines) == selectors.MOST_MATCHES}
    return _show(request, membership, "portal/requests_found.html", **shown)


@member_page()
def request_detail(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Show a request with its contact, actions, notes and history, and record who opened it first."""
    lead = _lead(membership, public_id)
    if request.method == "GET":
        mark_opened(lead, by=str(membership.user))
    timer, now = selectors.timer_of(membership.tenant), timezone.now()
    line = selectors.request_line(lead, timer, now=now)
    booking = line.booking
    return _show(
        request,
        membership,
        "portal/request.html",
        line=line,
        lead=lead,
        booking=booking,
        as_typed=unparsed_answers.lines(booking.as_typed) if booking else [],
        phone=_tel(lead),
        email=without_invisible(lead.email),
        age=how_long(now - lead.received_at),
        actions=[(kind.value, _BUTTONS[kind]) for kind in _possible(line)],
        doubts=[Suspicion(mark).label for mark in lead.suspected],
        history=selectors.history_of(lead),
        of_contact=[(other, _state(other)) for other in selectors.others_of_contact(membership.tenant, lead)],
        notes=selectors.notes_of(lead),
        notices=notices_of(lead),
        opened=attention_of(lead),
        photos=list(LeadPhoto.objects.filter(tenant=membership.tenant, lead=lead).values_list("position", flat=True)),
        target=duration(timer.target_seconds),
        timer=timer,
    )


@member_page(methods=("POST",))
def answer(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Record what the office did. The page offers to undo it."""
    lead, kind = _lead(membership, public_id), request.POST.get("kind", "")
    with errors_shown(request, QueueError):
        if kind not in AnswerKind.values:
            raise QueueError("Choose one of the buttons.")
        row = answers.answer(lead=lead, kind=kind, by=actor_of(request))
        messages.success(request, _done(kind) if row else "This was recorded already.")
    return redirect("portal:request", public_id)


@member_page(methods=("POST",))
def undo(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Undo the newest answer of a request."""
    rows = LeadAnswer.objects.filter(tenant=membership.tenant, public_id=public_id).select_related("lead")
    row = get_object_or_404(rows)
    with errors_shown(request, QueueError):
        answers.undo(row=row, by=actor_of(request))
        messages.success(request, f"“{AnswerKind(row.kind).label}” was undone.")
    return redirect("portal:request", row.lead.public_id)


@member_page(methods=("POST",))
def note(request: HttpRequest, membership: Membership, public_id: UUID) -> HttpResponse:
    """Store a note for everyone in the office."""
    with errors_shown(request, QueueError):
        text = request.POST.get("text", "").replace("\x00", "")[:2000]
        seen = seen_in(request.POST.get("seen", ""))
        saved = answers.add_note(lead=_lead(membership, public_id), text=text, by=actor_of(request), seen=seen)
        messages.success(request, "The note was saved." if saved else "This note was saved already.")
    return redirect("portal:request", public_id)


@member_page()
def photo(request: HttpRequest, membership: Membership, public_id: UUID, position: int) -> HttpResponse:
    """Return a photo of a request. Only its pixels were stored."""
    lead = _lead(membership, public_id)
    rows = LeadPhoto.objects.filter(tenant=membership.tenant, lead=lead, position=position).select_related("file")
    file = get_object_or_404(rows).file
    return responses.picture(content_of(file), content_type=file.content_type, name=file.name)


@answers_too_many
@member_page(methods=("POST",))
@confirmed_first
def export(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Return the requests of a list as CSV, at most 10,000. The download is recorded in the audit log."""
    tenant, filters, now = membership.tenant, RequestFilters.read(request.POST), timezone.now()
    throttle.take(throttle.download_buckets(membership.user_id))
    timer = selectors.timer_of(tenant)
    lines = selectors.every_line(tenant, filters, timer, now=now, most=MOST_ROWS)
    rows = [_cells(line) for line in lines]
    record(
        action="leads.export",
        subject="requests",
        reason="Downloaded the requests as CSV.",
        tenant=tenant,
        actor=actor_of(request),
        changes={"rows": (None, len(rows)), "filters": (None, urlencode(filters.as_query()) or "none")},
    )
    content = BYTE_ORDER_MARK.encode() + csv_bytes([_HEADINGS, *rows])
    headers = responses.saved_as(f"requests-{tenant.slug}-{now:%Y-%m-%d}.csv")
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@member_page()
def report(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show how fast the requests of a month were answered, and the last weeks. Ten queries with the frame."""
    tenant, now = membership.tenant, timezone.now()
    first = _month(request.GET.get("month", ""), timezone.localdate())
    is_present = first == timezone.localdate().replace(day=1)
    has_earlier = first > selectors.first_months([tenant])[tenant.pk]
    timer = selectors.timer_of(tenant)
    month = selectors.month_report(tenant, first, timer, now=now)
    median = month.median_seconds
    return _show(
        request,
        membership,
        "portal/response_report.html",
        month=month,
        before=(first - timedelta(days=1)).replace(day=1) if has_earlier else None,
        after=None if is_present else (first + timedelta(days=32)).replace(day=1),
        median="none yet" if median is None else duration(median),
        target=duration(timer.target_seconds),
        rows=_rows(month.late[:MOST_LATE]),
        unlisted=max(0, len(month.late) - MOST_LATE),
        timer=timer,
        charts=business_charts(weeks(tenant, timer, now=now), counts_all_hours=timer.counts_all_hours),
    )


def _month(typed: str, today: date) -> date:
    """Return the first day of the month `2026-11`; of the present month for other text and for the future."""
    match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", typed, re.ASCII)
    first = date(int(match[1]), int(match[2]), 1) if match else today.replace(day=1)
    return min(first, today.replace(day=1))


def _show(request: HttpRequest, membership: Membership, template: str, **context: Any) -> HttpResponse:
    return render(request, template, frame(request, membership, **context))


def _rows(lines: list[Line]) -> list[dict[str, Any]]:
    return [{"line": line, "phone": _tel(line.lead)} for line in lines]


def _tel(lead: Lead) -> str:
    """Return the number for a tel: link; empty without one."""
    return phones.to_dial(lead.phone)


def _lead(membership: Membership, public_id: UUID) -> Lead:
    """Return a request of the tenant. A request whose contents were removed is a 404."""
    return get_object_or_404(Lead, tenant=membership.tenant, public_id=public_id, erased_at=None)


def _state(lead: Lead) -> str:
    """Return the state of a request with `status`, the kind of its newest answer."""
    kind: str | None = lead.status  # type: ignore[attr-defined]  # annotated
    if kind and kind != AnswerKind.NOT_SPAM:
        return AnswerKind(kind).label
    return "Suspected spam" if lead.suspected else lead.get_excluded_as_display() if lead.excluded_as else "New"


def _possible(line: Line) -> list[AnswerKind]:
    """Return the answers that a person can record now, the likeliest first."""
    present = line.status.kind if line.status else ""
    if line.lead.suspected:
        return [kind for kind in (AnswerKind.NOT_SPAM, AnswerKind.SPAM) if kind != present]
    if present == AnswerKind.SPAM:
        return [AnswerKind.NOT_SPAM]
    if present == AnswerKind.DUPLICATE:  # the page offers to undo it
        return []
    excluded = [AnswerKind.DUPLICATE] if line.lead.excluded_as else []
    return [kind for kind in AnswerKind if kind not in (present, AnswerKind.NOT_SPAM, *excluded)]


def _done(kind: str) -> str:
    if kind == AnswerKind.NOT_SPAM:
        return "Moved to your requests. The office is notified if it was not before."
    if kind == AnswerKind.DUPLICATE:
        return (
            "Marked as duplicate. It is no longer new or counted. If its booking has not been sent yet, it will not be"
            " sent. You can undo this."
        )
    return f"Marked as {AnswerKind(kind).label.lower()}."


_HEADINGS = (
    "code", "reference", "received", "status", "answered", "response minutes (office hours)", "late", "name", "phone",
    "email", "street", "city", "state", "ZIP code", "service", "urgency", "preferred day", "preferred time", "message",
    "consent given", "consent version",
)  # fmt: skip


def _cells(line: Line) -> tuple[object, ...]:
    lead, booking, timed = line.lead, line.booking, line.response
    return (
        lead.spoken_code, lead.reference, _local_time(lead.received_at),
        AnswerKind(line.status.kind).label if line.status else "New",
        _local_time(line.answered.created_at if line.answered else None),
        timed.seconds // 60 if timed and timed.is_answered else "",
        ("yes" if timed.is_late else "no") if timed else "",
        lead.name, lead.phone, lead.email, lead.street, lead.city, lead.state, lead.zip,
        booking.service if booking else "", booking.urgency_label if booking else "",
        booking.preferred_date if booking else "", booking.get_preferred_window_display() if booking else "",
        lead.message, _local_time(lead.consented_at), lead.consent_version or "",
    )  # fmt: skip


def _local_time(moment: Any) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}" if moment else ""
