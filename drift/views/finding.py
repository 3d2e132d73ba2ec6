"""One finding: the quoted words, both values, the history, and the operator's actions."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pagetojob.platform.files.services import read_file
from pagetojob.platform.phones import for_people
from pagetojob.platform.states import IllegalMove, LostRace
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability

from .. import access, selectors
from ..errors import DriftRefused
from ..forms import AgreeForm, AskForm, DemoForm, ReasonForm, ToldForm, WaiveForm
from ..models import Finding, FindingState
from ..rendering import Line, render_blocks
from ..services import customer_questions, finding_actions
from ..services.link_codes import address_of
from ..services.snapshots import html_of
from ..texts import ANSWER_WORDS, NEXT_STEP, RULES, WHERE

F = FindingState
#: Actions with their form and the states that allow them.
ACTS: dict[str, tuple[type[forms.Form], frozenset[str]]] = {
    "ask": (AskForm, frozenset({F.OPEN, F.ASKED, F.ANSWERED})),
    "told": (ToldForm, frozenset({F.OPEN, F.ASKED})),
    "agree": (AgreeForm, frozenset({F.ANSWERED})),
    "waive": (WaiveForm, frozenset({F.OPEN, F.ASKED, F.ANSWERED, F.FIX_AGREED})),
    "revoke": (ReasonForm, frozenset({F.ASKED})),
    "dismiss": (ReasonForm, frozenset({F.OPEN, F.ASKED, F.ANSWERED})),
    "take-up": (ReasonForm, frozenset({F.WAIVED, F.DISMISSED, F.FIX_AGREED})),
    "change-demo": (DemoForm, frozenset(F.values)),
}


@access.operator_page(Ability.VIEW_QUEUE)
def finding(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return _page(request, access.finding_for_operator(public_id))


@access.operator_page(Ability.ACT_ON_QUEUE)
def photo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Serve the photo of an answer.

    Its content type is detected from its bytes, and the CSP keeps browsers from running it.
    """
    file = access.photo_for_operator(public_id)
    response = HttpResponse(b"".join(read_file(file)), content_type=file.content_type)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@access.operator_page(Ability.ACT_ON_QUEUE, "POST")
def act(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """Perform one of ACTS, or show the form with its errors."""
    row = access.finding_for_operator(public_id)
    if act not in ACTS:
        raise Http404
    form = ACTS[act][0](request.POST, prefix=act)
    if not form.is_valid():
        return _page(request, row, wrong={act: form})
    try:
        notice = _DO[act](row, access.actor_of(request), form)
    except DriftRefused as refused:
        messages.error(request, refused.for_people)
    except (IllegalMove, LostRace):
        messages.error(request, "Another person changed this finding first. Review its current state.")
    else:
        messages.success(request, notice)
    return redirect("drift:finding", public_id)


def _ask(row: Finding, actor: User, form: forms.Form) -> str:
    customer_questions.ask(finding=row, actor=actor, **form.cleaned_data)
    mailed = " It will be emailed now." if form.cleaned_data["mail_it"] else ""
    return f"Link created. It is shown below.{mailed}"


def _record_phone_answer(row: Finding, actor: User, form: forms.Form) -> str:
    assert isinstance(form, ToldForm)
    customer_questions.record_phone_answer(
        finding=row, word=form.word(), told_by=form.cleaned_data["told_by"], actor=actor
    )
    return "The customer’s answer by phone is saved."  # noqa: RUF001


def _agree(row: Finding, actor: User, form: forms.Form) -> str:
    finding_actions.agree_fix(finding=row, actor=actor, **form.cleaned_data)
    return "Fix agreed. This finding closes when a reading sees the fix."


def _waive(row: Finding, actor: User, form: forms.Form) -> str:
    finding_actions.waive(finding=row, actor=actor, **form.cleaned_data)
    return "Waived until that date."


def _revoke(row: Finding, actor: User, form: forms.Form) -> str:
    customer_questions.revoke(finding=row, actor=actor, **form.cleaned_data)
    return "Link revoked."


def _dismiss(row: Finding, actor: User, form: forms.Form) -> str:
    paused = finding_actions.dismiss(finding=row, actor=actor, **form.cleaned_data)
    return "Marked as a false alarm." + (" Its rule is now paused for this tenant." if paused else "")


def _take_up(row: Finding, actor: User, form: forms.Form) -> str:
    finding_actions.reopen(finding=row, actor=actor, **form.cleaned_data)
    return "Finding reopened."


def _change_demo(row: Finding, actor: User, form: forms.Form) -> str:
    finding_actions.change_demo_words(finding=row, actor=actor, **form.cleaned_data)
    return "Demo site changed. Read it again to see whether the finding closes."


_DO: dict[str, Callable[[Finding, User, forms.Form], str]] = {
    "ask": _ask,
    "told": _record_phone_answer,
    "agree": _agree,
    "waive": _waive,
    "revoke": _revoke,
    "dismiss": _dismiss,
    "take-up": _take_up,
    "change-demo": _change_demo,
}


def _page(request: HttpRequest, row: Finding, *, wrong: dict[str, forms.Form] | None = None) -> HttpResponse:
    """Render the whole page. Runs seven queries plus authentication."""
    may_act = access.actor_of(request).can(Ability.ACT_ON_QUEUE)
    link = customer_questions.active_link(row)
    answers = selectors.answers(row)
    context = {
        "row": row,
        "rule": RULES.get(row.rule, row.rule),
        "map_value": for_people(row.map_value),
        "site_value": for_people(row.site_value),
        "next_step": NEXT_STEP[row.state],
        "link": link,
        "link_url": address_of(link) if link and may_act else "",
        "answers": [(answer, ANSWER_WORDS[answer.choice]) for answer in answers],
        "history": selectors.history(row),
        "mails": selectors.mails(row),
        "lines": _lines(row),
        "where": WHERE.get(answers[0].choice, "") if answers else "",
        "acts": _forms(row, wrong or {}) if may_act else {},
        "wrong": next(iter((wrong or {}).values()), None),
    }
    return render(request, "drift/finding.html", context, status=422 if wrong else 200)


def _forms(row: Finding, wrong: dict[str, forms.Form]) -> dict[str, forms.Form]:
    """Return an empty form for each possible action. Keys use underscores because template names allow no hyphens."""
    initial: dict[str, dict[str, Any]] = {"agree": {"fix": row.recommended_fix}, "change-demo": {"old": row.quote}}
    possible = [act for act, (_, states) in ACTS.items() if row.state in states]
    return {
        act.replace("-", "_"): wrong.get(act) or ACTS[act][0](prefix=act, initial=initial.get(act))
        for act in possible
        if act != "change-demo" or row.tenant.is_demo
    }


def _lines(row: Finding) -> list[Line]:
    if row.snapshot is None:
        return []
    snapshot = row.snapshot
    return render_blocks(html_of(snapshot), charset=snapshot.charset, quote=row.quote, selector=row.selector)
