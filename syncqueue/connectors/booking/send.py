"""Sends bookings: the drain's thread starts claimed items, and their calls run concurrently in an event loop.

A send intent is stored in the item's row before its call starts: together with the claim, if its API session is cached
by then. Bookings that may have arrived already are searched first. While the gates are closed, no call is made.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, DataError

from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import AuthorizationError, TransientError
from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.recovery import DatabaseOutdated, record_position
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.api_sessions import ApiSession, cache_session, cached_session, load_session
from pagetojob.servicetitan.client.calls import Caller

from ...lanes import LATE_SECONDS
from ...models import SyncItem
from ...outcomes import Outcome, database_lost, internal_error
from ...ports import Arrivals, Result, SendIntent
from ...send_intent import record_intents
from . import interpret
from .http_loop import CallQueue, http_loop
from .plan import AHEAD_SECONDS, Draft, decision_cache, draft_many

#: A token request that takes longer than this is not waited for; its items are retried later.
SESSION_SECONDS = 15.0
log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Attempt:
    """An item in progress.

    `looking`: the next call is a lookup. `confirmed_absent`: two lookups found nothing before this send. `intent` is
    the committed send intent. `call_started` is true once the call waits for a slot in the loop, with its `session`.
    """

    item: SyncItem
    draft: Draft
    looking: bool
    intent: SendIntent | None = None
    confirmed_absent: bool = False
    session: ApiSession | None = None
    call_started: bool = False
    taken_at: float = field(default_factory=monotonic)


class BookingSender:
    """Sends booking requests (`ports.Handover`)."""

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._decisions = decision_cache()
        self._watch = self._decisions.watch
        self._watch.invalidate()
        self._drafts: dict[int, Draft | Exception] = {}
        self._intents: Mapping[int, SendIntent] = {}
        self._under_way: dict[int, _Attempt] = {}
        self._by_tenant: Counter[int] = Counter()
        self._waiting: dict[int, list[_Attempt]] = defaultdict(list)
        self._ready: list[_Attempt] = []
        self._results: list[Result] = []
        self._calls = CallQueue(http_loop(), settings.SENDS_AT_ONCE, self._call)

    def under_way(self) -> Mapping[int, int]:
        return self._by_tenant

    def waiting(self) -> int:
        return sum(len(attempts) for attempts in self._waiting.values())

    def plan(self, items: Sequence[SyncItem]) -> Mapping[int, SendIntent]:
        """Return send intents. Two queries for all items, and four for tenants whose gates must be judged again."""
        self._drafts = draft_many(items, self._decisions)
        drafts = [(item, self._drafts[item.id]) for item in items if not item.must_reconcile]
        self._intents = {
            item.id: _intent(draft)
            for item, draft in drafts
            if isinstance(draft, Draft) and draft.stop is None and cached_session(draft.decision) is not None
        }
        return self._intents

    def take(self, items: Sequence[SyncItem]) -> None:
        """Start claimed items. No query for planned items."""
        try:
            if unread := [item for item in items if item.id not in self._drafts]:
                with scope.worker():
                    self._drafts |= draft_many(unread, self._decisions)
        except DatabaseError as error:
            log.warning("database connection lost", extra={"error": type(error).__name__})
            self._results += [(item, database_lost()) for item in unread]
        for item in items:
            if item.id in self._drafts:
                self._begin(item, self._drafts.pop(item.id))
        self._go()

    def _begin(self, item: SyncItem, draft: Draft | Exception) -> None:
        if isinstance(draft, Exception):
            self._results.append((item, internal_error(draft)))
            return
        intent = self._intents.get(item.id)
        if intent is not None and item.envelope is not intent.envelope:
            intent = None  # the claim did not store it
        looking = item.must_reconcile and intent is None
        if looking and not item.sent_to:
            # Marked after a restore: the send was lost with the rows that recorded it.
            item.sent_to = draft.decision.environment.value
            item.envelope = draft.envelope
        early = draft.stop
        if looking:
            reachable = draft.decision.open and item.sent_to == draft.decision.environment.value
            early = interpret.before_lookup(item, reachable=reachable)
        if early is not None:
            self._results.append((item, early))
            return
        attempt = _Attempt(item, draft, looking, intent)
        self._under_way[item.id] = attempt
        self._by_tenant[item.tenant_id] += 1
        self._with_session(attempt)

    def _with_session(self, attempt: _Attempt) -> None:
        """Queue an attempt as ready if its API session is cached; otherwise wait for one, created in another thread."""
        decision = attempt.draft.decision
        if cached_session(decision) is not None:
            self._ready.append(attempt)
            return
        # The lease may be half over when the session is ready, so the send intent is recorded again.
        attempt.intent = None
        waiting = self._waiting[decision.tenant_id]
        waiting.append(attempt)
        if len(waiting) == 1:
            load_session(
                decision,
                lambda result: self._arrivals.put(lambda: self._session_ready(decision.tenant_id, result)),
            )

    def _session_ready(self, tenant_id: int, result: ApiSession | Exception | None) -> None:
        waiting = self._waiting.pop(tenant_id, [])
        if isinstance(result, ApiSession):
            cache_session(result)
            self._ready += waiting
            return
        for attempt in waiting:
            if result is None:
                self._end(attempt, interpret.not_connected(looking=attempt.looking))
            elif isinstance(result, UNAVAILABLE):
                log.warning("database connection lost", extra={"error": type(result).__name__})
                self._end(attempt, database_lost())
            else:
                self._end(attempt, interpret.after(result, looking=attempt.looking), result)

    def _go(self) -> None:
        """Start the ready calls: lookups at once, sends after their send intents are committed."""
        ready, self._ready = self._ready, []
        if not ready:
            return
        try:
            self._record_intents([attempt for attempt in ready if not attempt.looking and attempt.intent is None])
            self._watch.refresh(ahead=AHEAD_SECONDS)
            going = [attempt for attempt in ready if attempt.looking or attempt.intent is not None]
            if any(attempt.intent is not None for attempt in going):
                record_position()
        except (DatabaseError, DatabaseOutdated) as error:
            # The rows tell whether the send intents were committed.
            log.warning("database connection lost", extra={"error": type(error).__name__})
            for attempt in ready:
                self._end(attempt, database_lost())
            return
        for attempt in going:
            attempt.call_started, attempt.session = True, cached_session(attempt.draft.decision)
        self._calls.add(going)

    def _record_intents(self, sends: Sequence[_Attempt]) -> None:
        """Commit send intents. An envelope that cannot be stored does not stop the others."""
        intents = {attempt.item.id: _intent(attempt.draft) for attempt in sends}
        try:
            owned = record_intents([attempt.item for attempt in sends], intents)
        except DataError as error:
            if len(sends) == 1:
                log.exception("send intent cannot be stored", extra=sends[0].item.log_fields)
                self._end(sends[0], internal_error(error))
                return
            half = len(sends) // 2
            self._record_intents(sends[:half])
            self._record_intents(sends[half:])
            return
        for attempt in sends:
            if attempt.item.id in owned:
                attempt.intent = intents[attempt.item.id]
            else:
                log.warning("not sent: lease expired", extra=attempt.item.log_fields)
                self._drop(attempt)

    async def _call(self, attempt: _Attempt) -> None:
        """Make one call, in the loop. It queues its result as an arrival and never touches the database."""
        error: Exception | None = None
        outcome: Outcome | None = None
        try:
            if attempt.looking:
                outcome = await interpret.find_earlier(self._callers(attempt), attempt.item, attempt.draft.envelope)
            else:
                outcome = await interpret.create(self._callers(attempt), attempt.draft.envelope)
        except Exception as caught:
            error = caught
            outcome = interpret.after(
                error,
                looking=attempt.looking,
                confirmed_absent=attempt.confirmed_absent,
                envelope=attempt.item.envelope if attempt.looking else attempt.draft.envelope,
            )
        self._arrivals.put(lambda: self._arrived(attempt, outcome, error))

    def _callers(self, attempt: _Attempt) -> interpret.OpenCaller:
        session = attempt.session

        async def open_caller(seconds: float) -> Caller:
            if session is None:
                raise TransientError(interpret.SESSION_LAPSED, "The access token had to be read again.")
            return session.caller(await http_loop().transport(seconds), self._still_open)

        return open_caller

    def _still_open(self, decision: Decision) -> bool:
        """Check the decision in the loop before each request."""
        holds = self._watch.remembers(decision, datetime.now(UTC))
        if holds is None:
            raise TransientError(interpret.GATES_UNREAD, "The gates had not been checked for a second.")
        return holds

    def _arrived(self, attempt: _Attempt, outcome: Outcome | None, error: Exception | None) -> None:
        if attempt.session is not None:
            attempt.session.note(refused=isinstance(error, AuthorizationError))
        if outcome is not None or error is not None:
            self._end(attempt, outcome, error)
        elif attempt.draft.stop is not None:
            # Not found twice: it is proven not to be there, so the send intent is cleared.
            self._end(attempt, replace(attempt.draft.stop, reconcile=False))
        else:
            attempt.looking = attempt.call_started = False
            attempt.confirmed_absent = True
            self._with_session(attempt)

    def results(self) -> list[Result]:
        for waiting in list(self._waiting.values()):
            for attempt in [attempt for attempt in waiting if monotonic() - attempt.taken_at > SESSION_SECONDS]:
                waiting.remove(attempt)
                self._end(attempt, interpret.session_too_slow())
        self._go()
        ended, self._results = self._results, []
        return ended

    def _end(self, attempt: _Attempt, outcome: Outcome | None, error: Exception | None = None) -> None:
        if not self._drop(attempt):
            return
        if outcome is None:
            assert error is not None
            log.error("connector failed", extra=attempt.item.log_fields, exc_info=error)
            outcome = internal_error(error)
        self._results.append((attempt.item, outcome))

    def _drop(self, attempt: _Attempt) -> bool:
        """Stop tracking an attempt; return False if it was not tracked."""
        if self._under_way.pop(attempt.item.id, None) is None:
            return False
        self._by_tenant[attempt.item.tenant_id] -= 1
        if not self._by_tenant[attempt.item.tenant_id]:
            del self._by_tenant[attempt.item.tenant_id]
        return True

    def release_late(self) -> list[SyncItem]:
        return self._release(self._calls.take_back(waited=LATE_SECONDS))

    def release_unstarted(self) -> list[SyncItem]:
        back = self._calls.take_back()
        self._waiting.clear()
        self._ready.clear()
        return self._release(back + [attempt for attempt in self._under_way.values() if not attempt.call_started])

    def _release(self, attempts: Sequence[_Attempt]) -> list[SyncItem]:
        """Release attempts whose calls were never started; clear the send intents of first sends."""
        for attempt in attempts:
            if attempt.intent is not None and not attempt.confirmed_absent:
                attempt.item.must_reconcile = False
        return [attempt.item for attempt in attempts if self._drop(attempt)]


def _intent(draft: Draft) -> SendIntent:
    return SendIntent(draft.envelope, draft.decision.environment.value)
