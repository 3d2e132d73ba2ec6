"""The operators' dashboard: the books, and what waits and why."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.kernel.tenants.roles import Ability

from .. import access, selectors
from ..models import State


@never_cache
@require_safe
@access.operators_only(Ability.VIEW_QUEUE)
def item_list(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    if state not in State.values:
        state = ""
    try:
        items, older = selectors.items_page(state=state, after=request.GET.get("after", ""))
    except selectors.BadCursor:
        messages.error(request, "That page mark is not one of ours, so here is the first page.")
        return redirect("ops:list")
    by_tenant = selectors.books_by_tenant()
    context = {
        "items": items,
        "older": older,
        "state": state,
        "counts": selectors.state_counts(),
        "books": sum((books for _, books in by_tenant), start=selectors.Books(0, 0, 0, 0, 0)),
        "books_by_tenant": by_tenant[: selectors.PAGE],
    }
    return render(request, "syncqueue/item_list.html", context)
