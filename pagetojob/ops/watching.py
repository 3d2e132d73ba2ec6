"""Tell an open page every few seconds whether it has changed. Conditional requests over few indexed rows.

`watch.js` shows a banner with the words of the answer. It replaces nothing on the page, so typed text stays.
"""

import hashlib
import threading
import time
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from pagetojob.platform.access import operator_page
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.roles import Ability
from syncqueue.selectors.changes import change_of

from .incidents import incidents_now
from .monitoring import read_health

#: The health of the system takes twenty queries, so a process reads it once for all its watchers.
HEALTH_SECONDS = 3.0


@operator_page(Ability.VIEW_QUEUE)
def watch_item(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Return the version of an item and its last change; 304 while the page knows it. Runs one query."""
    change = change_of(public_id)
    if change is None:
        return JsonResponse({"version": "", "words": "This item no longer exists."}, status=404)
    return _unless_known(request, change.version, change.words)


@operator_page(Ability.VIEW_QUEUE)
def watch_alarms(request: HttpRequest) -> HttpResponse:
    """Return a version of the alarms and their acknowledgments; 304 while it is the one that the page knows."""
    holding = _holding()
    open_rows = sorted((row.key, row.acknowledged_at is not None) for row in incidents_now())
    version = hashlib.sha256(repr((sorted(holding), open_rows)).encode()).hexdigest()[:16]
    count = len(holding)
    words = f"The alarms have changed: {count} {'is' if count == 1 else 'are'} active now."
    return _unless_known(request, version, words)


def _unless_known(request: HttpRequest, version: str, words: str) -> HttpResponse:
    response = JsonResponse({"version": version, "words": words}, headers={"ETag": quote_etag(version)})
    return get_conditional_response(request, response["ETag"], response=response) or response


_lock = threading.Lock()
_health: tuple[float, frozenset[str]] | None = None


def forget() -> None:
    """Forget the cached health."""
    global _health  # noqa: PLW0603 - the one thing this module remembers
    _health = None


def _holding() -> frozenset[str]:
    global _health  # noqa: PLW0603 - the one thing this module remembers
    with _lock:
        if _health is None or time.monotonic() - _health[0] > HEALTH_SECONDS:
            # Operators cannot read some of the tables; only keys of alarms leave this function.
            with scope.worker():
                _health = time.monotonic(), read_health().holding
        return _health[1]
