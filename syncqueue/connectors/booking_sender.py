"""The CRM booking sender: build and check the envelope; stop at its rule, binding or gate; else send it.

The main thread reads for many bookings at once; the calls run in the HTTP loop of `wire`. A send intent is stored in
the item's row before its call starts (`fence`): together with the claim, if everything it needs is loaded by then.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, DataError

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import AuthorizationError, TransientError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import BookingRequest

from .. import batch_loading, binding_blocked
from .. import envelope as envelopes
from ..booking_decisions import decisions_for
from ..item_actions import CAPACITY_REVIEW
from ..lane_sql import LATE_SECONDS
from ..models import State, SyncItem
from ..outcomes import Outcome, database_lost, internal_error
from ..ports import Arrivals, Result, SendIntent
from ..send_intent import record_intents
from ..stop_reasons import NO_SENDER, where_it_stops
from . import booking_outcomes
from .api_sessions import ApiSession, cache_session, cached_session, decision_cache, load_session
from .http_loop import Call, http_loop

#: The gates are read again if the cached decision would be too old this many seconds from now.
AHEAD_SECONDS = 0.75
#: A token request that takes longer than this is not waited for; its items are retried later.
SESSION_SECONDS = 15.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Draft:
    """The envelope and the decision for an item; `stop` is why it may not be sent."""

    envelope: dict[str, Any]
    decision: Decision
    stop: Outcome | None


@dataclass
class _BookingAttempt:
    """The state of an item in progress.

    `looking`: the next call is a lookup. `stop` is why it may not be sent after a lookup. `confirmed_absent` means that
    two lookups found nothing before this send, `marked` that its send intent is committed.
    """

    item: SyncItem
    envelope: dict[str, Any]
    decision: Decision
    stop: Outcome | None
    looking: bool
    confirmed_absent: bool = False
    marked: bool = False
    call_started: bool = False
    call: Call | None = None
    taken_at: float = field(default_factory=monotonic)


class BookingSender:
    """Sends booking requests (`ports.Handover`).

    Bookings that may have arrived already are looked up first. A blocked item lists what is missing and who is
    responsible, its binding first. While the gates are closed, no call is made.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._open_decisions = decision_cache()
        self._watch = self._open_decisions.watch
        self._watch.invalidate()
        self._drafts: dict[int, _Draft | Exception] = {}
        self._intents: dict[int, SendIntent] = {}
        self._under_way: dict[int, _BookingAttempt] = {}
        self._by_tenant: Counter[int] = Counter()
        self._waiting: dict[int, list[_BookingAttempt]] = defaultdict(list)
        self._ready: list[_BookingAttempt] = []
        self._results: list[Result] = []
        self._window = http_loop().window(settings.SENDS_AT_ONCE)

    def under_way(self) -> Mapping[int, int]:
        return self._by_tenant

    def waiting(self) -> int:
        return sum(len(attempts) for attempts in self._waiting.values())

    def plan(self, items: Sequence[SyncItem]) -> Mapping[int, SendIntent]:
        """Return send intents. Two queries for all items, and three for tenants whose gates must be judged again."""
        self._intents = {}
        self._drafts = self._read(items)
        for item in items:
            draft = self._drafts[item.id]
            if isinstance(draft, Exception) or draft.stop is not None or item.must_reconcile:
                continue
            if booking_outcomes.before_send(draft.envelope) is None and cached_session(draft.decision) is not None:
                self._intents[item.id] = SendIntent(draft.envelope, draft.decision.environment.value)
        return self._intents

    def take(self, items: Sequence[SyncItem]) -> None:
        """Start claimed items. No query for planned items."""
        try:
            if unread := [item for item in items if item.id not in self._drafts]:
                with scope.worker():
                    self._drafts |= self._read(unread)
        except DatabaseError as error:
            log.warning("database connection lost", extra={"error": type(error).__name__})
            self._results += [(item, database_lost()) for item in unread]
        for item in items:
            if item.id in self._drafts:
                self._begin(item, self._drafts.pop(item.id))
        self._go()

    def results(self) -> list[Result]:
        for waiting in list(self._waiting.values()):
            for attempt in [attempt for attempt in waiting if monotonic() - attempt.taken_at > SESSION_SECONDS]:
                waiting.remove(attempt)
                self._end(attempt, booking_outcomes.session_too_slow())
        self._go()
        ended, self._results = self._results, []
        return ended

    def release_late(self) -> list[SyncItem]:
        return self._let_go(self._not_begun(waited=LATE_SECONDS))

    def release_unstarted(self) -> list[SyncItem]:
        self._not_begun()
        self._waiting.clear()
        self._ready.clear()
        return self._let_go([attempt for attempt in self._under_way.values() if not attempt.call_started])

    def _not_begun(self, *, waited: float = 0.0) -> list[_BookingAttempt]:
        """Return attempts whose calls were never started; clear the send intents of first sends."""
        calls = set(self._window.take_back(waited=waited))
        back = [attempt for attempt in self._under_way.values() if attempt.call in calls]
        for attempt in back:
            attempt.call_started = False
            if attempt.marked and not attempt.confirmed_absent:
                attempt.item.must_reconcile = False
        return back

    def _let_go(self, attempts: Sequence[_BookingAttempt]) -> list[SyncItem]:
        for attempt in attempts:
            self._drop(attempt)
        return [attempt.item for attempt in attempts]

    def _drop(self, attempt: _BookingAttempt) -> bool:
        """Stop tracking an attempt; return False if it was not tracked."""
        if self._under_way.pop(attempt.item.id, None) is None:
            return False
        self._by_tenant[attempt.item.tenant_id] -= 1
        if not self._by_tenant[attempt.item.tenant_id]:
            del self._by_tenant[attempt.item.tenant_id]
        return True

    def _read(self, items: Sequence[SyncItem]) -> dict[int, "_Draft | Exception"]:
        requests = batch_loading.load_requests(items)
        mapped = batch_loading.mapped_by_binding(requests.values())
        self._watch.refresh(ahead=AHEAD_SECONDS)
        decisions = self._decisions({request.tenant_id: request.tenant for request in requests.values()})
        drafts: dict[int, _Draft | Exception] = {}
        for item in items:
            try:
                request = requests[item.lead_id or 0]
                decision = decisions[request.tenant_id]
                drafts[item.id] = self._draft(item, request, decision, mapped.get(request.binding_id or 0, {}))
            except DatabaseError:
                raise
            except Exception as error:
                log.exception("booking not prepared", extra={"item": str(item.public_id)})
                drafts[item.id] = error
        return drafts

    def _draft(
        self, item: SyncItem, request: BookingRequest, decision: Decision, mapped: Mapping[str, Mapping[str, Any]]
    ) -> _Draft:
        envelope = binding_blocked.draft(request, mapped, request.tenant.time_zone)
        return _Draft(envelope, decision, _where_it_stops(item, request.capacity or {}, envelope, decision))

    def _begin(self, item: SyncItem, draft: "_Draft | Exception") -> None:
        if isinstance(draft, Exception):
            self._results.append((item, internal_error(draft)))
            return
        mark = self._intents.pop(item.id, None)
        marked = mark is not None and item.envelope is mark.envelope
        looking = item.must_reconcile and not marked
        early = draft.stop
        if looking:
            reachable = draft.decision.open and item.sent_to == draft.decision.environment.value
            early = booking_outcomes.before_lookup(item, reachable=reachable)
        if early is not None:
            self._results.append((item, early))
            return
        attempt = _BookingAttempt(item, draft.envelope, draft.decision, draft.stop, looking, marked=marked)
        self._under_way[item.id] = attempt
        self._by_tenant[item.tenant_id] += 1
        self._with_session(attempt)

    def _decisions(self, tenants: Mapping[int, Tenant]) -> dict[int, Decision]:
        """Return the simulator's decision for a demo tenant whose simulator is open, otherwise production's.

        An open decision is reused as long as the watch reports no change.
        """
        decisions = {pk: cached for pk in tenants if (cached := self._open_decisions.decision(pk)) is not None}
        if undecided := [tenant for pk, tenant in tenants.items() if pk not in decisions]:
            made = decisions_for(undecided)
            self._open_decisions.keep(made.values())
            decisions |= made
        return decisions

    def _with_session(self, attempt: _BookingAttempt) -> None:
        """Queue an attempt as ready if its API session is cached; otherwise wait for one, created in another thread."""
        if cached_session(attempt.decision) is not None:
            self._ready.append(attempt)
            return
        attempt.marked = (
            False  # the lease may be half over when the session is ready, so the send intent is recorded again
        )
        tenant_id = attempt.decision.tenant_id
        first = not self._waiting[tenant_id]
        self._waiting[tenant_id].append(attempt)
        if first:
            arrivals = self._arrivals

            def loaded(result: ApiSession | Exception | None) -> None:
                arrivals.put(lambda: self._session_ready(tenant_id, result))

            load_session(attempt.decision, loaded)

    def _session_ready(self, tenant_id: int, result: ApiSession | Exception | None) -> None:
        waiting = self._waiting.pop(tenant_id, [])
        if isinstance(result, ApiSession):
            cache_session(result)
            self._ready += waiting
            return
        for attempt in waiting:
            if result is None:
                self._end(attempt, booking_outcomes.not_connected(looking=attempt.looking))
            else:
                self._end(attempt, booking_outcomes.after(result, looking=attempt.looking), result)

    def _go(self) -> None:
        """Start the ready calls: lookups at once, sends after their send intents are committed."""
        ready, self._ready = self._ready, []
        if not ready:
            return
        sends = []
        for attempt in ready:
            if attempt.looking or attempt.marked:
                continue
            if stop := booking_outcomes.before_send(attempt.envelope):
                self._end(attempt, stop)
            else:
                sends.append(attempt)
        try:
            marked = self._marked(sends)
            self._watch.refresh(ahead=AHEAD_SECONDS)
        except DatabaseError as error:
            # The rows tell whether the send intents were committed.
            log.warning("database connection lost", extra={"error": type(error).__name__})
            for attempt in ready:
                self._end(attempt, database_lost())
            return
        for attempt in sends:
            attempt.marked = attempt.item.id in marked
        going = [
            attempt for attempt in ready if attempt.item.id in self._under_way and (attempt.looking or attempt.marked)
        ]
        self._window.add([self._call(attempt) for attempt in going])

    def _marked(self, sends: list[_BookingAttempt]) -> set[int]:
        """Return the ids of the items that may be sent. An envelope that cannot be stored does not stop the others."""
        try:
            marked = record_intents(
                [(attempt.item, attempt.envelope, attempt.decision.environment) for attempt in sends]
            )
        except DataError as error:
            if len(sends) == 1:
                log.exception("send intent cannot be stored", extra={"item": str(sends[0].item.public_id)})
                self._end(sends[0], internal_error(error))
                return set()
            half = len(sends) // 2
            return self._marked(sends[:half]) | self._marked(sends[half:])
        for attempt in sends:
            if attempt.item.id not in marked:
                log.warning("not sent: lease expired", extra={"item": str(attempt.item.public_id)})
                self._drop(attempt)
        return marked

    def _call(self, attempt: _BookingAttempt) -> Call:
        """Return the call of one attempt. It queues its result as an arrival and never touches the database."""
        attempt.call_started = True
        session, through, still_open, arrivals = (
            cached_session(attempt.decision),
            http_loop(),
            self._still_open,
            self._arrivals,
        )

        async def work() -> None:
            error: Exception | None = None
            outcome: Outcome | None = None
            try:
                if session is None:
                    error = TransientError(booking_outcomes.SESSION_LAPSED, "The access token had to be read again.")
                    outcome = booking_outcomes.after(error, looking=attempt.looking)
                elif attempt.looking:
                    outcome = await booking_outcomes.look_up(
                        through, session, still_open, attempt.item, attempt.envelope
                    )
                else:
                    outcome = await booking_outcomes.create(through, session, still_open, attempt.envelope)
            except Exception as fault:
                error, outcome = (
                    fault,
                    booking_outcomes.after(fault, looking=attempt.looking, confirmed_absent=attempt.confirmed_absent),
                )
            arrivals.put(lambda: self._arrived(attempt, session, outcome, error))

        attempt.call = work
        return work

    def _still_open(self, decision: Decision) -> bool:
        """Check the decision in the loop before each request."""
        holds = self._watch.remembers(decision, datetime.now(UTC))
        if holds is None:
            raise TransientError(booking_outcomes.GATES_UNREAD, "The gates had not been checked for a second.")
        return holds

    def _arrived(
        self, attempt: _BookingAttempt, session: ApiSession | None, outcome: Outcome | None, error: Exception | None
    ) -> None:
        if session is not None:
            session.note(refused=isinstance(error, AuthorizationError))
        if outcome is not None or error is not None:
            self._end(attempt, outcome, error)
        elif attempt.stop is not None:
            # Not found twice: it is proven not to be there, so the send intent is cleared.
            self._end(attempt, replace(attempt.stop, reconcile=False))
        else:
            attempt.looking = attempt.call_started = attempt.marked = False
            attempt.confirmed_absent = True
            self._with_session(attempt)

    def _end(self, attempt: _BookingAttempt, outcome: Outcome | None, error: Exception | None = None) -> None:
        if not self._drop(attempt):
            return
        if outcome is None:
            assert error is not None
            log.error("connector failed", extra={"item": str(attempt.item.public_id)}, exc_info=error)
            outcome = internal_error(error)
        self._results.append((attempt.item, outcome))


