"""Plans bookings: reads the requests of a batch, builds their envelopes, and decides which of them may be sent.

A blocked item lists what is missing and who is responsible, its binding first. Runs on the drain's thread, in a worker
scope.
"""

import json
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.db import DatabaseError

from pagetojob.gates.services import Decision
from pagetojob.gates.watch import Watch
from pagetojob.platform.postgresql.base import prepared_cursor
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import UNSEEN_CHARACTER

from ... import envelope as envelopes
from ... import sql
from ...binding_blocked import LEAD_FIELDS, REQUEST_FIELDS, jobs_of
from ...booking_decisions import decisions_for
from ...item_actions import CAPACITY_REVIEW, MAPPING_MISSING
from ...models import State, SyncItem
from ...office_answer import BOOKED_BY_OFFICE, BOOKED_SENTENCE, EXCLUDED
from ...outcomes import Outcome
from ...stop_reasons import ENDED_SENTENCE, may_send, where_it_stops
from .interpret import blocked

#: The gates are read again if their epochs would be too old this many seconds from now.
AHEAD_SECONDS = 0.75
#: For this long, an open decision is reused while the watch reports no change.
CACHE_SECONDS = 60.0
#: `soon` is stored for a visitor who gave no urgency, as `BookingRequest.urgency_given` has it.
_COLUMNS = {"urgency": "CASE WHEN request.as_typed ? 'urgency' THEN '' ELSE request.urgency END"}
_SQL = sql.load(
    "booking_plan",
    lead_columns=", ".join(f"lead.{name}" for name in LEAD_FIELDS),
    request_columns=", ".join(_COLUMNS.get(name, f"request.{name}") for name in REQUEST_FIELDS),
    roles=", ".join(f"('{role}', binding.{role}_id)" for role in PageBinding.MAPPED),
    unseen=UNSEEN_CHARACTER,
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Draft:
    """The envelope and the decision for an item; `stop` is why it may not be sent."""

    envelope: dict[str, Any]
    decision: Decision
    stop: Outcome | None


@dataclass(frozen=True)
class _Request:
    """The answers of a visitor: the values of a booking request and its lead that an envelope is built from."""

    tenant_id: int
    time_zone: str
    binding_id: int | None
    capacity: dict[str, Any]
    is_booked: bool
    excluded_as: str
    is_known: bool
    lead: dict[str, Any]
    request: dict[str, Any]


class DecisionCache:
    """Open decisions, cached across drains by the thread that made them, and the watch over them."""

    def __init__(self) -> None:
        self.watch = Watch()
        self._open: dict[int, tuple[Decision, float]] = {}

    def decisions(self, tenant_ids: set[int]) -> dict[int, Decision]:
        """Return the decisions for tenants by id. At most one query per second, and four for tenants that are new.

        The reasons of a closed decision are read again for each batch.
        """
        now = datetime.now(UTC)
        self.watch.refresh(ahead=AHEAD_SECONDS)
        known = {
            pk: decision
            for pk in tenant_ids
            if (entry := self._open.get(pk))
            and monotonic() - entry[1] <= CACHE_SECONDS
            and self.watch.holds(decision := entry[0], now)
        }
        if undecided := tenant_ids - known.keys():
            made = decisions_for(list(Tenant.objects.filter(pk__in=undecided)))
            self._open |= {pk: (decision, monotonic()) for pk, decision in made.items() if decision.open}
            self.watch.add(pk for pk, decision in made.items() if decision.open)
            known |= made
        return known


_here = threading.local()


def decision_cache() -> DecisionCache:
    """Return the cache of this thread: a watch is not shared."""
    if not hasattr(_here, "decisions"):
        _here.decisions = DecisionCache()
    cache: DecisionCache = _here.decisions
    return cache


def forget_decisions() -> None:
    """Clear the cache of this thread. For tests, which reuse ids."""
    _here.__dict__.clear()


def draft_many(items: Sequence[SyncItem], decisions: DecisionCache) -> dict[int, Draft | Exception]:
    """Return a draft for each item by id, or the error that prevented it. Three queries, and those of `decisions`."""
    requests = _read_requests(items)
    mapped = _read_mapped(requests.values())
    jobs = jobs_of((request.tenant_id, request.request["service"]) for request in requests.values())
    decided = decisions.decisions({request.tenant_id for request in requests.values()})
    drafts: dict[int, Draft | Exception] = {}
    for item in items:
        try:
            request = requests[item.lead_id or 0]
            job = jobs.get((request.tenant_id, request.request["service"]))
            roles = mapped.get(request.binding_id or 0, {})
            drafts[item.id] = _draft(item, request, roles, job, decided[request.tenant_id])
        except DatabaseError:
            raise
        except Exception as error:
            log.exception("booking not prepared", extra=item.log_fields)
            drafts[item.id] = error
    return drafts


def _read_requests(items: Sequence[SyncItem]) -> dict[int, _Request]:
    """Return the requests of the items by lead id."""
    with prepared_cursor() as cursor:
        cursor.execute(_SQL["requests"], [[item.tenant_id for item in items], [item.lead_id for item in items]])
        rows = cursor.fetchall()
    return {
        lead_id: _Request(
            tenant_id,
            time_zone,
            binding_id,
            json.loads(capacity) if capacity else {},
            is_booked,
            excluded_as,
            is_known,
            dict(zip(LEAD_FIELDS, values, strict=False)),
            dict(zip(REQUEST_FIELDS, values[len(LEAD_FIELDS) :], strict=True)),
        )
        for lead_id, tenant_id, time_zone, binding_id, capacity, is_booked, excluded_as, is_known, *values in rows
    }


def _read_mapped(requests: Iterable[_Request]) -> dict[int, dict[str, dict[str, Any]]]:
    """Return the records that the requests' bindings name, by binding id and role, in the order of the roles."""
    wanted = {request.binding_id: request.tenant_id for request in requests if request.binding_id}
    if not wanted:
        return {}
    with prepared_cursor() as cursor:
        cursor.execute(_SQL["mapped"], [list(wanted.values()), list(wanted)])
        mapped = {pk: json.loads(text) for pk, text in cursor.fetchall()}
    return {pk: {role: roles[role] for role in PageBinding.MAPPED if role in roles} for pk, roles in mapped.items()}


def _draft(
    item: SyncItem,
    request: _Request,
    mapped: Mapping[str, Mapping[str, Any]],
    job: envelopes.Job | None,
    decision: Decision,
) -> Draft:
    roles, mismatches = envelopes.for_service(mapped, request.request["service"], job)
    envelope = envelopes.build(
        lead=request.lead,
        request=request.request,
        mapped=roles,
        time_zone=request.time_zone,
        mismatches=mismatches,
        is_known=request.is_known,
    )
    if request.is_booked:
        return Draft(envelope, decision, _not_wanted(envelope, BOOKED_BY_OFFICE, BOOKED_SENTENCE))
    if request.excluded_as:
        sentence = f"The request is excluded as {request.excluded_as}."
        return Draft(envelope, decision, _not_wanted(envelope, EXCLUDED, sentence))
    return Draft(envelope, decision, _where_it_stops(item, request.capacity, envelope, decision))


def _not_wanted(envelope: dict[str, Any], cause: str, sentence: str) -> Outcome:
    """Stop a request that the office booked, or that was excluded: it would be booked twice."""
    stop = blocked(cause, "booking", "Operations", sentence)
    return replace(stop, envelope=envelope, reconcile=None)


def _where_it_stops(
    item: SyncItem, capacity: dict[str, Any], envelope: dict[str, Any], decision: Decision
) -> Outcome | None:
    """Return why a booking may not be sent; None if it may."""
    problems = envelopes.problems(envelope)
    needs_review = bool(capacity.get("needs_review")) and item.cleared_at is None
    if may_send(decision) and not problems and not needs_review:
        if envelopes.provider_of(envelope) is not None:
            return None
        sentence = "The booking provider of the page has no ServiceTitan ID."
        return blocked(MAPPING_MISSING, "mapping", "Operations", sentence)
    stop = where_it_stops(problems, decision, needs_review=needs_review)
    if stop.cause == CAPACITY_REVIEW:
        return _to_dispatch(capacity, envelope)
    return Outcome(
        State.BLOCKED,
        tried=False,
        cause=stop.cause,
        detail=ENDED_SENTENCE if decision.has_ended else _remaining(len(stop.missing)),
        envelope=envelope,
        missing=[asdict(reason) for reason in stop.missing],
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
