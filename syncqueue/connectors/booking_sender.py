"""The CRM hand-off: build and check the envelope, stop for its rule, its binding or its gate; else hand it over.

All reading is done for many bookings at once, by the main thread; the calls run in the loop of `wire`. A send is marked
in its row before its call is started (`fence`): with its claim, where everything it needs is at hand by then.
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
from ..outcomes import Outcome, database_lost, own_fault
from ..ports import Arrivals, Mark, Result
from ..send_intent import begin_sends
from ..stop_reasons import NO_SENDER, where_it_stops
from . import booking_outcomes
from .api_sessions import Line, keep_line, kept_line, known, load_line
from .http_loop import Call, wire

#: The gates are read anew when what is known would be too old this many seconds from now.
AHEAD_SECONDS = 0.75
#: A token request may take longer than this; then the items that wait for it are tried again later.
LINE_SECONDS = 15.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Draft:
    """What an item would be sent as, under which decision; `stop` is why it may not be sent."""

    envelope: dict[str, Any]
    decision: Decision
    stop: Outcome | None


@dataclass
class _Try:
    """One item under way. `looking` says which call comes next; `stop` is why it may not be sent after a look-up.

    `looked` says that two look-ups found nothing before this send, `marked` that its mark is committed.
    """

    item: SyncItem
    envelope: dict[str, Any]
    decision: Decision
    stop: Outcome | None
    looking: bool
    looked: bool = False
    marked: bool = False
    on_the_wire: bool = False
    call: Call | None = None
    taken_at: float = field(default_factory=monotonic)


class Bookings:
    """The handover of booking requests (`ports.Handover`).

    What may have arrived already is looked up before anything else. A blocked item lists what is missing and who holds
    it, its binding first. While the gates are shut, nothing leaves the house.
    """

    def __init__(self, arrivals: Arrivals) -> None:
        self._arrivals = arrivals
        self._known = known()
        self._watch = self._known.watch
        self._watch.invalidate()
        self._drafts: dict[int, _Draft | Exception] = {}
        self._marks: dict[int, Mark] = {}
        self._under_way: dict[int, _Try] = {}
        self._by_tenant: Counter[int] = Counter()
        self._waiting: dict[int, list[_Try]] = defaultdict(list)
        self._ready: list[_Try] = []
        self._results: list[Result] = []
        self._window = wire().window(settings.SENDS_AT_ONCE)

    def under_way(self) -> Mapping[int, int]:
        return self._by_tenant

    def waiting(self) -> int:
        return sum(len(tries) for tries in self._waiting.values())

    def plan(self, items: Sequence[SyncItem]) -> Mapping[int, Mark]:
        """Two queries for all of them, and three for those of their tenants whose gates have to be judged anew."""
        self._marks = {}
        self._drafts = self._read(items)
        for item in items:
            draft = self._drafts[item.id]
            if isinstance(draft, Exception) or draft.stop is not None or item.must_reconcile:
                continue
            if booking_outcomes.before_send(draft.envelope) is None and kept_line(draft.decision) is not None:
                self._marks[item.id] = Mark(draft.envelope, draft.decision.environment.value)
        return self._marks

    def take(self, items: Sequence[SyncItem]) -> None:
        """No query for what was planned."""
        try:
            if unread := [item for item in items if item.id not in self._drafts]:
                with scope.worker():
                    self._drafts |= self._read(unread)
        except DatabaseError as error:
            log.warning("database lost", extra={"error": type(error).__name__})
            self._results += [(item, database_lost()) for item in unread]
        for item in items:
            if item.id in self._drafts:
                self._begin(item, self._drafts.pop(item.id))
        self._go()

    def results(self) -> list[Result]:
        for waiting in list(self._waiting.values()):
            for one in [one for one in waiting if monotonic() - one.taken_at > LINE_SECONDS]:
                waiting.remove(one)
                self._end(one, booking_outcomes.line_too_slow())
        self._go()
        ended, self._results = self._results, []
        return ended

    def late(self) -> list[SyncItem]:
        return self._let_go(self._not_begun(waited=LATE_SECONDS))

    def hand_back(self) -> list[SyncItem]:
        self._not_begun()
        self._waiting.clear()
        self._ready.clear()
        return self._let_go([one for one in self._under_way.values() if not one.on_the_wire])

    def _not_begun(self, *, waited: float = 0.0) -> list[_Try]:
        """Those whose calls found no room, which will not begin now. Of a first send the mark is not true then."""
        calls = set(self._window.take_back(waited=waited))
        back = [one for one in self._under_way.values() if one.call in calls]
        for one in back:
            one.on_the_wire = False
            if one.marked and not one.looked:
                one.item.must_reconcile = False
        return back

    def _let_go(self, tries: Sequence[_Try]) -> list[SyncItem]:
        for one in tries:
            self._drop(one)
        return [one.item for one in tries]

    def _drop(self, one: _Try) -> bool:
        """Hold it no longer; False when it was not held."""
        if self._under_way.pop(one.item.id, None) is None:
            return False
        self._by_tenant[one.item.tenant_id] -= 1
        if not self._by_tenant[one.item.tenant_id]:
            del self._by_tenant[one.item.tenant_id]
        return True

    def _read(self, items: Sequence[SyncItem]) -> dict[int, "_Draft | Exception"]:
        requests = batch_loading.requests_of(items)
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
                log.exception("not prepared", extra={"item": str(item.public_id)})
                drafts[item.id] = error
        return drafts

    def _draft(
        self, item: SyncItem, request: BookingRequest, decision: Decision, mapped: Mapping[str, Mapping[str, Any]]
    ) -> _Draft:
        envelope = binding_blocked.draft(request, mapped, request.tenant.time_zone)
        return _Draft(envelope, decision, _where_it_stops(item, request.capacity or {}, envelope, decision))

    def _begin(self, item: SyncItem, draft: "_Draft | Exception") -> None:
        if isinstance(draft, Exception):
            self._results.append((item, own_fault(draft)))
            return
        mark = self._marks.pop(item.id, None)
        marked = mark is not None and item.envelope is mark.envelope
        looking = item.must_reconcile and not marked
        early = draft.stop
        if looking:
            reachable = draft.decision.open and item.sent_to == draft.decision.environment.value
            early = booking_outcomes.before_look_up(item, reachable=reachable)
        if early is not None:
            self._results.append((item, early))
            return
        one = _Try(item, draft.envelope, draft.decision, draft.stop, looking, marked=marked)
        self._under_way[item.id] = one
        self._by_tenant[item.tenant_id] += 1
        self._on_its_line(one)

    def _decisions(self, tenants: Mapping[int, Tenant]) -> dict[int, Decision]:
        """The stand-in's for a demo tenant whose stand-in is open; production's for everybody else.

        One that was open is believed as long as the watch says that nothing has moved.
        """
        decisions = {pk: kept for pk in tenants if (kept := self._known.decision(pk)) is not None}
        if anew := [tenant for pk, tenant in tenants.items() if pk not in decisions]:
            made = decisions_for(anew)
            self._known.keep(made.values())
            decisions |= made
        return decisions

    def _on_its_line(self, one: _Try) -> None:
        """Ready with a line that this process has; else it waits for one, which is made in a thread."""
        if kept_line(one.decision) is not None:
            self._ready.append(one)
            return
        one.marked = False  # by the time its line is there the lease may be half over: it is marked anew
        tenant_id = one.decision.tenant_id
        first = not self._waiting[tenant_id]
        self._waiting[tenant_id].append(one)
        if first:
            arrivals = self._arrivals

            def loaded(found: Line | Exception | None) -> None:
                arrivals.put(lambda: self._lined(tenant_id, found))

            load_line(one.decision, loaded)

    def _lined(self, tenant_id: int, found: Line | Exception | None) -> None:
        waiting = self._waiting.pop(tenant_id, [])
        if isinstance(found, Line):
            keep_line(found)
            self._ready += waiting
            return
        for one in waiting:
            if found is None:
                self._end(one, booking_outcomes.not_connected(looking=one.looking))
            else:
                self._end(one, booking_outcomes.after(found, looking=one.looking), found)

    def _go(self) -> None:
        """Put what is ready on the wire: look-ups at once, sends once their marks are committed."""
        ready, self._ready = self._ready, []
        if not ready:
            return
        sends = []
        for one in ready:
            if one.looking or one.marked:
                continue
            if stop := booking_outcomes.before_send(one.envelope):
                self._end(one, stop)
            else:
                sends.append(one)
        try:
            marked = self._marked(sends)
            self._watch.refresh(ahead=AHEAD_SECONDS)
        except DatabaseError as error:
            # Whether the marks were committed, their rows say.
            log.warning("database lost", extra={"error": type(error).__name__})
            for one in ready:
                self._end(one, database_lost())
            return
        for one in sends:
            one.marked = one.item.id in marked
        going = [one for one in ready if one.item.id in self._under_way and (one.looking or one.marked)]
        self._window.add([self._call(one) for one in going])

    def _marked(self, sends: list[_Try]) -> set[int]:
        """The ids of those that may be sent. One whose envelope cannot be stored does not stop the others."""
        try:
            marked = begin_sends([(one.item, one.envelope, one.decision.environment) for one in sends])
        except DataError as error:
            if len(sends) == 1:
                log.exception("mark cannot be stored", extra={"item": str(sends[0].item.public_id)})
                self._end(sends[0], own_fault(error))
                return set()
            half = len(sends) // 2
            return self._marked(sends[:half]) | self._marked(sends[half:])
        for one in sends:
            if one.item.id not in marked:
                log.warning("not sent: its lease had run out", extra={"item": str(one.item.public_id)})
                self._drop(one)
        return marked

    def _call(self, one: _Try) -> Call:
        """The call of one try, which puts what came of it among the arrivals. Nothing of it touches the database."""
        one.on_the_wire = True
        line, through, still_open, arrivals = kept_line(one.decision), wire(), self._still_open, self._arrivals

        async def work() -> None:
            error: Exception | None = None
            outcome: Outcome | None = None
            try:
                if line is None:
                    error = TransientError(booking_outcomes.LINE_LAPSED, "The access had to be read anew.")
                    outcome = booking_outcomes.after(error, looking=one.looking)
                elif one.looking:
                    outcome = await booking_outcomes.look_up(through, line, still_open, one.item, one.envelope)
                else:
                    outcome = await booking_outcomes.create(through, line, still_open, one.envelope)
            except Exception as fault:
                error, outcome = fault, booking_outcomes.after(fault, looking=one.looking, looked=one.looked)
            arrivals.put(lambda: self._arrived(one, line, outcome, error))

        one.call = work
        return work

    def _still_open(self, decision: Decision) -> bool:
        """Asked in the loop before each request."""
        holds = self._watch.remembers(decision, datetime.now(UTC))
        if holds is None:
            raise TransientError(booking_outcomes.GATES_UNREAD, "The gates had not been read for a second.")
        return holds

    def _arrived(self, one: _Try, line: Line | None, outcome: Outcome | None, error: Exception | None) -> None:
        if line is not None:
            line.note(refused=isinstance(error, AuthorizationError))
        if outcome is not None or error is not None:
            self._end(one, outcome, error)
        elif one.stop is not None:
            # Twice not found, it is proven not to be there: the mark of the earlier send goes.
            self._end(one, replace(one.stop, reconcile=False))
        else:
            one.looking = one.on_the_wire = one.marked = False
            one.looked = True
            self._on_its_line(one)

    def _end(self, one: _Try, outcome: Outcome | None, error: Exception | None = None) -> None:
        if not self._drop(one):
            return
        if outcome is None:
            assert error is not None
            log.error("connector failed", extra={"item": str(one.item.public_id)}, exc_info=error)
            outcome = own_fault(error)
        self._results.append((one.item, outcome))


def _where_it_stops(
    item: SyncItem, capacity: dict[str, Any], envelope: dict[str, Any], decision: Decision
) -> Outcome | None:
    """None when it may be handed over, which is so for the stand-in only."""
    problems = envelopes.problems(envelope)
    needs_review = bool(capacity.get("needs_review")) and item.cleared_at is None
    if decision.open and decision.environment is Environment.STAND_IN and not problems and not needs_review:
        return None
    stop = where_it_stops(problems, decision, needs_review=needs_review)
    if stop.cause == CAPACITY_REVIEW:
        return _to_dispatch(capacity, envelope)
    missing = [
        reason for reason in stop.missing if not (decision.environment is Environment.STAND_IN and reason is NO_SENDER)
    ]
    return Outcome(
        State.BLOCKED,
        tried=False,
        cause=stop.cause,
        detail=f"Held back: {len(missing)} things are missing before it may be sent by API.",
        envelope=envelope,
        missing=[asdict(reason) for reason in missing],
    )


def _to_dispatch(capacity: dict[str, Any], envelope: dict[str, Any]) -> Outcome:
    return Outcome(
        State.NEEDS_REVIEW,
        tried=False,
        cause=CAPACITY_REVIEW,
        detail=f"The capacity rule “{capacity.get('rule', '')}” wants dispatch to look first.",
        envelope=envelope,
    )