def _where_it_stops(
    item: SyncItem, capacity: dict[str, Any], envelope: dict[str, Any], decision: Decision
) -> Outcome | None:
    """Return why a booking may not be sent; None if it may, which is possible for the simulator only."""
    problems = envelopes.problems(envelope)
    needs_review = bool(capacity.get("needs_review")) and item.cleared_at is None
    if decision.open and decision.environment is Environment.SIMULATOR and not problems and not needs_review:
        return None
    stop = where_it_stops(problems, decision, needs_review=needs_review)
    if stop.cause == CAPACITY_REVIEW:
        return _to_dispatch(capacity, envelope)
    missing = [
        reason for reason in stop.missing if not (decision.environment is Environment.SIMULATOR and reason is NO_SENDER)
    ]
    return Outcome(
        State.BLOCKED,
        tried=False,
        cause=stop.cause,
        detail=_remaining(len(missing)),
        envelope=envelope,
        missing=[asdict(reason) for reason in missing],
    )


def _remaining(count: int) -> str:
    noun = "requirement remains" if count == 1 else "requirements remain"
    return f"{count} {noun} before this can be sent automatically."


def _to_dispatch(capacity: dict[str, Any], envelope: dict[str, Any]) -> Outcome:
    return Outcome(
        State.NEEDS_REVIEW,
        tried=False,
        cause=CAPACITY_REVIEW,
        detail=f"The capacity rule “{capacity.get('rule', '')}” requires a dispatch review.",
        envelope=envelope,
    )
