"""Views that confirm and revoke evidence and download its file."""

from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from pagetojob.gates.attachments import EvidenceRefused, attachment_content
from pagetojob.gates.models import Evidence, SubjectType
from pagetojob.gates.proof import why_not_confirm
from pagetojob.platform.access import actor_of
from pagetojob.platform.files import responses
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.roles import Ability

from ..anchors import Place
from ..services import evidence as services
from .acts import ReasonOnly, act_page


def second_person(view: Any) -> Any:
    """Allow staff editors, and operator leads even if not staff. Redirect others to sign in, or refuse them."""

    @wraps(view)
    def guarded(self: Any, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
        if not (self.has_view_permission(request) or actor_of(request).can(Ability.SECOND_PERSON)):
            raise PermissionDenied
        answer: HttpResponse = view(self, request, get_object_or_404(rows(), pk=pk))
        return answer

    return guarded


def rows() -> Any:
    return (
        services.platform_evidence()
        .select_related("recorded_by", "first_confirmed_by", "confirmed_by", "revoked_by")
        .defer("file__content")
    )


def facts(row: Any, place: Place | None) -> list[tuple[str, Any]]:
    """Return everything known about one piece of evidence, as (label, text) pairs."""
    stands = format_html('<a href="{}">{}</a>', place.url, place.page_title) if place else "not shown on any page"
    window = " to ".join(f"{day:%B} {day.day}, {day.year}" for day in (row.observed_from, row.observed_to) if day)
    rows: list[tuple[str, Any]] = [
        ("For", place.title if place else row.subject),
        ("Readers see it on", stands),
        ("What it shows", row.summary),
        ("Kind and grade", f"{row.get_kind_display()}, {row.get_grade_display()}"),
        ("Covers", window or "no specific days"),
        ("Valid until", f"{timezone.localtime(row.expires_at):%B %-d, %Y, %H:%M %Z}"),
        ("Recorded", _recorded(row)),
        *(
            [("First confirmed", _act(row.first_confirmed_by, row.first_confirmed_at))]
            if row.first_confirmed_at
            else []
        ),
        ("Confirmed", _act(row.confirmed_by, row.confirmed_at) if row.confirmed_at else "not yet"),
    ]
    if row.revoked_at:
        rows.append(
            ("Revoked", f"{_act(row.revoked_by or 'someone at the shell', row.revoked_at)}: {row.revoked_reason}")
        )
    if row.url:
        rows.append(("Link", format_html('<a href="{}" rel="noopener noreferrer">{}</a>', row.url, row.url)))
    if row.file_id:
        link = reverse("admin:gates_evidence_file", args=[row.pk])
        rows.append(("File", format_html('<a href="{}">{}</a>', link, "Download")))
    if row.sha256:
        rows.append(("SHA-256", format_html("<code>{}</code>", row.sha256)))
    return rows


def _recorded(row: Any) -> str:
    if row.recorded_at_shell:
        return _act(f"someone at the shell, in the name of {row.recorded_by},", row.received_at)
    return _act(row.recorded_by or "the loader", row.received_at)


def _act(who: Any, when: Any) -> str:
    return f"by {who} on {when:%B} {when.day}, {when.year}"


class EvidenceViews:
    """Mixin with the pages of the evidence admin other than the list and the form."""

    opts: Any
    has_view_permission: Any
    has_add_permission: Any

    @second_person
    def confirm_view(self, request: HttpRequest, row: Evidence) -> HttpResponse:
        place = services.place_of(row, services.known_places())
        against = why_not_confirm(row, actor_of(request))
        if request.method == "POST" and not against:
            try:
                services.confirm(evidence=row, actor=actor_of(request))
            except EvidenceRefused as refused:
                against = str(refused)
            else:
                role = "second person" if row.confirmed_at else "first of two people"
                messages.success(request, f"Confirmed. You are recorded as the {role}.")
                return HttpResponseRedirect(request.path)
        gate = "A gate opens only on confirmed evidence. " if row.subject_type == SubjectType.GATE else ""
        return act_page(
            request,
            self,
            None,
            title="Confirm evidence",
            lead=against or f"{gate}Review before you confirm. Your name is recorded.",
            button="" if against else "Confirm evidence",
            facts=facts(row, place),
            row=row,
            status=409 if request.method == "POST" else 200,
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(rows(), pk=pk)
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ReasonOnly(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, EvidenceRefused):
                services.revoke(evidence=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
                messages.success(request, "Revoked. Lines that relied on it alone are now “review due”.")
                return HttpResponseRedirect(reverse("admin:gates_evidence_change", args=[row.pk]))
        return act_page(
            request,
            self,
            form,
            title="Revoke evidence",
            lead="It stops counting immediately and permanently. To correct a detail, record new evidence.",
            button="Revoke evidence",
            facts=facts(row, services.place_of(row, services.known_places())),
            harmful=True,
            row=row,
        )

    @second_person
    def file_view(self, request: HttpRequest, row: Evidence) -> HttpResponse:
        """Return the stored file as a download; the browser never displays it."""
        if row.file is None:
            raise Http404("This evidence has no file.")
        return responses.download(attachment_content(row.file), name=row.file.name, content_type=row.file.content_type)
