"""Session data about a sign-in. The session keys are named only here."""

import time
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

SIGNED_IN_AT, DEVICE, SECOND_STEP, CONFIRMED_AT = "signed_in_at", "device", "second_step", "confirmed_at"
PENDING, CHALLENGE, NEW_KEY = "pending_sign_in", "passkey_challenge", "new_authenticator_key"
#: After this time a user must confirm their identity again before pages that grant access or export personal data.
CONFIRMED_SECONDS = 600
_LONGEST_DEVICE = 120
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook")),
    *(("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux")),
)


def mark_sign_in(request: HttpRequest, **_: Any) -> None:
    """Record the time and device of a new sign-in in the session."""
    now = int(time.time())
    request.session[SIGNED_IN_AT] = request.session[CONFIRMED_AT] = now
    request.session[DEVICE] = device_name(request.META.get("HTTP_USER_AGENT", ""))
    for leftover in (PENDING, CHALLENGE, NEW_KEY):
        request.session.pop(leftover, None)


def is_confirmed(session: SessionBase) -> bool:
    """Return whether the user of a session signed in or confirmed their identity recently."""
    at = session.get(CONFIRMED_AT)
    return isinstance(at, int) and 0 <= time.time() - at + 1 <= CONFIRMED_SECONDS


def confirm(session: SessionBase) -> None:
    session[CONFIRMED_AT] = int(time.time())


def device_name(agent: str) -> str:
    """Return browser and system in a few words, never the user agent itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}"[:_LONGEST_DEVICE] if system else browser
