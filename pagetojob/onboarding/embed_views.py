"""The pages of a contractor's own website that get our form: keys, HTML to copy and installation checks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.credentials.forms import reason_given
from pagetojob.platform.forms import errors_on, errors_shown
from pagetojob.platform.tenants.models import Tenant
from pagetojob.platform.tenants.roles import Ability

from . import embeds as services
from .errors import OnboardingRefused
from .forms import EmbedForm
from .models import Embed
from .site_keys import snippet

STAYS_LISTED = "Its website stays listed, because other forms there may need it. A staff admin can end that."


@tenant_page(Ability.VIEW_CONTRACTORS)
def embeds(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    return _page(request, tenant, EmbedForm())


@tenant_page(Ability.SET_UP, "POST")
@confirmed_first
def add(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Add a page. The answer shows its key, which cannot be shown again."""
    form = EmbedForm(request.POST)
    if form.is_valid():
        with errors_on(form, OnboardingRefused):
            embed, key = services.add_embed(tenant=tenant, by=actor_of(request), **form.cleaned_data)
            return _page(request, tenant, EmbedForm(), **_html(tenant, embed, key))
    return _page(request, tenant, form)


@operator_page(Ability.SET_UP, "POST")
def check_again(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    services.request_check(embed=_embed(slug, public_id), by=actor_of(request))
    messages.success(request, "The check starts within 15 seconds. Reload this page to see its result.")
    return redirect("onboarding:embeds", slug)


@operator_page(Ability.SET_UP, "POST")
@confirmed_first
def replace_key(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    embed, key = _embed(slug, public_id), ""
    with errors_shown(request, OnboardingRefused):
        key = services.replace_key(embed=embed, by=actor_of(request))
    if not key:
        return redirect("onboarding:embeds", slug)
    return _page(request, embed.tenant, EmbedForm(), **_html(embed.tenant, embed, key))


@operator_page(Ability.SET_UP, "POST")
@confirmed_first
def remove(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    embed = _embed(slug, public_id)
    if reason := reason_given(request):
        with errors_shown(request, OnboardingRefused):
            services.remove_embed(embed=embed, by=actor_of(request), reason=reason)
            messages.success(request, f"{embed.page_url} was removed, and its key is no longer valid. {STAYS_LISTED}")
    return redirect("onboarding:embeds", slug)


def _embed(slug: str, public_id: UUID) -> Embed:
    return get_object_or_404(Embed.objects.select_related("tenant"), tenant__slug=slug, public_id=public_id)


def _html(tenant: Tenant, embed: Embed, key: str) -> dict[str, Any]:
    return {"added": embed, "key": key, "snippet": snippet(tenant=tenant, key=key, page="")}


def _page(request: HttpRequest, tenant: Tenant, form: EmbedForm, **more: Any) -> HttpResponse:
    context = {
        "tenant": tenant,
        "title": "Form on other websites",
        "embeds": Embed.objects.filter(tenant=tenant).select_related("site_key"),
        "form": form,
        "can_act": actor_of(request).can(Ability.SET_UP),
    }
    return render(request, "onboarding/embeds.html", context | more, status=422 if form.errors else 200)
