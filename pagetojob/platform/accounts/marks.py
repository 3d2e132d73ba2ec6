"""What a session remembers of a sign-in. Names of its keys stand here and nowhere else."""

import time
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

SIGNED_IN_AT, DEVICE, SECOND_STEP, CONFIRMED_AT = "signed_in_at", "device", "second_step", "confirmed_at"
PENDING, CHALLENGE, NEW_KEY = "pending_sign_in", "passkey_challenge", "new_authenticator_key"
#: After this long a person proves again who it is before the factors of an account change.
CONFIRMED_SECONDS = 600
_LONGEST_DEVICE = 120
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook")),
    *(("Windows", "Windows"), ("Mac OS X", "Mac"), ("Linux", "Linux")),
)


def mark_sign_in(request: HttpRequest, **_: Any) -> None:
    """Start the clocks of a session whose person has just signed in."""
    now = int(time.time())
    request.session[SIGNED_IN_AT] = request.session[CONFIRMED_AT] = now
    request.session[DEVICE] = device_name(request.META.get("HTTP_USER_AGENT", ""))
    for leftover in (PENDING, CHALLENGE, NEW_KEY):
        request.session.pop(leftover, None)


def is_confirmed(session: SessionBase, *, now: float | None = None) -> bool:
    """Whether the person behind a session proved lately who it is."""
    at = session.get(CONFIRMED_AT)
    return isinstance(at, int) and 0 <= (now or time.time()) - at + 1 <= CONFIRMED_SECONDS


def confirm(session: SessionBase) -> None:
    session[CONFIRMED_AT] = int(time.time())


def device_name(agent: str) -> str:
    """Browser and system in two words, as far as a user agent tells; never the text itself."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser} on {system}"[:_LONGEST_DEVICE] if system else browser
