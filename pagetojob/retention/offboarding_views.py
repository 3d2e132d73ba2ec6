"""Offboarding of a contractor for operators: preview, request, confirmation, progress and receipt."""

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.files.models import File
from pagetojob.platform.forms import errors_on
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.transparency.views import bundle_download

from . import offboarding as services
from .forms import ConfirmOffboardingForm, OffboardingForm
from .labels import kind_of
from .models import Offboarding
from .receipts import receipt_file
from .services import RetentionRefused, lost_operators, why_not_second


@tenant_page(Ability.VIEW_QUEUE)
def offboarding(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show the preview of an offboarding, its state and progress, or its receipt."""
    return _page(request, tenant)


@tenant_page(Ability.ACT_ON_QUEUE, "POST")
@confirmed_first
def request_offboarding(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    form = OffboardingForm(request.POST)
    if form.is_valid():
        with errors_on(form, RetentionRefused):
            services.request_offboarding(tenant=tenant, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Offboarding requested. Another person must confirm it.")
            return redirect("retention:offboarding", tenant.slug)
    return _page(request, tenant, form=form)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def withdraw_offboarding(request: HttpRequest, slug: str) -> HttpResponse:
    row, form = _current(slug), ReasonForm(request.POST)
    if form.is_valid():
        with errors_on(form, RetentionRefused):
            services.withdraw_offboarding(offboarding=row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Offboarding withdrawn. Nothing was deleted.")
            return redirect("retention:offboarding", slug)
    return _page(request, row.tenant, form=form)


@operator_page(Ability.SECOND_PERSON, "POST")
@confirmed_first
def confirm_offboarding(request: HttpRequest, slug: str) -> HttpResponse:
    row, form = _current(slug), ConfirmOffboardingForm(request.POST)
    if form.is_valid():
        with errors_on(form, RetentionRefused):
            if request.POST.get("seen") != str(row.public_id):
                raise RetentionRefused("The offboarding was requested again since you opened this page. Check it.")
            services.confirm_offboarding(offboarding=row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, "Offboarding confirmed. The deletion is queued.")
            return redirect("retention:offboarding", slug)
    return _page(request, row.tenant, form=form)


@operator_page(Ability.VIEW_QUEUE)
def offboarding_receipt(request: HttpRequest, slug: str) -> HttpResponse:
    """Download the receipt with the proof of its place in the public log, for the contractor."""
    row = _current(slug)
    if row.receipt is None:
        raise Http404
    content = receipt_file(row.receipt)
    return bundle_download({"offboarding-receipt.json": content}, name=f"offboarding-{row.public_id}")


def _current(slug: str) -> Offboarding:
    rows = Offboarding.objects.select_related("tenant")
    return get_object_or_404(rows, tenant__slug=slug, withdrawn_at=None)


def _page(request: HttpRequest, tenant: Tenant, *, form: ReasonForm | None = None) -> HttpResponse:
    actor, row = actor_of(request), services.current(tenant)
    rows = services.counts(tenant.pk) if row is None or row.ended_at is None else {}
    run = Run.objects.filter(tenant=tenant, kind=services.KIND).order_by("-id").first() if row else None
    context = {
        "tenant": tenant,
        "row": row,
        "run": run,
        "running": run is not None and run.state in OPEN,
        **_kinds(row, rows),
        "files": File.objects.filter(tenant=tenant).aggregate(size=Sum("size"))["size"] or 0,
        "export": services.usable_export(tenant) if row is None else None,
        "refused": "" if row and row.confirmed_at else services.refusal_of(tenant, row.export if row else None),
        "bad_form": form,
        **_next_form(row, actor, form, running=run is not None and run.state in OPEN),
    }
    return render(request, "retention/offboarding.html", context, status=422 if form else 200)


def _kinds(row: Offboarding | None, rows: dict[str, int]) -> dict[str, object]:
    """Return what is deleted and what stays, in plain words: of the receipt, else of the preview."""
    if row is not None and row.receipt:
        deleted = [(line["table"], line["rows"]) for line in row.receipt["deleted"]]
        stays = [(line["table"], line["rows"], line["why"]) for line in row.receipt["remains"]]
    else:
        deleted = [(table, count) for table, count in rows.items() if table not in services.PRESERVED]
        stays = [(table, rows.get(table, 0), why) for table, why in services.PRESERVED.items()]
    return {
        "deleted": [(kind_of(table), count) for table, count in deleted],
        "preserved": [(kind_of(table), count, why) for table, count, why in stays],
    }


def _next_form(row: Offboarding | None, actor: User, form: ReasonForm | None, *, running: bool) -> dict[str, object]:
    """Return the form of the next step, if this person may take it."""
    if row is None:
        may = actor.can(Ability.ACT_ON_QUEUE)
        return {"form": form or OffboardingForm(), "may_request": may}
    lost = lost_operators([row.requested_by_id]) if row.confirmed_at is None else ()
    why = why_not_second(row.requested_by_id, actor, lost, services.OWN_OFFBOARDING)
    may = actor.can(Ability.SECOND_PERSON) and not why and not running and row.ended_at is None
    return {
        "form": form if isinstance(form, ConfirmOffboardingForm) else ConfirmOffboardingForm(),
        "may_confirm": may,
        "why_not": why,
        "may_withdraw": actor.can(Ability.ACT_ON_QUEUE) and row.confirmed_at is None,
    }
