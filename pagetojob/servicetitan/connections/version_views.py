"""Versions of our app: the scopes that each asks for, and which connections' admins accepted it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pagetojob.gates.scopes import SCOPES
from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.credentials.forms import InternalReasonForm, ReasonForm
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.paging import page_links, requested_page
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.servicetitan.scope_table import scope_lines
from pagetojob.servicetitan.vault.models import Acceptance, AppVersion
from pagetojob.servicetitan.vault.services import app_versions


def _evidence() -> forms.CharField:
    return forms.CharField(
        label="Evidence",
        max_length=500,
        help_text="An address, or the number of a letter or ticket. No personal names.",
        error_messages={"required": "Enter the evidence."},
    )


class ProposeForm(InternalReasonForm):
    scopes = forms.MultipleChoiceField(
        label="Scopes of the version",
        choices=[(name, name) for name in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one scope."},
        help_text="All scopes of the version, not only the new ones.",
    )
    evidence = _evidence()

    field_order = ("scopes", "evidence", "reason")


class PublishForm(InternalReasonForm):
    evidence = _evidence()

    field_order = ("evidence", "reason")


class AcceptForm(ReasonForm):
    evidence = _evidence()

    field_order = ("evidence", "reason")


@operator_page(Ability.VIEW_QUEUE)
def versions(request: HttpRequest) -> HttpResponse:
    """List the versions with their changes of scopes, and the answers. Four queries, and those for the user."""
    rows = list(AppVersion.objects.annotate(proposer=F("proposed_by__name"), publisher=F("published_by__name")))
    answers = Acceptance.objects.select_related("version", "tenant", "connection")
    page = requested_page(request, answers.annotate(recorder=F("recorded_by__name")))
    actor = actor_of(request)
    context = {
        "versions": _with_changes(rows, actor),
        "acceptances": list(page),
        "scopes": scope_lines(),
        "can_act": actor.can(Ability.ACT_ON_QUEUE),
        "can_publish": actor.can(Ability.SECOND_PERSON),
        **page_links(page),
    }
    return render(request, "connections/versions.html", context)


def _with_changes(rows: Sequence[AppVersion], actor: User) -> list[dict[str, Any]]:
    """Return the versions, newest first, with the scopes that each adds to and removes from the one before.

    `why_not` explains why this person cannot publish a version that can be published. At most one query.
    """
    newest = next((row.number for row in rows if row.published_at), 0)
    lost = app_versions.lost_proposers(row for row in rows if row.number > newest)
    return [
        {
            "row": row,
            "added": sorted(set(row.scopes) - set(earlier)),
            "removed": sorted(set(earlier) - set(row.scopes)),
            "can_be_published": row.number > newest,
            "why_not": app_versions.why_not_second(row, actor, lost),
        }
        for row, earlier in zip(rows, [*(row.scopes for row in rows[1:]), []], strict=False)
    ]


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def propose(request: HttpRequest) -> HttpResponse:
    """Record a new version that we asked for at ServiceTitan."""
    form = ProposeForm(posted(request), initial={"scopes": list(SCOPES)})
    if form.is_valid():
        with errors_on(form, app_versions.VersionRefused):
            version = app_versions.propose(actor=actor_of(request), **form.cleaned_data)
            messages.success(request, f"Version {version.number} is proposed.")
            return redirect("versions:list")
    return _page(request, form, "Propose a version", "Nothing changes for any connection, and no one is contacted.")


@operator_page(Ability.SECOND_PERSON, "GET", "HEAD", "POST")
def publish(request: HttpRequest, number: int) -> HttpResponse:
    """Record that ServiceTitan shows a version to the admins, or show why this person cannot."""
    version, actor = get_object_or_404(AppVersion, number=number), actor_of(request)
    why = app_versions.why_not_second(version, actor, app_versions.lost_proposers([version]))
    form = PublishForm(posted(request))
    if form.is_valid():
        with errors_on(form, app_versions.VersionRefused):
            waiting = app_versions.publish(version=version, actor=actor, **form.cleaned_data)
            messages.success(request, f"Version {number} is published. Connections waiting for an admin: {waiting}.")
            return redirect("versions:list")
    changes = "Every authorized connection waits for its admin. Until then it keeps its present scopes."
    return _page(request, form, f"Publish version {number}", changes, why=why)


@operator_page(Ability.ACT_ON_QUEUE, "GET", "HEAD", "POST")
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Record that the admin of a connection accepted a version."""
    row = get_object_or_404(Acceptance.objects.select_related("version", "tenant"), public_id=public_id)
    form = AcceptForm(posted(request))
    if form.is_valid():
        with errors_on(form, app_versions.VersionRefused):
            app_versions.accept(acceptance=row, actor=actor_of(request), **form.cleaned_data)
            messages.success(request, f"{row.tenant.name} has version {row.version.number}.")
            return redirect("versions:list")
    title = f"Record that {row.tenant.name} accepted version {row.version.number}"
    changes = f"From now on the connection has these scopes, and no others: {', '.join(row.version.scopes)}."
    return _page(request, form, title, changes)


def _page(request: HttpRequest, form: ReasonForm, title: str, changes: str, why: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "changes": changes, "why": why}
    return render(request, "connections/version_form.html", context, status=422 if form.errors else 200)
