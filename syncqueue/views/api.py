"""The intake API for other websites. Every answer is JSON; errors are problem documents; nothing waits."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.vary import vary_on_headers

from pagetojob.platform import strict_json
from pagetojob.platform.canonical import canonical_sha256
from pagetojob.platform.client_address import client_address
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.public import is_public
from pagetojob.titanmap import selectors as titanmap

from .. import problems, spam_signals
from ..forms.api import ApiLead, read_lead
from ..problems import InvalidField, Problem
from ..services import intake_state
from ..services.api import Answer, Caller, KeyReused, answer_once, find_caller, form_token, origin_is_known
from ..services.counter import count_post
from ..services.intake import BRIEFLY
from ..services.site import read_page
from ..visitor_texts import no_way_to_answer

log = logging.getLogger(__name__)
LARGEST_BODY = 65_536
PREFLIGHT_SECONDS = 7200
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,200}")
_OPENAPI = Path(__file__).resolve().parent.parent / "openapi.yaml"

View = Callable[..., HttpResponse]


def in_problem_documents(view: View) -> View:
    """Answer every error of the view with a problem document, and an unavailable database with a 503."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Problem as problem:
            return _refusal(problem)
        except UNAVAILABLE as error:
            log.warning("intake API without a database", extra={"error": type(error).__name__})
            if request.method == "POST":
                intake_state.note_failure()
            sentence = "The database did not answer. Send the same body with the same key again."
            return _refusal(Problem("unavailable", sentence))

    return answering


# A site key replaces the session, and no cookie is read, so CSRF is not possible.
@csrf_exempt
@never_cache
@vary_on_headers("Origin")
@in_problem_documents
def leads(request: HttpRequest) -> HttpResponse:
    """Take a lead. 15 statements for a new one, 8 for a repeated one; one commit, and one of the counter."""
    if request.method == "OPTIONS":
        return _preflight(request)
    if request.method != "POST":
        raise _wrong_method(request, "POST", "OPTIONS")
    origin = request.headers.get("Origin", "")
    caller = find_caller(key=request.headers.get("X-Site-Key", ""), origin=origin)
    if caller and (caller.origin_listed or "Origin" not in request.headers):
        answer = in_problem_documents(_receive)(request, caller)
        return _readable(answer, to=origin)
    answer = in_problem_documents(_turn_away)(request, caller)
    return _readable(answer, to=origin if caller is None and origin_is_known(origin) else "")


def _turn_away(request: HttpRequest, caller: Caller | None) -> HttpResponse:
    if caller is None:
        raise Problem("unknown-site-key", "Send the header X-Site-Key with an active key of this website.")
    raise Problem(
        "origin-not-listed",
        "Ask PageToJob to list the address of this website for the key's business, or let the page's form "
        "use a plain POST.",
    )


def _receive(request: HttpRequest, caller: Caller) -> HttpResponse:
    if not is_public(caller.site_key.tenant):
        raise Problem("site-not-live", "The website of this key takes no requests. Show visitors how to call instead.")
    key = request.headers.get("Idempotency-Key", "")
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Problem(
            "bad-idempotency-key",
            "Send the header Idempotency-Key: 1 to 200 visible ASCII characters, such as a fresh UUID for each "
            "filled-in form. Repeat it when you send the same body again.",
        )
    body = _read_json(request)
    try:
        answer = _store(request, caller, key, read_lead(body), canonical_sha256(body))
    except KeyReused:
        detail = "Send a changed lead under a new Idempotency-Key."
        raise Problem("idempotency-key-reused", detail) from None
    replayed = {"Idempotency-Replayed": "true"} if answer.replayed else {}
    return _document(answer.document, answer.status, "application/json", **replayed)


