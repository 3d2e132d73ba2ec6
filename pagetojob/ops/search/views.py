"""`/ops/search`: the page, and the list of the command palette.

Both take the text by POST, so that it is in no URL and no log. Each search is audited by keyed fingerprints.
"""

from collections.abc import Callable
from functools import wraps

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from psycopg.errors import QueryCanceled

from pagetojob.platform import masking
from pagetojob.platform.access import actor_of, operators_only
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from syncqueue.selectors import Found, Question, read_question, set_time_limit
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

type View = Callable[[HttpRequest], HttpResponse]


def _search_view(too_long: str, *methods: str) -> Callable[[View], View]:
    """Run a search for operations and those who set up contractors. A timeout is answered with `too_long`."""

    def decorate(view: View) -> View:
        @operators_only(Ability.VIEW_CONTRACTORS)
        def timed(request: HttpRequest) -> HttpResponse:
            set_time_limit(LONGEST_MILLISECONDS)
            return view(request)

        @wraps(view)
        def answered(request: HttpRequest) -> HttpResponse:
            try:
                return timed(request)
            except OperationalError as error:
                if not isinstance(error.__cause__, QueryCanceled):
                    raise
                # Outside the scope, because its transaction has failed.
                return render(request, too_long, {"asked": True, "too_long": True}, status=503)

        return never_cache(require_http_methods(methods)(answered))

    return decorate


@_search_view("ops/search/page.html", "GET", "HEAD", "POST")
def search(request: HttpRequest) -> HttpResponse:
    """Show the search box; after a POST, the masked leads with their items, and the hits of every other kind."""
    may_see_requests = actor_of(request).can(Ability.VIEW_QUEUE)
    if request.method != "POST":
        return render(request, "ops/search/page.html", {"asked": False, "may_see_requests": may_see_requests})
    asked = _asked(request, PAGE_HITS)
    answer = search_leads(asked.question) if may_see_requests else None
    context = {
        "asked": True,
        "may_see_requests": may_see_requests,
        "wanted": request.POST.get("wanted", ""),
        "hint": asked.question.hint if may_see_requests else "",
        "found": [_shown(result) for result in answer.found] if answer else [],
        "more": answer.more if answer else False,
        "most": MOST,
        "groups": groups(asked, without=frozenset({"requests"})) if len(asked.text) >= SHORTEST else [],
    }
    return render(request, "ops/search/page.html", context)


@_search_view("ops/search/palette_list.html", "POST")
def palette(request: HttpRequest) -> HttpResponse:
    """Return the list of the palette. Without a text, the pages to go to, which is no search."""
    asked = _asked(request, PALETTE_HITS)
    matches = groups(asked) if len(asked.text) >= SHORTEST else groups(_nothing(asked.actor), without=_SEARCHED)
    context = {
        "groups": matches,
        "count": sum(len(group.hits) for group in matches),
        "more": any(group.more for group in matches) and bool(asked.text),
        "text": asked.text,
        "hint": asked.question.hint if asked.text and asked.actor.can(Ability.VIEW_QUEUE) else "",
    }
    return render(request, "ops/search/palette_list.html", context)


_SEARCHED = frozenset({"requests", "contractors", "findings", "pages", "packets", "runbooks", "guides", "pack"})


def _nothing(actor: User) -> Asked:
    return Asked("", Question({}), actor, most=100)


def _asked(request: HttpRequest, most: int) -> Asked:
    """Return what is searched for, and record it."""
    text, actor = clean(request.POST.get("wanted", "")), actor_of(request)
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
