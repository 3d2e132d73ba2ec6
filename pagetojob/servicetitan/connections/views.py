"""Connection pages for operators. Each action has a page that describes its effect and asks for a reason."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters

from pagetojob.gates.decisions import environments_for
from pagetojob.gates.registry import Environment
from pagetojob.platform import states
from pagetojob.platform.access import actor_of, operator_page, tenant_page
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.credentials.forms import ReasonForm
from pagetojob.platform.forms import posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.sealing.errors import NotAdmitted, VaultError
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.servicetitan.facts.selectors import fact_lines, to_review
from pagetojob.servicetitan.vault.models import OPEN, Connection, SecretKind
from pagetojob.servicetitan.vault.selectors import connections_of, feature_needs, stored_secrets
from pagetojob.servicetitan.vault.services import connections, disconnect, keep
from pagetojob.servicetitan.vault.services.secrets import require_admission

from . import actions, boards, receipts
from .actions import Act
from .forms import AuthorizeForm, BeginForm, DisconnectForm, KeepForm


@operator_page(Ability.VIEW_QUEUE)
def tenants(request: HttpRequest) -> HttpResponse:
    """List all tenants with their connections. Three queries in addition to those for the user."""
    page = requested_page(request, Tenant.objects.order_by("name", "pk"))
    return render(request, "connections/list.html", {"lines": boards.tenant_lines(list(page)), **page_links(page)})


@tenant_page(Ability.VIEW_QUEUE)
def tenant(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Show one tenant's open connections and receipts. Five queries per connection, and six more."""
    live = [connection for connection in connections_of(tenant).select_related("tenant") if connection.state in OPEN]
    context = {
        "tenant": tenant,
        "boards": [boards.board(connection) for connection in live],
        "receipts": receipts.of_tenant(tenant),
        "facts": to_review(fact_lines()),
        "can_act": actor_of(request).can(Ability.ACT_ON_QUEUE),
        "all_begun": {connection.environment for connection in live} >= set(environments_for(is_ours=tenant.is_demo)),
    }
    return render(request, "connections/tenant.html", context)


@tenant_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def begin(request: HttpRequest, tenant: Tenant) -> HttpResponse:
    """Create a connection for an environment. It inherits nothing from an earlier one."""
    form = BeginForm(posted(request), initial={"environment": Environment.PRODUCTION}, tenant=tenant)
    if form.is_valid():
        environment = Environment(form.cleaned_data["environment"])
        reason = form.cleaned_data["reason"]
        _, new = connections.begin(tenant=tenant, environment=environment, actor=actor_of(request), reason=reason)
        messages.success(request, "Connection started." if new else "A connection already exists. Nothing was changed.")
        return redirect("connections:tenant", tenant.slug)
    context = {"tenant": tenant, "form": form, "title": "Start a connection", "changes": _BEGIN}
    return render(request, "connections/act.html", context, status=422 if form.errors else 200)


_BEGIN = "The connection is created as not connected. No one is contacted, and nothing is stored or sent."


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def move(request: HttpRequest, slug: str, public_id: UUID, act: str) -> HttpResponse:
    """Perform an action that needs a reason but no secret."""
    row = _connection(slug, public_id)
    if act not in _SERVICES:
        raise Http404
    wanted = Act(act)
    why = actions.why_not(wanted, boards.facts(row, stored_secrets(row)))
    form_class = AuthorizeForm if wanted is Act.AUTHORIZE else ReasonForm
    on_file = {name: getattr(row, name) for name in ("servicetitan_tenant", "scopes", "modules")}
    form = form_class(posted(request), initial=on_file)
    if not why and form.is_valid():
        try:
            _SERVICES[wanted](connection=row, actor=actor_of(request), **form.cleaned_data)
        except (VaultError, connections.BadDetails, states.IllegalMove, states.LostRace) as refused:
            form.add_error(None, refusal_message(refused))
        else:
            messages.success(
                request, f"{actions.label_of(wanted, simulated=row.is_simulated)}: done. The connection is {row.state}."
            )
            return redirect("connections:tenant", slug)
    return act_page(request, row, wanted, form, why)


_SERVICES: dict[Act, Callable[..., Connection]] = {
    Act.ASK: connections.ask_approval,
    Act.WITHDRAW: connections.withdraw,
    Act.AUTHORIZE: connections.authorize,
    Act.ACTIVATE: connections.activate,
    Act.PAUSE: connections.pause,
}


@sensitive_post_parameters()
@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
@confirmed_first
def keep_secret(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Seal a pasted secret. While the gates admit none, the submitted form is not read."""
    row = _connection(slug, public_id)
    why = actions.why_not(Act.KEEP, boards.facts(row, stored_secrets(row)))
    if why:
        pasted = request.method == "POST"
        return act_page(request, row, Act.KEEP, KeepForm(), why, advice=NotAdmitted.advice if pasted else "")
    form = KeepForm(posted(request))
    if form.is_valid():
        kind = SecretKind(form.cleaned_data["kind"])
        if refused := _store_secret(row, kind, form, actor_of(request)):
            form.add_error(None, refused)
        else:
            messages.success(request, f"The {kind.label} is stored. From now on, only its fingerprint is shown.")
            return redirect("connections:tenant", slug)
    return act_page(request, row, Act.KEEP, form, "")


def _store_secret(row: Connection, kind: SecretKind, form: KeepForm, actor: User) -> str:
    """Store the secret. Return an empty string, or why it was refused. No variable holds the secret afterwards."""
    value = SecretText(form.cleaned_data.pop("value"))
    try:
        require_admission(row)
        keep(connection=row, kind=kind, value=value, actor=actor, reason=form.cleaned_data["reason"])
    except VaultError as refused:
        return str(refused)
    return ""


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def end(request: HttpRequest, slug: str, public_id: UUID) -> HttpResponse:
    """Disconnect, as the second step: show what stops and what continues, and ask for the name and the reason."""
    row = _connection(slug, public_id)
    why = actions.why_not(Act.DISCONNECT, boards.facts(row, stored_secrets(row)))
    form = DisconnectForm(posted(request), tenant=row.tenant)
    if not why and form.is_valid():
        receipt = disconnect(connection=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
        messages.success(request, "Disconnected. The stored secrets are destroyed; this is the receipt.")
        return redirect("connections:receipt", receipt.public_id)
    return act_page(request, row, Act.DISCONNECT, form, why, secrets=stored_secrets(row))


def act_page(request: HttpRequest, row: Connection, act: Act, form: Any, why: str, **more: Any) -> HttpResponse:
    """Show the page of one action: the state change, its effect, and the form or why it is not possible."""
    context = {
        "tenant": row.tenant,
        "row": row,
        "title": actions.label_of(act, simulated=row.is_simulated),
        "changes": actions.changes_of(act, simulated=row.is_simulated),
        "to": actions.TO.get(act),
        "form": form,
        "why": why,
        "needs": feature_needs(row) if act is Act.AUTHORIZE else (),
    }
    wrong = bool(form.errors) or (request.method == "POST" and bool(why))
    template = "connections/disconnect.html" if act is Act.DISCONNECT else "connections/act.html"
    return render(request, template, context | more, status=422 if wrong else 200)


def _connection(slug: str, public_id: UUID) -> Connection:
    return get_object_or_404(Connection.objects.select_related("tenant"), tenant__slug=slug, public_id=public_id)


def refusal_message(refused: Exception) -> str:
    """Return the message for a refused action."""
    if isinstance(refused, VaultError):
        return str(refused)
    if isinstance(refused, connections.BadDetails):
        return str(refused)
    return "Someone else changed it first. Read it again before you decide."
