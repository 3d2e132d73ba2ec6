"""A transport that records each request without its contents, and makes errors on our side of the wire.

An error is planned by the caller for the next request that it fits. Errors that the other side cannot make
when asked, such as a lost answer, are made here, so the same run works against any server.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from pagetojob.platform.outbound.errors import TransientError, UnclearError
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.outbound.transport import Transport

#: Requests that a result lists; further ones are counted only.
MOST_LISTED = 500
_NUMBER = re.compile(r"(?<=/)[0-9]+(?=/|$)")
_TENANT = re.compile(r"(?<=/tenant/)[0-9]+")


class MadeError(StrEnum):
    NOT_SENT = "stopped before it was sent"
    ANSWER_LOST = "answer discarded on our side"
    TIMED_OUT = "timed out on our side"
    ANSWERED = "answered on our side"


@dataclass(frozen=True)
class Plan:
    """An error for the next request that `fits` (method and URL). `answer` is what ANSWERED returns."""

    error: MadeError
    fits: Callable[[str, str], bool]
    answer: Answer | None = None


@dataclass
class Recorder:
    """The requests of one case, and the errors planned for it."""

    listed: list[dict[str, Any]] = field(default_factory=list)
    seconds: Counter[int] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    plans: list[Plan] = field(default_factory=list)
    #: Called with the form of each token request.
    on_form: Callable[[Mapping[str, str]], None] | None = None

    def plan(self, error: MadeError, fits: Callable[[str, str], bool], answer: Answer | None = None) -> None:
        self.plans.append(Plan(error, fits, answer))

    def take(self, method: str, url: str) -> Plan | None:
        """Return the first plan that fits the request, and remove it."""
        plan = next((plan for plan in self.plans if plan.fits(method, url)), None)
        if plan is not None:
            self.plans.remove(plan)
        return plan

    def note(self, entry: dict[str, Any], *, sent: bool) -> None:
        if sent:
            self.sent += 1
            self.seconds[int(monotonic())] += 1
            self.methods[entry["method"] if not entry["path"].endswith("/connect/token") else "token"] += 1
        if len(self.listed) < MOST_LISTED:
            self.listed.append(entry)


class RecordingTransport(Transport):
    """Transport of the harness. Use it like a Transport."""

    def __init__(self, recorder: Recorder, **options: Any) -> None:
        super().__init__(**options)
        self._recorder = recorder

    async def send(
        self, method: str, url: str, *, headers: Any, params: Any = None, json: Any = None, form: Any = None
    ) -> Answer:
        recorder, began = self._recorder, monotonic()
        if form is not None and recorder.on_form is not None:
            recorder.on_form(form)
        plan = recorder.take(method, url)
        error = plan.error if plan else None
        entry = masked(method, url, params=params, body=json)
        if error is not None:
            entry["made_by_us"] = error.value
        answer: Answer | None = None
        sent = error in (None, MadeError.ANSWER_LOST)
        try:
            if plan is not None and plan.error is MadeError.ANSWERED:
                answer = plan.answer
            elif sent:
                answer = await super().send(method, url, headers=headers, params=params, json=json, form=form)
        finally:
            if answer is not None:
                entry |= {"status": answer.status, "answer_sha256": hashlib.sha256(answer.body).hexdigest()}
            entry["milliseconds"] = round((monotonic() - began) * 1000)
            recorder.note(entry, sent=sent)
        if plan is not None and error is MadeError.ANSWER_LOST and answer is not None and answer.status >= 300:
            self._recorder.plans.append(plan)  # nothing was processed, so there is nothing to lose
            return answer
        if error is MadeError.NOT_SENT:
            raise TransientError("connect", "The server could not be reached.")
        if error is MadeError.TIMED_OUT:
            raise UnclearError("time-out", "The request timed out.")
        if error is MadeError.ANSWER_LOST or answer is None:
            raise UnclearError("cut", "The connection was lost before the response.")
        return answer


def masked(method: str, url: str, *, params: Any = None, body: Any = None) -> dict[str, Any]:
    """Return what may be stored of a request: its path without IDs, the names of its parameters, and a hash.

    A form, which holds credentials, is not even hashed.
    """
    path = _NUMBER.sub("{id}", _TENANT.sub("{tenant}", urlsplit(url).path))
    entry: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "method": method, "path": path}
    if params:
        entry["parameters"] = sorted(params)
    if body is not None:
        entry["body_sha256"] = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return entry
