"""One finding: the quoted words, both values, the history, and the operator's actions."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from pagetojob.platform.access import actor_of, operator_page
from pagetojob.platform.files import responses
from pagetojob.platform.files.services import content_of
from pagetojob.platform.states import IllegalMove, LostRace
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..compare.values import sides_in_words
from ..errors import DriftRefused
from ..forms import AgreeForm, AskForm, DemoForm, FindingReasonForm, ToldForm, WaiveForm
from ..models import Finding, FindingState, ReviewLink
from ..rendering import Line, render_blocks
from ..services import customer_questions, finding_actions
from ..services.link_codes import address_of
from ..services.snapshots import html_of
from ..texts import NEXT_STEP, RULES, answer_words, fact_of
from .side_by_side import mark_differences

F = FindingState


def _record_phone_answer(*, finding: Finding, actor: User, **typed: Any) -> None:
    person, word = typed.pop("told_by"), customer_questions.Word(**typed)
    customer_questions.record_phone_answer(finding=finding, word=word, told_by=person, actor=actor)


class Act(NamedTuple):
    """An action: its form, the states that allow it, the service that performs it, and the notice of its success."""

    form: type[forms.Form]
    states: tuple[str, ...]
    service: Callable[..., object]
    notice: str


_TO_DECIDE = (F.OPEN, F.ASKED, F.ANSWERED)
ACTS = {
    "ask": Act(AskForm, _TO_DECIDE, customer_questions.ask, "Link created. It is shown below."),
    "told": Act(
        ToldForm, (F.OPEN, F.ASKED), _record_phone_answer, "The customer’s answer by phone is saved."  # noqa: RUF001
    ),
    "agree": Act(
        AgreeForm, (F.ANSWERED,), finding_actions.agree_fix,
        "Fix agreed. This finding closes when a reading sees the fix.",
    ),
    "waive": Act(WaiveForm, (*_TO_DECIDE, F.FIX_AGREED), finding_actions.waive, "Waived until that date."),
    "revoke": Act(FindingReasonForm, (F.ASKED,), customer_questions.revoke, "Link revoked."),
    "dismiss": Act(FindingReasonForm, _TO_DECIDE, finding_actions.dismiss, "Marked as a false alarm."),
    "take-up": Act(
        FindingReasonForm, (F.WAIVED, F.DISMISSED, F.FIX_AGREED), finding_actions.reopen, "Finding reopened."
    ),
    "change-demo": Act(
        DemoForm, tuple(F), finding_actions.change_demo_words,
        "Demo site changed. Read it again to see whether the finding closes.",
    ),
}  # fmt: skip


@operator_page(Ability.VIEW_QUEUE)
def finding(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _page(request, access.finding_for_operator(public_id))


@operator_page(Ability.ACT_ON_QUEUE)
def photo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Serve the photo of an answer."""
    file = access.photo_for_operator(public_id)
    return responses.picture(content_of(file), content_type=file.content_type)


@operator_page(Ability.ACT_ON_QUEUE, "POST")
def act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """Perform one of ACTS on the finding as the page showed it, or show the form with its errors."""
    row = access.finding_for_operator(public_id, is_locked=True)
    if act not in ACTS:
        raise Http404
    form = _form(row, act, request.POST)
    if not form.is_valid():
        return _page(request, row, wrong={act: form})
    if request.POST.get("seen") != _mark(row, customer_questions.active_link(row)):
        messages.error(request, "This finding changed since you opened this page. Review its current state.")
        return redirect("drift:finding", public_id)
    try:
        result = ACTS[act].service(finding=row, actor=actor_of(request), **form.cleaned_data)
    except DriftRefused as refused:
        messages.error(request, str(refused))
    except (IllegalMove, LostRace):
        messages.error(request, "Another person changed this finding first. Review its current state.")
    else:
        mailed = " It will be emailed now." if form.cleaned_data.get("mail_it") else ""
        paused = " Its rule is now paused for this contractor." if act == "dismiss" and result else ""
        messages.success(request, f"{ACTS[act].notice}{mailed}{paused}")
    return redirect("drift:finding", public_id)


def _mark(row: Finding, link: ReviewLink | None) -> str:
    """Return the mark of a finding as its page shows it: a reading changes it, and so does each action."""
    seen = [customer_questions.seal_of(fact_of(row)), row.state, row.version, str(link.public_id) if link else ""]
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _page(request: HttpRequest, row: Finding, *, wrong: dict[str, forms.Form] | None = None) -> HttpResponse:
    """Render the whole page. Runs eight queries plus authentication."""
    may_act = actor_of(request).can(Ability.ACT_ON_QUEUE)
    link = customer_questions.active_link(row)
    site_parts, map_parts = mark_differences(*sides_in_words(row.site_value, row.map_value))
    sides = [("Website", site_parts), ("Titan Map", map_parts)]
    is_agreed = row.site_value == row.map_value
    context = {
        "row": row,
        "rule": RULES.get(row.rule, row.rule),
        "sides": [("Website and Titan Map", site_parts)] if is_agreed else sides,
        "has_marks": any(differs for _, differs in site_parts + map_parts),
        "next_step": NEXT_STEP[row.state],
        "link": link,
        "seen": _mark(row, link),
        "link_url": address_of(link) if link and may_act else "",
        "answers": [
            (answer, answer_words(answer.choice, answer.shown.get("question", ""))) for answer in selectors.answers(row)
        ],
        "history": selectors.history(row),
        "mails": selectors.mails(row),
        "pictures": selectors.pictures(row),
        "lines": _lines(row),
        "acts": _forms(row, wrong or {}) if may_act else {},
        "wrong": next(iter((wrong or {}).values()), None),
    }
    return render(request, "drift/finding.html", context, status=422 if wrong else 200)


def _forms(row: Finding, wrong: dict[str, forms.Form]) -> dict[str, forms.Form]:
    """Return an empty form for each possible action. Keys use underscores because template names allow no hyphens."""
    initial: dict[str, dict[str, Any]] = {"agree": {"fix": row.recommended_fix}, "change-demo": {"old": row.quote}}
    possible = [name for name, act in ACTS.items() if row.state in act.states]
    return {
        act.replace("-", "_"): wrong.get(act) or _form(row, act, initial=initial.get(act))
        for act in possible
        if act != "change-demo" or row.tenant.is_demo
    }


def _form(row: Finding, act: str, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> forms.Form:
    form = ACTS[act].form(data, prefix=act, initial=initial)
    if isinstance(form, ToldForm):
        form.ask(fact_of(row))
    return form


def _lines(row: Finding) -> list[Line]:
    if row.snapshot is None:
        return []
    snapshot = row.snapshot
    return render_blocks(html_of(snapshot), charset=snapshot.charset, quote=row.quote, selector=row.selector)