def _store(request: HttpRequest, caller: Caller, key: str, lead: ApiLead, request_hash: str) -> Answer:
    tenant = caller.site_key.tenant
    # Too many from one address are stored all the same. A single statement, committed separately.
    hits = count_post(tenant_id=tenant.pk, address=client_address(request), email=lead.typed["email"])
    suspected = spam_signals.reasons(
        trap="", page=spam_signals.Page.READ, hits=hits.address, limit=settings.INTAKE_LIMIT, typed=lead.typed
    )
    with scope.tenant(tenant.pk, **BRIEFLY):
        page = read_page(tenant, lead.page_path)
        site, binding = page.site, page.binding
        asked = lead.to_request(site=site, token=form_token(site_key=caller.site_key, key=key), binding=binding)
        choice = titanmap.capacity_choice(
            tenant, binding=binding, urgency=asked.urgency, hours=site.hours, at=timezone.now(), rules=page.rules
        )
        confirm = spam_signals.may_confirm(hits.email, settings.CONFIRMATIONS_A_DAY)
        asked = replace(asked, capacity=choice.as_json(), suspected=suspected, confirm=confirm)
        return answer_once(
            site_key=caller.site_key,
            key=key,
            request_hash=request_hash,
            request=asked,
            binding=binding,
            warning=no_way_to_answer(phone=asked.phone, email=asked.email, business=site.business),
        )


def _read_json(request: HttpRequest) -> Any:
    charset = (request.content_params or {}).get("charset", "utf-8")
    if request.content_type != "application/json" or charset.lower() != "utf-8":
        raise Problem("wrong-content-type", "Send Content-Type: application/json, in UTF-8.")
    too_large = Problem("too-large", f"Send at most {LARGEST_BODY:,} bytes.")
    if _exceeds_limit(request):
        raise too_large
    try:
        data = request.read(LARGEST_BODY + 1)
    except UnreadablePostError:
        raise Problem("bad-json", "The body ended before its Content-Length.") from None
    if len(data) > LARGEST_BODY:
        raise too_large
    try:
        return strict_json.loads(data)
    except strict_json.BadJson as error:
        invalid_fields = [InvalidField(error.pointer, str(error))] if error.pointer else []
        raise Problem("bad-json", str(error), invalid_fields) from None


def _exceeds_limit(request: HttpRequest) -> bool:
    """Check the Content-Length, so that nothing is read. int() would raise for thousands of digits."""
    length = request.headers.get("Content-Length", "")
    return length.isdecimal() and (len(length) > 9 or int(length) > LARGEST_BODY)


def _preflight(request: HttpRequest) -> HttpResponse:
    """Answer a preflight request: it has no key yet, so the list of any tenant counts. A single query."""
    origin = request.headers.get("Origin", "")
    if not origin_is_known(origin):
        return _refusal(Problem("origin-not-listed", "No business lists this website."))
    answer = _readable(HttpResponse(status=204, headers={"Allow": "POST, OPTIONS"}), to=origin)
    answer["Access-Control-Allow-Methods"] = "POST"
    answer["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key, X-Site-Key"
    answer["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


def _readable(answer: HttpResponse, *, to: str) -> HttpResponse:
    """Allow a page of the origin `to` to read the answer; no page if it is empty. Never with credentials."""
    if to:
        answer["Access-Control-Allow-Origin"] = to
        answer["Access-Control-Expose-Headers"] = "Idempotency-Replayed, Retry-After"
    return answer


@csrf_exempt
@in_problem_documents
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the description of this API. No query."""
    if request.method not in {"GET", "HEAD"}:
        raise _wrong_method(request, "GET", "HEAD")
    return JsonResponse(description() | {"servers": [{"url": settings.PUBLIC_URL}]})


@csrf_exempt
@in_problem_documents
def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    raise Problem("not-found", "See /api/v1/openapi.json for the addresses of this API.")


@cache
def description() -> dict[str, Any]:
    """Return the content of `openapi.yaml`, read once."""
    document: dict[str, Any] = yaml.safe_load(_OPENAPI.read_text(encoding="utf-8"))
    return document


def _wrong_method(request: HttpRequest, *allowed: str) -> Problem:
    names = ", ".join(allowed)
    return Problem("method-not-allowed", f"This address accepts {names}.", headers={"Allow": names})


def _refusal(problem: Problem) -> HttpResponse:
    return _document(problem.as_json(), problem.status, problems.CONTENT_TYPE, **problem.headers)


def _document(content: dict[str, Any], status: int, content_type: str, **headers: str) -> HttpResponse:
    """Sort the names: the database does not keep their order, and a repeated answer must be identical to the byte."""
    return HttpResponse(json.dumps(content, sort_keys=True), status=status, content_type=content_type, headers=headers)
