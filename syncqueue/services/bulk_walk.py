"""Runs over a list of items that a person reviewed: each item once, also after a crash."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..errors import QueueError

#: Number of items between two checks of the clock and of whether to continue.
STEP = 50
_MOST_REASONS = 20
_OTHER = "Other reasons."


def list_hash(ids: Sequence[int]) -> str:
    """Return the SHA-256 that identifies a list in the audit log: over its ids in order, separated by commas."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def frozen(ids: Sequence[int], *, actor: User, reason: str) -> dict[str, Any]:
    """Return the part of a run's params that `walk` and `asker_of` read."""
    return {"ids": list(ids), "sha256": list_hash(ids), "reason": reason, "role": actor.ops_role}


def asker_of(run: Run) -> User:
    """Return the user who started a run, with their role at that time; a worker may not read the users table."""
    return User(pk=run.asked_by_id, ops_role=run.params["role"])


def reason_of(run: Run) -> str:
    """Return the reason for one item of a run: it names the run, so that the item's timeline leads there."""
    return f"Run {str(run.public_id)[:8]}: {run.params['reason']}"


def walk(run: Run, act: Callable[[int], None], *, look: Callable[[], None] = lambda: None) -> Iterator[Progress]:
    """Call `act` with each id of the run's list, each in its own worker scope.

    The change and the position in the list are committed together, so a worker killed at any point repeats nothing.
    `act` raises QueueError to skip an item; the sentence is counted. `look` runs before every 50 items; it or `act`
    raises RunStopped to end the run.
    """
    ids: list[int] = run.params["ids"]
    while (start := _tally(run)["at"]) < len(ids):
        with scope.worker():
            look()
        for pk in ids[start : start + STEP]:
            try:
                with scope.worker():
                    _process(run, pk, act)
            except RunStopped:
                with scope.worker():
                    checkpoint(run, _progress(run, _tally(run) | {"stopped_at": pk}))
                raise
        yield _progress(run, _tally(run))


def _process(run: Run, pk: int, act: Callable[[int], None]) -> None:
    tally = _tally(run)
    try:
        act(pk)
        tally["done"] += 1
    except QueueError as error:
        _leave_out(tally, pk, error.for_people)
    tally["at"] += 1
    checkpoint(run, _progress(run, tally))


def _progress(run: Run, tally: dict[str, Any]) -> Progress:
    return Progress(done=tally["at"], total=len(run.params["ids"]), cursor=tally)


def _tally(run: Run) -> dict[str, Any]:
    stored = run.cursor or {"at": 0, "done": 0, "skipped": {}, "examples": []}
    return {**stored, "skipped": dict(stored["skipped"]), "examples": list(stored["examples"])}


def _leave_out(tally: dict[str, Any], pk: int, why: str) -> None:
    skipped: dict[str, int] = tally["skipped"]
    key = why if why in skipped or len(skipped) < _MOST_REASONS else _OTHER
    skipped[key] = skipped.get(key, 0) + 1
    if len(tally["examples"]) < _MOST_REASONS:
        tally["examples"].append([pk, why])
