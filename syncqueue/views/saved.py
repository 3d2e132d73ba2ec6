"""Saved views: filtered lists of a person."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import QueueError
from ..filters import Filters
from ..forms.operate import SaveViewForm
from ..services import views as service
from .queue import list_context, list_url
from .time_limit import for_viewers


@never_cache
@require_POST
@for_viewers
def save(request: HttpRequest) -> HttpResponse:
    filters, form = Filters.parse(request.POST), SaveViewForm(request.POST)
    if form.is_valid():
        try:
            view = service.save_view(user=access.actor_of(request), name=form.cleaned_data["name"], filters=filters)
        except QueueError as error:
            form.add_error("name", error.for_people)
        else:
            messages.success(request, f"Saved as “{view.name}”.")
            return redirect(list_url(filters))
    context = list_context(request, filters, selectors.items_page(filters), save_form=form)
    return render(request, "syncqueue/item_list.html", context, status=422)


@access.operator_page(Ability.VIEW_QUEUE, "POST")
def delete(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")
    if service.delete_view(user=access.actor_of(request), name=name):
        messages.success(request, f"Saved view “{name}” deleted.")
    else:
        messages.warning(request, "You have no saved view with that name. It may have been deleted already.")
    return redirect(list_url(Filters.parse(request.POST)))
