"""JSON endpoints for the passkey script. A refusal contains one message."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of
from pagetojob.platform.client_address import client_address
from pagetojob.platform.whole_bodies import raw_body

from .. import marks
from ..access import complete_sign_in, confirmed_first, pending_sign_in, safe_next, start_page
from ..errors import AccountError, PasskeyRefused, TryLater
from ..services import throttle
from .sign_in import note_failed_step

SCHEMA = "pagetojob.passkey/1"
LARGEST_BODY = 65_536
CHALLENGE_SECONDS = 300
_SALT = "accounts.passkey"
View = Callable[[HttpRequest], HttpResponse]


def in_json(view: View) -> View:
    """Accept POST only; return refusals as a message with a status, and redirects as a URL in the body."""

    @never_cache
    @require_POST
    @wraps(view)
    def answering(request: HttpRequest) -> HttpResponse:
        try:
            answer = view(request)
        except AccountError as error:
            return JsonResponse({"schema": SCHEMA, "error": str(error)}, status=400)
        except TryLater as wait:
            sentence = f"Too many attempts. Try again in {wait.seconds} seconds."
            return JsonResponse(
                {"schema": SCHEMA, "error": sentence}, status=429, headers={"Retry-After": str(wait.seconds)}
            )
        if not isinstance(answer, HttpResponseRedirect):
            return answer
        response = JsonResponse({"schema": SCHEMA, "next": answer.url})
        response.cookies = answer.cookies
        return response

    return answering


@in_json
@confirmed_first
def add_begin(request: HttpRequest) -> HttpResponse:
    from ..services.passkeys import begin_adding  # noqa: PLC0415 - imports webauthn

    options, challenge = begin_adding(actor_of(request))
    return _asked(request, "add", options, challenge)


@in_json
@confirmed_first
def add_complete(request: HttpRequest) -> HttpResponse:
    from ..services.passkeys import finish_adding  # noqa: PLC0415 - imports webauthn

    body = _body(request)
    finish_adding(
        user=actor_of(request),
        challenge=_challenge(request, "add"),
        answer=_answer(body),
        name=_name(body),
        keep_session=request.session.session_key,
    )
    request.session[marks.SECOND_STEP] = "a passkey"
    request.session.cycle_key()
    return HttpResponseRedirect(reverse("accounts:security"))


@in_json
def use_begin(request: HttpRequest) -> HttpResponse:
    """Return options for the second factor, or for a sign-in with only a passkey.

    The challenge of a visitor goes into a signed cookie, so that no visit makes a session.
    """
    from ..services.passkeys import begin_using  # noqa: PLC0415 - imports webauthn

    waiting = pending_sign_in(request)
    if waiting:
        return _asked(request, "use", *begin_using(waiting[0]))
    throttle.take(throttle.passkey_buckets(client_address(request)))
    options, challenge = begin_using(None)
    response = JsonResponse({"schema": SCHEMA, "options": options})
    response.set_cookie(
        settings.PASSKEY_COOKIE_NAME,
        signing.dumps(challenge, salt=_SALT),
        max_age=CHALLENGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


@in_json
def use_complete(request: HttpRequest) -> HttpResponse:
    from ..services.passkeys import finish_using  # noqa: PLC0415 - imports webauthn

    body, waiting = _body(request), pending_sign_in(request)
    buckets = throttle.factor_buckets(waiting[0].pk) if waiting else throttle.link_buckets(client_address(request))
    throttle.take(buckets)
    try:
        challenge = _challenge(request, "use") if waiting else _challenge_of_cookie(request)
        user = finish_using(user=waiting[0] if waiting else None, challenge=challenge, answer=_answer(body))
    except PasskeyRefused:
        if waiting:
            note_failed_step(waiting[0])
        raise
    throttle.give_back(buckets if waiting else buckets + throttle.passkey_buckets(client_address(request)))
    how = "the password and a passkey" if waiting else "a passkey"
    wanted = str(body.get("next") or start_page(user))
    target = waiting[1] if waiting else safe_next(request, wanted)
    response = complete_sign_in(request, user, how=how, second_step="a passkey", target=target)
    response.delete_cookie(settings.PASSKEY_COOKIE_NAME, samesite="Strict")
    return response


def _asked(request: HttpRequest, purpose: str, options: dict[str, Any], challenge: str) -> HttpResponse:
    request.session[marks.CHALLENGE] = {"purpose": purpose, "challenge": challenge}
    return JsonResponse({"schema": SCHEMA, "options": options})


def _challenge(request: HttpRequest, purpose: str) -> str:
    """Return the challenge of this session; it can be used once."""
    pending = request.session.pop(marks.CHALLENGE, None)
    if not isinstance(pending, dict) or pending.get("purpose") != purpose:
        raise PasskeyRefused
    return str(pending["challenge"])


def _challenge_of_cookie(request: HttpRequest) -> str:
    """Return the challenge that this browser was given within five minutes; it can be used once."""
    try:
        cookie = request.COOKIES.get(settings.PASSKEY_COOKIE_NAME, "")
        challenge = str(signing.loads(cookie, salt=_SALT, max_age=CHALLENGE_SECONDS))
        throttle.use_once(challenge)
    except (signing.BadSignature, TryLater) as error:
        raise PasskeyRefused from error
    return challenge


def _body(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object of a request."""
    sent = raw_body(request)
    if len(sent) > LARGEST_BODY:
        raise PasskeyRefused
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise PasskeyRefused from error
    if not isinstance(body, dict):
        raise PasskeyRefused
    return body


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    answer = body.get("credential")
    if not isinstance(answer, dict) or not isinstance(answer.get("response"), dict):
        raise PasskeyRefused
    return answer


def _name(body: dict[str, Any]) -> str:
    typed = "".join(sign for sign in str(body.get("name", "")) if sign.isprintable()).strip()
    return typed[:60] or "Passkey"
