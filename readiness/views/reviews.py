"""Page of an invited reviewer: lines to accept or to contest, and documents to request. The link is the permission."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from pagetojob.platform.files.responses import saved_as

from ..models import DocumentRequest, ReviewDocument, ReviewInvitation
from ..services.current import current
from ..services.documents import download, request_document, terms_digest
from ..services.reviewers import LONGEST_REASON, ReviewRefused, lines, mark_of, respond, valid_invitation
from .pages import with_missing_pages

ENDED = "This link has expired, was revoked, or never existed. Ask the person who sent it for a new one."


@require_safe
@with_missing_pages
def review(request: HttpRequest, token: str) -> HttpResponse:
    """Show the lines by page, each with the reviewer's answer or a form. Five queries."""
    return _page(request, token, _invitation(token))


@csrf_exempt  # a reviewer has no session; the token in the address is the permission
@require_POST
@with_missing_pages
def respond_to_line(request: HttpRequest, token: str, anchor: str) -> HttpResponse:
    """Store the answer to one line, and lead back to it."""
    invitation = _invitation(token)
    verdict, reason = request.POST.get("verdict", ""), request.POST.get("reason", "")
    try:
        seen = request.POST.get("seen", "")
        respond(invitation, anchor=anchor, seen=seen, verdict=verdict, reason=reason.replace("\x00", ""))
    except ReviewRefused as refused:
        problem = {"anchor": anchor, "sentence": str(refused), "reason": reason}
        return _page(request, token, invitation, problem=problem, status=422)
    return HttpResponseRedirect(f"{reverse('readiness:review', args=[token])}#{anchor}")


@csrf_exempt  # as above
@require_POST
@with_missing_pages
def request_for_document(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """Store a request with the accepted terms, and lead back to the documents."""
    invitation = _invitation(token)
    document = get_object_or_404(ReviewDocument.objects.defer("content"), pk=pk, withdrawn_at=None)
    try:
        request_document(invitation, document, terms_sha256=request.POST.get("terms", ""))
    except ReviewRefused as refused:
        problem = {"anchor": f"document-{pk}", "sentence": str(refused), "reason": ""}
        return _page(request, token, invitation, problem=problem, status=422)
    return HttpResponseRedirect(f"{reverse('readiness:review', args=[token])}#document-{pk}")


@require_safe
@with_missing_pages
def document_copy(request: HttpRequest, token: str, pk: int) -> HttpResponse:
    """Return a marked copy of a document whose request is approved."""
    invitation = _invitation(token)
    row = get_object_or_404(DocumentRequest.objects.select_related("document"), invitation=invitation, document_id=pk)
    if request.method == "HEAD":
        return HttpResponse(content_type="application/pdf", headers={"Cache-Control": "no-store"})
    row.invitation = invitation
    try:
        content = download(row)
    except ReviewRefused as refused:
        problem = {"anchor": f"document-{pk}", "sentence": str(refused), "reason": ""}
        return _page(request, token, invitation, problem=problem, status=403)
    headers = saved_as(f"pagetojob-document-{pk}.pdf") | {"Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _documents(invitation: ReviewInvitation) -> list[dict[str, object]]:
    """Return the documents with the reviewer's request for each. Two queries."""
    requests = {row.document_id: row for row in invitation.requests.all()}
    return [
        {"document": document, "request": requests.get(document.pk), "terms_sha256": terms_digest(document)}
        for document in ReviewDocument.objects.defer("content").filter(withdrawn_at=None)
    ]


def _invitation(token: str) -> ReviewInvitation:
    invitation = valid_invitation(token)
    if invitation is None:
        raise Http404(ENDED)
    return invitation


def _page(
    request: HttpRequest,
    token: str,
    invitation: ReviewInvitation,
    *,
    problem: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    pack = current()
    answers = {response.anchor: response for response in invitation.responses.all()}
    shown = lines(pack)
    groups: dict[str, list[dict[str, object]]] = {}
    for anchor, (slug, row) in shown.items():
        refused = problem if problem and problem["anchor"] == anchor else None
        line: dict[str, object] = {"row": row, "seen": mark_of(row), "answer": answers.get(anchor), "problem": refused}
        groups.setdefault(slug, []).append(line)
    context = {
        "pack": pack,
        "token": token,
        "invitation": invitation,
        "documents": _documents(invitation),
        "now": timezone.now(),
        "groups": [(pack.pages[slug], group) for slug, group in groups.items()],
        "answered": len(answers),
        "next": next((anchor for anchor in shown if anchor not in answers), ""),
        "total": len(shown),
        "problem": problem,
        "longest": LONGEST_REASON,
    }
    response = render(request, "readiness/review.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [
    path("review/<str:token>/", review, name="review"),
    path("review/<str:token>/documents/<int:pk>/request", request_for_document, name="review-request-document"),
    path("review/<str:token>/documents/<int:pk>.pdf", document_copy, name="review-document"),
    path("review/<str:token>/<str:anchor>", respond_to_line, name="review-respond"),
]
