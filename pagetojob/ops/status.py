"""`/status`: the state of the platform at this moment, for everyone. It names no tenant, person or other service."""

import threading
import time
from dataclasses import dataclass
from datetime import datetime

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pagetojob.platform.tenants import scope

from .monitoring import HealthSnapshot, read_health
from .views import is_writable

#: Anyone may ask, so the answer is computed at most once in this time.
FRESH_SECONDS = 5.0
WORKS, LATE, PARTLY = "works", "delayed", "works in part"
FAILS, CANNOT_TELL = "does not work", "cannot tell"
_FORMS, _INTAKE = "forms", "intake"
_SENDING = frozenset({"dispatcher", "worker", "due", "untold", "access-lost"})
_RECORDS = frozenset({"books", "notices", "audit-broken", "audit-unsealed"})


@dataclass(frozen=True)
class Part:
    """A part of the platform: its name, what it does, its state in a word, and a sentence."""

    name: str
    state: str
    sentence: str


@dataclass(frozen=True)
class Status:
    """The parts at one time."""

    at: datetime
    parts: tuple[Part, ...]

    @property
    def state(self) -> str:
        """Return the worst state: a failure, else not knowing, else what works in part, else a delay."""
        states = {part.state for part in self.parts}
        return next((state for state in (FAILS, CANNOT_TELL, PARTLY, LATE) if state in states), WORKS)


@never_cache
@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Show the status; 503 if a part fails or we cannot tell. Rendered without the reader: no session, no user."""
    now = current_status()
    code = 503 if now.state in {FAILS, CANNOT_TELL} else 200
    return HttpResponse(render_to_string("ops/status.html", {"status": now}), status=code)


_lock = threading.Lock()
_known: tuple[float, Status] | None = None


def forget() -> None:
    """Forget the cached status."""
    global _known  # noqa: PLW0603 - the one thing this module remembers
    _known = None


def current_status() -> Status:
    """Return the status, at most FRESH_SECONDS old."""
    global _known  # noqa: PLW0603 - the one thing this module remembers
    with _lock:
        if _known is None or time.monotonic() - _known[0] > FRESH_SECONDS:
            _known = time.monotonic(), _read()
        return _known[1]


def _read() -> Status:
    try:
        writable = is_writable()
        with scope.worker():
            health = read_health()
    except Error:
        return Status(timezone.now(), _unknown())
    return Status(timezone.now(), _judge(health, writable=writable))


def _unknown() -> tuple[Part, ...]:
    return (
        Part("Requests from websites", CANNOT_TELL, "The database does not respond. Our form shows the phone number."),
        Part("Messages to businesses", CANNOT_TELL, "Without the database we cannot tell what is waiting."),
        Part("Records", CANNOT_TELL, "Without the database we cannot check them."),
    )


def _judge(health: HealthSnapshot, *, writable: bool) -> tuple[Part, ...]:
    requests = Part("Requests from websites", WORKS, "The database accepts new requests.")
    if not writable:
        requests = Part(
            requests.name, FAILS, "The database accepts no writes. Our form shows the phone number instead."
        )
    elif _INTAKE in health.holding:
        requests = Part(
            requests.name, CANNOT_TELL, "A request could not be stored just now; our form showed the phone number."
        )
    elif _FORMS in health.holding:
        requests = Part(
            requests.name, PARTLY, "The database accepts new requests, but the form of a website failed two checks."
        )
    sending = Part("Messages to businesses", WORKS, "No alarm about waiting messages is active.")
    if health.life.worker is None:
        sending = Part(sending.name, CANNOT_TELL, "No worker has reported yet, so we cannot tell.")
    elif health.holding & _SENDING:
        sending = Part(
            sending.name,
            LATE,
            "Some messages wait longer than planned. They are stored.",
        )
    records = Part("Records", WORKS, "No check of our records reports a difference.")
    if health.holding & _RECORDS:
        records = Part(records.name, LATE, "A check of our records reports a difference, or is late.")
    return requests, sending, records
