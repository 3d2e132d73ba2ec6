"""The customer's page: one fact, its answers, no sign-in. Opening it does not answer anything."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .. import access
from ..forms import LinkForm
from ..services import customer_questions

CHANGED = "The information on this page has changed. Please review it and answer again."


# The URL is the only credential, so a forged post cannot use a cookie. A CSRF token would only reject people whose
# email program blocks cookies (decision 0039).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, code: str) -> HttpResponse:
    """Show the question of a link; a POST answers it, once. Addresses that try too many links are rate limited."""
    if request.method == "POST" and access.exceeds_attempt_limit(request):
        return _closed(request, "drift/answer_wait.html", 429)
    try:
        asked = customer_questions.find_question(code)
        if request.method != "POST":
            return _open(request, asked, LinkForm().ask(asked.fact))
        form = LinkForm(request.POST, request.FILES).ask(asked.fact)
        if request.POST.get("seal") != asked.seal:
            form.add_error(None, CHANGED)
        if not form.is_valid():
            return _open(request, asked, form)
        customer_questions.answer(asked=asked, word=form.word())
    except customer_questions.QuestionChanged as changed:
        form.ask(changed.question.fact).add_error(None, CHANGED)
        return _open(request, changed.question, form)
    except customer_questions.LinkGone:
        wait = request.method != "POST" and access.exceeds_attempt_limit(request)
        return (
            _closed(request, "drift/answer_wait.html", 429) if wait else _closed(request, "drift/answer_gone.html", 404)
        )
    chosen = next(option for option in asked.fact.answers if option[0] == form.cleaned_data["choice"])
    return _closed(
        request, "drift/answer_done.html", 200, tenant_name=asked.tenant_name, words=chosen[1], follows=chosen[2]
    )


def _open(request: HttpRequest, asked: customer_questions.LinkQuestion, form: LinkForm) -> HttpResponse:
    context = {
        "fact": asked.fact,
        "seal": asked.seal,
        "tenant_name": asked.tenant_name,
        "form": form,
    }
    chosen = form["choice"].value()
    context |= {
        "ends": asked.link.expires_at,
        "zone": asked.link.tenant.shown_zone,
        "answers": [(*option, option[0] == chosen) for option in asked.fact.answers],
    }
    return _private(render(request, "drift/answer.html", context, status=422 if form.errors else 200))


def _closed(request: HttpRequest, template: str, status: int, **context: str) -> HttpResponse:
    return _private(render(request, template, context, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    """Keep the URL secret, because it grants the right to answer: no referrer, no indexing."""
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
