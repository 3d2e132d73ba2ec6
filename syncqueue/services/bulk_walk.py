"""A run over a list of items that a person looked at: each item once, whatever dies in between."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from ..errors import QueueError

#: Items between two looks at the clock and at whether to go on.
STEP = 50
_MOST_REASONS = 20
_OTHER = "Other reasons."


def list_hash(ids: Sequence[int]) -> str:
    """The SHA-256 by which the audit log knows a list: over its ids in order, with commas between."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def frozen(ids: Sequence[int], *, actor: User, reason: str) -> dict[str, Any]:
    """The part of a run's params that `walk` and `asker_of` read."""
    return {"ids": list(ids), "sha256": list_hash(ids), "reason": reason, "role": actor.desk_role}


def asker_of(run: Run) -> User:
    """Who asked for a run, with the role held then; a worker may not read the table of people."""
    return User(pk=run.asked_by_id, desk_role=run.params["role"])


def reason_of(run: Run) -> str:
    """The reason for one item of a run: it names the run, so that the item's timeline leads there."""
    return f"Run {str(run.public_id)[:8]}: {run.params['reason']}"


def walk(run: Run, act: Callable[[int], None], *, look: Callable[[], None] = lambda: None) -> Iterator[Progress]:
    """Give each id of the run's list to `act`, in a worker scope of its own.

    The item and the place in the list are committed together, so a worker killed at any moment
    repeats nothing. `act` raises QueueError to leave an item out; the sentence is counted. `look` runs
    before every 50 items; it or `act` raises RunStopped to end the run.
    """
    ids: list[int] = run.params["ids"]
    while (start := _tally(run)["at"]) < len(ids):
        with scope.worker():
            look()
        for pk in ids[start : start + STEP]:
            try:
                with scope.worker():
                    _one(run, pk, act)
            except RunStopped:
                with scope.worker():
                    checkpoint(run, _progress(run, _tally(run) | {"stopped_at": pk}))
                raise
        yield _progress(run, _tally(run))


def _one(run: Run, pk: int, act: Callable[[int], None]) -> None:
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
    kept = run.cursor or {"at": 0, "done": 0, "skipped": {}, "examples": []}
    return {**kept, "skipped": dict(kept["skipped"]), "examples": list(kept["examples"])}


def _leave_out(tally: dict[str, Any], pk: int, why: str) -> None:
    skipped: dict[str, int] = tally["skipped"]
    key = why if why in skipped or len(skipped) < _MOST_REASONS else _OTHER
    skipped[key] = skipped.get(key, 0) + 1
    if len(tally["examples"]) < _MOST_REASONS:
        tally["examples"].append([pk, why])
