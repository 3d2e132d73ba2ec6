"""Open questions about a contractor's website, answered in place: one, or several at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from drift.errors import DriftRefused
from drift.forms import PortalForm
from drift.models import FindingPicture
from drift.selectors import newest_pictures
from drift.services.customer_questions import Question, answer_in_portal, open_questions
from pagetojob.platform.access import actor_of, member_page
from pagetojob.platform.forms import errors_on, posted
from pagetojob.platform.tenants.models import Membership

from .views import frame

#: Questions on a page. The next ones follow when these are answered.
MOST = 20


@member_page(methods=("GET", "HEAD", "POST"))
def questions(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the open questions, and store the answers of those with a choice. Six queries with the frame."""
    asked = [(question, _form(question, request)) for question in open_questions(membership.tenant, MOST)]
    if request.method == "POST" and all(form.is_valid() for _, form in asked):
        done = sum(_answer(request, question, form) for question, form in asked if form.cleaned_data["choice"])
        if not any(form.errors for _, form in asked):
            words = f"Thank you: {done} answer{'' if done == 1 else 's'} saved. A person at PageToJob reads them."
            messages.success(request, words if done else "Choose an answer first. Nothing was saved.")
            return redirect("portal:website-questions")
        asked = [(question, form) for question, form in asked if form.errors or not form.cleaned_data.get("choice")]
    failed = any(form.errors for _, form in asked)
    pictures = newest_pictures(question.finding for question, _ in asked)
    shown = {
        "questions": [_shown(question, form, pictures.get(question.finding.pk)) for question, form in asked],
        "failed": failed,
    }
    context = frame(request, membership, **shown)
    return render(request, "portal/website_questions.html", context, status=422 if failed else 200)


def _form(question: Question, request: HttpRequest) -> PortalForm:
    form = PortalForm(posted(request), prefix=str(question.finding.public_id), initial={"seal": question.seal})
    return form.ask(question.fact)


def _answer(request: HttpRequest, question: Question, form: PortalForm) -> bool:
    with errors_on(form, DriftRefused):
        seal = form.cleaned_data["seal"]
        answer_in_portal(finding=question.finding, word=form.word(), seal=seal, actor=actor_of(request))
    return not form.errors


def _shown(question: Question, form: PortalForm, picture: FindingPicture | None) -> dict[str, Any]:
    chosen = form["choice"].value()
    answers = [(*option, option[0] == chosen) for option in question.fact.answers]
    # After a change, the form must carry the seal of what it shows now.
    shown = {"fact": question.fact, "form": form, "seal": question.seal, "name": form.prefix, "answers": answers}
    return shown | {"picture": picture}
