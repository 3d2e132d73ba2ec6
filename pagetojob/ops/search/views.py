"""`/ops/search`: the page, and the list of the command palette.

Both take the text by POST, so that it is in no log; the address of the page has it encrypted. Each search is audited
by keyed fingerprints.
"""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import masking
from pagetojob.platform.access import actor_of
from pagetojob.platform.search_terms import address_of, term_in
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.time_limit import timed_page
from syncqueue.selectors import Found, Question, read_question
from syncqueue.selectors import search as search_leads
from syncqueue.selectors.search import MOST, clean
from syncqueue.services.operate import note_search
from syncqueue.state_texts import how_long

from .sources import Asked, groups

#: A single statement of a search takes no longer; a frequent part of a name is the slowest.
LONGEST_MILLISECONDS = 1000
#: Hits per kind in the palette and on the page.
PALETTE_HITS, PAGE_HITS = 5, 20
#: A search for one character would match nearly everything; codes and phones are longer.
SHORTEST = 2

_search_view = partial(timed_page, ability=Ability.VIEW_CONTRACTORS, milliseconds=LONGEST_MILLISECONDS)


@_search_view("GET", "HEAD", "POST", too_long="ops/search/page.html")
def search(request: HttpRequest) -> HttpResponse:
    """Show the search box; with a term, the masked leads with their items, and the hits of every other kind."""
    actor = actor_of(request)
    may_see_requests = actor.can(Ability.VIEW_QUEUE)
    if request.method == "POST":
        text = clean(request.POST.get("wanted", ""))
        return redirect(address_of(reverse("core:ops-search"), text, reader=actor))
    wanted = term_in(request, reader=actor)
    if not wanted:
        return render(request, "ops/search/page.html", {"asked": False, "may_see_requests": may_see_requests})
    asked = _asked(wanted, actor, PAGE_HITS)
    answer = search_leads(asked.question) if may_see_requests else None
    context = {
        "asked": True,
        "may_see_requests": may_see_requests,
        "wanted": wanted,
        "hint": asked.question.hint if may_see_requests else "",
        "found": [_shown(result) for result in answer.found] if answer else [],
        "more": answer.more if answer else False,
        "most": MOST,
        "groups": groups(asked, without=frozenset({"requests"})) if len(asked.text) >= SHORTEST else [],
    }
    return render(request, "ops/search/page.html", context)


@_search_view("POST", too_long="ops/search/palette_list.html")
def palette(request: HttpRequest) -> HttpResponse:
    """Return the list of the palette. Without a text, the pages to go to, which is no search."""
    asked = _asked(clean(request.POST.get("wanted", "")), actor_of(request), PALETTE_HITS)
    if len(asked.text) >= SHORTEST:
        matches = groups(asked)
    else:
        matches = groups(Asked("", Question({}), asked.actor, most=100), without=_SEARCHED)
    context = {
        "groups": matches,
        "count": sum(len(group.hits) for group in matches),
        "more": any(group.more for group in matches) and bool(asked.text),
        "hint": asked.question.hint if asked.text and asked.actor.can(Ability.VIEW_QUEUE) else "",
    }
    return render(request, "ops/search/palette_list.html", context)


_SEARCHED = frozenset({"requests", "contractors", "findings", "pages", "packets", "runbooks", "guides", "pack"})


def _asked(text: str, actor: User, most: int) -> Asked:
    """Return what is searched for, and record it."""
    question = read_question(text)
    if len(text) >= SHORTEST:
        note_search(actor=actor, values={str(by): value for by, value in question.by.items()})
    return Asked(text, question if len(text) >= SHORTEST else Question({}, question.hint), actor, most)


def _shown(result: Found) -> dict[str, object]:
    lead = result.lead
    return {
        "lead": lead,
        "name": masking.name(lead.name),
        "phone": masking.phone(lead.phone) if lead.phone else "",
        "email": masking.email(lead.email) if lead.email else "",
        "age": how_long(timezone.now() - lead.received_at),
        "rows": [{"item": item, "why": why} for item, why in result.items],
    }
