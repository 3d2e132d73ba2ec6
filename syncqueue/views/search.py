"""Search. By POST, so that search terms stay out of URLs, logs and histories."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pagetojob.platform import masking

from .. import access, selectors
from ..selectors.search import MOST, PERSONAL, Found
from ..services.operate import note_search
from . import rows
from .time_limit import list_view


@list_view("GET", "HEAD", "POST")
def search(request: HttpRequest) -> HttpResponse:
    """Show the search box; after a POST, the masked leads with their items, and the tenants."""
    if request.method != "POST":
        return render(request, "syncqueue/list_search.html", {"asked": False})
    question = selectors.read_question(request.POST.get("wanted", ""))
    note_search(
        actor=access.actor_of(request),
        values={str(by): value for by, value in question.by.items() if by in PERSONAL},
    )
    answer = selectors.search(question)
    context = {
        "asked": True,
        "wanted": request.POST.get("wanted", ""),
        "hint": question.hint,
        "found": [_shown(result) for result in answer.found],
        "tenants": answer.tenants,
        "more": answer.more,
        "most": MOST,
    }
    return render(request, "syncqueue/list_search.html", context)


def _shown(result: Found) -> dict[str, object]:
    lead, now = result.lead, timezone.now()
    return {
        "lead": lead,
        "name": masking.name(lead.name),
        "phone": masking.phone(lead.phone) if lead.phone else "",
        "email": masking.email(lead.email) if lead.email else "",
        "age": rows.span(now - lead.received_at),
        "rows": [rows.row(item, now) for item in result.items],
    }
