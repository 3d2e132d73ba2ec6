"""The cases about writing: the booking handoff, and retries with rate limits."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.utils import timezone

from pagetojob.platform.outbound.errors import AuthorizationError, GateClosedError
from pagetojob.platform.outbound.response import Answer
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.client.resources import TAXONOMY
from pagetojob.servicetitan.validation.recording import MadeError, Plan
from syncqueue import envelope as envelopes
from syncqueue import handoff_trial, retry
from syncqueue.outcomes import Outcome, State

from .cases_access import HANDOFF, answer
from .cases_reading import LISTS
from .ground import Blocked, Failed
from .trial import Trial

#: Requests per second that an app may send to an account, as publicly documented.
LIMIT = 60
_BACKLOG = 40
_ATTEMPTS = 5
#: A booking that exists is usually found at once; only its absence needs the full wait.
_EARLY_SECONDS = (0.0, 1.0, 3.0)
Envelope = dict[str, Any]
Lookups = list[dict[str, Any]]


def booking_handoff(trial: Trial) -> None:
    provider = provider_of(trial)
    mapped = _mapping(trial, provider)
    trial.note(provider=provider, mapped={role: item["external_id"] for role, item in mapped.items()})
    first, second, third = (test_envelope(mapped, name) for name in ("plain", "not-sent", "lost"))
    lookups: Lookups = []
    trial.note(lookups=lookups, correction="", lost_answer="", creates_by_reference={})

    plain = _deliver(trial, first, lookups)

    trial.recorder.plan(MadeError.NOT_SENT, _is_create)
    stopped = _create(trial, second, attempts=1)
    if stopped.cause != "booking-away":
        raise Failed(f"A request that was never sent has the cause {stopped.cause or 'none'}.")
    resent = _deliver(trial, second, lookups)

    lost, adopted = _lose_answer(trial, third, lookups)
    second_search = _search(trial, third, third, lookups)
    if second_search.external_id != adopted.external_id:
        raise Failed("Two lookups found different bookings.")
    trial.note(lost_answer={"cause": lost.cause, "adopted": adopted.adopted, "sent_again": False})

    corrected = {**first, "booking": {**first["booking"], "summary": first["booking"]["summary"] + "\nCorrected."}}
    update = _search(trial, first, corrected, lookups)
    if update.state not in {State.DELIVERED, State.NEEDS_REVIEW} or update.external_id != plain.external_id:
        raise Failed("A correction of an existing booking did not end as an update or a stop.")
    trial.note(correction="updated" if update.state == State.DELIVERED else "stopped for a person")
    _count(trial, provider, {first["reference"]: plain, second["reference"]: resent, third["reference"]: adopted})


def _lose_answer(trial: Trial, envelope: Envelope, lookups: Lookups) -> tuple[Outcome, Outcome]:
    """Discard the answer of a stored booking. Return the outcome of the create, and of the search for the booking.

    If the server itself failed before it stored the booking, the absence is proven, and it is sent again.
    """
    trial.recorder.plan(MadeError.ANSWER_LOST, _is_create)
    for _ in range(_ATTEMPTS):
        lost = _create(trial, envelope)
        if lost.cause != "booking-unclear":
            raise Failed(f"A lost answer has the cause {lost.cause or 'none'}, so it could be sent again.")
        adopted = _search_until_known(trial, envelope, envelope, lookups)
        if adopted is not handoff_trial.ABSENT:
            break
    if adopted.state != State.DELIVERED:
        raise Failed("A booking whose answer was lost was not found.")
    trial.recorder.plans.clear()
    return lost, adopted


def _count(trial: Trial, provider: int, sent: dict[str, Outcome]) -> None:
    """Raise Failed unless each reference has exactly one booking, the one that we know."""
    pairs, counts = {}, {}
    for reference, outcome in sent.items():

        async def find(caller: Caller, reference: str = reference) -> tuple[Any, ...]:
            return await bookings.find_by_reference(caller, provider=provider, reference=reference)

        matches = trial.call(HANDOFF, find)
        pairs[reference], counts[reference] = outcome.external_id, len(matches)
        trial.note(bookings=pairs, bookings_by_reference=counts)
        if [str(booking.id) for booking in matches] != [outcome.external_id]:
            raise Failed(f"Our reference {reference} has {len(matches)} bookings, not the one that we know.")


def _deliver(trial: Trial, envelope: Envelope, lookups: Lookups) -> Outcome:
    """Create a booking as the sender does: an unclear outcome is searched for, never sent again while it is unclear."""
    outcome = _create(trial, envelope)
    if outcome.cause == "booking-unclear":
        outcome = _search_until_known(trial, envelope, envelope, lookups)
        if outcome is handoff_trial.ABSENT:
            outcome = _create(trial, envelope)
    if outcome.state != State.DELIVERED:
        raise Failed(f"A test booking was not accepted: {outcome.detail or outcome.cause}")
    return outcome


def _create(trial: Trial, envelope: Envelope, *, attempts: int = _ATTEMPTS) -> Outcome:
    """Create a booking. Repeats it only after outcomes that are certain not to have arrived."""

    async def work(caller: Caller) -> Outcome:
        return await handoff_trial.create(caller, envelope)

    before = trial.recorder.methods["POST"]
    outcome = _repeated(trial, work, attempts)
    counts = trial.evidence.get("creates_by_reference", {})
    counts[envelope["reference"]] = counts.get(envelope["reference"], 0) + trial.recorder.methods["POST"] - before
    return outcome


def _search(trial: Trial, sent: Envelope, envelope: Envelope, lookups: Lookups, earlier: int = 0) -> Outcome:
    async def work(caller: Caller) -> Outcome:
        return await handoff_trial.find_earlier(caller, sent, envelope, earlier=earlier)

    outcome = _repeated(trial, work, _ATTEMPTS)
    lookups.append(
        {
            "reference": sent["reference"],
            "at": timezone.now().isoformat(),
            "found": outcome.external_id or "nothing",
            "result": outcome.detail or outcome.cause,
        }
    )
    return outcome


def _repeated(trial: Trial, work: Callable[[Caller], Any], attempts: int) -> Outcome:
    """Repeat a call that was certainly not processed, and a lookup that failed."""
    for attempt in range(1, attempts + 1):
        outcome: Outcome = trial.call(HANDOFF, work)
        again = outcome.cause == "booking-away" or (outcome.cause == "look-up-due" and not outcome.found_nothing)
        if not again or attempt == attempts:
            break
        time.sleep(min(max(outcome.wait.total_seconds(), 0.25 * 2**attempt), 60.0))
    return outcome


def _search_until_known(trial: Trial, sent: Envelope, envelope: Envelope, lookups: Lookups) -> Outcome:
    """Search early, and count absence only after the waits of the sender."""
    for seconds in _EARLY_SECONDS:
        time.sleep(seconds)
        outcome = _search(trial, sent, envelope, lookups)
        if outcome.external_id:
            return outcome
    time.sleep(settings.FIRST_LOOK_UP_SECONDS)
    outcome = _search(trial, sent, envelope, lookups)
    if outcome.external_id:
        return outcome
    time.sleep(settings.SECOND_LOOK_UP_SECONDS)
    return _search(trial, sent, envelope, lookups, earlier=1)


def provider_of(trial: Trial) -> int:
    """Return the ID of an active booking provider. Raises Blocked without one."""
    page = trial.call(HANDOFF, bookings.provider_tags)
    active = [tag.id for tag in page.rows if tag.active is not False]
    if not active:
        raise Blocked("The account has no active booking provider. Create one there, and run the case again.")
    return active[0]


_LISTS = ("job types", "business units")


def _mapping(trial: Trial, provider: int) -> dict[str, dict[str, Any]]:
    """Return the roles of an envelope: a job type and a business unit that fits it, where the account shows them."""
    mapped: dict[str, dict[str, Any]] = {"booking_provider": {"name": "provider", "external_id": provider}}
    try:
        jobs, units = (trial.call(LISTS, partial(Caller.page, resource=TAXONOMY[name])) for name in _LISTS)
    except (AuthorizationError, GateClosedError):
        return mapped
    active_units = {row.id: row.name for row in units.rows if row.active is not False}
    for job in jobs.rows:
        fitting = [unit for unit in job.links.get("businessUnitIds", tuple(active_units)) if unit in active_units]
        if job.active is not False and fitting:
            mapped["job_type"] = {"name": job.name, "external_id": job.id}
            mapped["business_unit"] = {"name": active_units[fitting[0]], "external_id": fitting[0]}
            break
    return mapped


def test_envelope(mapped: dict[str, dict[str, Any]], name: str) -> Envelope:
    """Return the envelope of a fictional request, with a new reference."""
    reference = f"ptj-validation-{timezone.now():%Y%m%d%H%M%S%f}-{name}"
    lead = dict.fromkeys(("street", "city", "state", "zip"), "") | {
        "reference": reference,
        "spoken_code": "TEST",
        "name": "Validation Visitor",
        "phone": "(602) 555-0142",
        "phone_e164": "+16025550142",
        "email": "validation@example.com",
        "message": "A test of PageToJob. Please dismiss it.",
    }
    request = {
        "service": "Test",
        "urgency": "flexible",
        "preferred_date": None,
        "preferred_window": "any",
        "page_path": "/",
    }
    return envelopes.build(lead=lead, request=request, mapped=mapped, time_zone="America/Phoenix")


def _is_create(method: str, url: str) -> bool:
    return method == "POST" and url.endswith("/bookings")


def retries_and_limits(trial: Trial) -> None:
    provider = provider_of(trial)
    trial.note(requests_by_second=_backlog(trial), limit=LIMIT)
    highest = max(trial.evidence["requests_by_second"])
    trial.note(highest_second=highest)
    if highest > LIMIT:
        raise Failed(f"{highest} requests were sent in one second.")
    _slowed_down(trial)
    envelope = test_envelope({"booking_provider": {"name": "provider", "external_id": provider}}, "never-sent")
    causes: dict[str, Any] = {}
    trial.note(causes=causes)
    for name, plan, state in _MADE:
        outcome, causes[name] = _make_error(trial, plan, envelope)
        unclear = outcome.cause == "booking-unclear" and outcome.wait >= timedelta(
            seconds=settings.FIRST_LOOK_UP_SECONDS
        )
        if outcome.state != state or unclear != (state == State.RETRYING):
            raise Failed(f"After {name}, the booking would be {outcome.state} with the cause {outcome.cause}.")
    _rejected_token(trial, causes)
    _never_called(trial, envelope, causes)
    if retry.next_wait(attempts=20, age=retry.GIVE_UP_AFTER, draw=0.5) is not None:
        raise Failed("Retries have no end.")
    causes["retries end"] = {"after_hours": retry.GIVE_UP_AFTER.total_seconds() / 3600, "then": "a person"}


def _backlog(trial: Trial) -> list[int]:
    """Read as often as the sender would, and return the requests of each second."""
    rate = min(settings.BOOKINGS_PER_SECOND, LIMIT / 2)

    async def work(caller: Caller) -> None:
        for _ in range(_BACKLOG):
            await bookings.provider_tags(caller)
            await asyncio.sleep(1 / rate)

    trial.call(HANDOFF, work)
    return [trial.recorder.seconds[second] for second in sorted(trial.recorder.seconds)]


def _slowed_down(trial: Trial) -> None:
    """Answer a read with 429, and see the wait before the next request."""
    asked = 1
    limited = Answer(429, {"retry-after": str(asked)}, b"")
    trial.recorder.plan(MadeError.ANSWERED, lambda method, url: method == "GET", limited)
    began = time.monotonic()
    trial.call(HANDOFF, bookings.provider_tags)
    waited = time.monotonic() - began
    trial.note(asked_to_wait=asked, waited=round(waited, 2))
    if waited < asked:
        raise Failed("The next request came earlier than the API asked.")


#: Errors of a create that are made on our side, and the state that must follow.
_MADE = (
    ("a time-out", Plan(MadeError.TIMED_OUT, _is_create), State.RETRYING),
    ("a server error", Plan(MadeError.ANSWERED, _is_create, answer(500, {"status": 500})), State.RETRYING),
    ("a refusal", Plan(MadeError.ANSWERED, _is_create, answer(403, {"status": 403})), State.BLOCKED),
    ("an unknown ID", Plan(MadeError.ANSWERED, _is_create, answer(404, {"status": 404})), State.BLOCKED),
    ("an invalid field", Plan(MadeError.ANSWERED, _is_create, answer(400, {"status": 400})), State.NEEDS_REVIEW),
)


def _make_error(trial: Trial, plan: Plan, envelope: Envelope) -> tuple[Outcome, dict[str, Any]]:
    """Make an error of a create on our side. Nothing is sent."""
    sent = trial.recorder.methods["POST"]
    trial.recorder.plans.append(plan)
    outcome = _create(trial, envelope, attempts=1)
    facts = {
        "cause": outcome.cause,
        "state": outcome.state.value,
        "wait_seconds": outcome.wait.total_seconds(),
        "sent": trial.recorder.methods["POST"] - sent,
        "made_by_us": True,
    }
    return outcome, facts


def _rejected_token(trial: Trial, causes: dict[str, Any]) -> None:
    tokens, rejections = trial.token_requests, _rejections(trial)
    trial.recorder.plan(MadeError.ANSWERED, lambda method, url: method == "GET", answer(401, {"status": 401}))
    trial.call(HANDOFF, bookings.provider_tags)
    new, rejected = trial.token_requests - tokens, _rejections(trial) - rejections
    causes["rejected token"] = {"new_tokens": new, "rejected": rejected, "made_by_us": True}
    if new != rejected:
        raise Failed("After a rejected token, not exactly one new token was requested.")


def _rejections(trial: Trial) -> int:
    return sum(entry.get("status") == HTTPStatus.UNAUTHORIZED for entry in trial.recorder.listed)


def _never_called(trial: Trial, envelope: Envelope, causes: dict[str, Any]) -> None:
    """See that no request is made without a mapping, without the scope and behind a closed gate."""
    sent = trial.recorder.sent
    unmapped = {**envelope, "mapped": {}}
    if not envelopes.problems(unmapped):
        raise Failed("An envelope without a mapping has no problem.")
    for name, change in (("missing scope", {"granted": frozenset()}), ("closed gate", {"open": False})):
        try:
            trial.call(HANDOFF, bookings.provider_tags, change=partial(replace, **change))
        except GateClosedError as error:
            causes[name] = {"cause": error.code, "sent": trial.recorder.sent - sent}
        else:
            raise Failed(f"A call was made in spite of a {name}.")
    causes["missing mapping"] = {"cause": "mapping-missing", "sent": trial.recorder.sent - sent}
    if trial.recorder.sent != sent:
        raise Failed("A request was sent that must not be.")
