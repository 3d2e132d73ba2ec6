"""Export of the list as CSV."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from .. import access, selectors
from ..filters import Filters
from ..forms.operate import ExportForm
from ..models import SyncItem
from ..services import export as service
from .queue import list_context
from .time_limit import LONGEST_MILLISECONDS, for_viewers


@never_cache
@require_POST
@for_viewers
def export(request: HttpRequest) -> HttpResponse:
    """Return the filtered items as CSV, at most 10,000. The file name says if there are more."""
    filters, form, actor = Filters.parse(request.POST), ExportForm(request.POST), access.actor_of(request)
    if form.is_valid() and filters.ignored:
        form.add_error(None, "The filters were out of date. Nothing was exported. Check the list and try again.")
    if not form.is_valid():
        context = list_context(request, filters, selectors.items_page(filters), export_form=form)
        return render(request, "syncqueue/item_list.html", context, status=422)
    reason = form.cleaned_data["export_reason"]
    (count,) = selectors.count_each([filters.queryset()], limit=service.MOST)
    service.begin_export(actor=actor, filters=filters, reason=reason)
    name = slugify(f"sync-items {timezone.now():%Y-%m-%d} {filters.as_query().replace('=', ' ').replace('&', ' ')}")
    name += f"-first-{service.MOST}" if count > service.MOST else ""
    response = StreamingHttpResponse(
        service.export_rows(actor=actor, filters=filters, reason=reason, read=_read),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{name[:150]}.csv"'
    return response  # type: ignore[return-value]  # streams, and is an HttpResponseBase like any other


def _read(filters: Filters, after: SyncItem | None, size: int) -> Sequence[SyncItem]:
    selectors.set_time_limit(LONGEST_MILLISECONDS)
    return selectors.next_items(filters, after, size)
