"""Bulk actions as runs: each item is changed by the service of the single action, in its own transaction.

The audit log gets one line for the run, with the hash of the list, and one line per item from the single action. So an
item's timeline says who did it, and the reason names the run.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.runs.models import OPEN as RUN_OPEN
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from ..bulk_list import MOST, TYPED_ABOVE, BulkList, BulkMove, left_out
from ..errors import QueueError
from ..item_actions import person_of
from ..models import SnoozeReason, SyncItem, TriageChange
from ..triage_rules import SnoozeFor
from . import exclusions, operate, triage
from .operate import Proof
from .triage import Snooze

BULK, UNDO = "syncqueue.bulk", "syncqueue.undo_bulk"
_CHANGED = "Its state has changed since the preview."
#: Number of items between two checks of the clock and of whether to continue.
STEP = 50
_MOST_REASONS = 20
_OTHER = "Other reasons."


@dataclass(frozen=True)
class Confirmation:
    """A person's confirmation after the preview: the reason, the typed number if asked for, and the proof if needed."""

    reason: str
    typed: int | None = None
    proof: Proof | None = None
    assignee: User | None = None
    snooze: Snooze | None = None

    def params(self) -> dict[str, Any]:
        """Return the answers as values of a run's params."""
        proof, snooze = self.proof, self.snooze
        return {
            "proof": asdict(proof) | {"at": proof.at.isoformat()} if proof else None,
            "assignee": self.assignee.pk if self.assignee else None,
            "snooze": [snooze.length.value, snooze.reason.value] if snooze else None,
        }


@dataclass(frozen=True)
class Started:
    """The runs of an action, one per tenant, and the runs that prevented it for the other tenants."""

    runs: Sequence[Run]
    busy: Sequence[Run]


def start_bulk(*, chosen: BulkList, actor: User, confirmed: Confirmation) -> Started:
    """Start a run for each tenant over exactly the items that were shown.

    The same list sent twice starts the same runs. For a tenant with another bulk run in progress, none is started.
    Raises QueueError if the role, the number or the proof is not valid. Five statements per tenant.
    """
    _check(chosen, actor, confirmed)
    runs: list[Run] = []
    busy: list[Run] = []
    with transaction.atomic():
        for tenant in Tenant.objects.filter(pk__in=chosen.ids).order_by("name", "pk"):
            run, ours = _start_for(tenant, chosen=chosen, actor=actor, confirmed=confirmed)
            (runs if ours else busy).append(run)
    return Started(runs, busy)


def _start_for(tenant: Tenant, *, chosen: BulkList, actor: User, confirmed: Confirmation) -> tuple[Run, bool]:
    """Return the run for the items of one tenant, or the one that is in progress; and whether it is ours."""
    since = timezone.now() - timedelta(hours=2)
    same = Run.objects.filter(tenant=tenant, kind=BULK, created_at__gt=since, params__nonce=chosen.nonce).first()
    if same is not None:
        return same, True
    ids = chosen.of(tenant.pk)
    params = frozen(ids, actor=actor, reason=confirmed.reason) | {
        "move": chosen.move.value,
        "seen": {state: list(ids_of) for state, ids_of in chosen.ids[tenant.pk].items()},
        **confirmed.params(),
        "nonce": chosen.nonce,
        "back": chosen.query,
        "words": f"{chosen.move.label}: {chosen.words}",
    }
    run, new = start_run(
        tenant=tenant,
        kind=BULK,
        params=params,
        actor=actor,
        reason=confirmed.reason,
        total=len(ids),
        changes={
            "kind": (None, BULK),
            "move": (None, chosen.move.value),
            "filter": (None, chosen.words),
            "items": (None, len(ids)),
            "sha256": (None, list_hash(ids)),
        },
    )
    return run, new or run.params["nonce"] == chosen.nonce


def work_bulk(run: Run) -> Iterator[Progress]:
    """Handle the run. Skips and counts items that changed since the preview or that the service refuses."""
    move = BulkMove(run.params["move"])
    seen = {pk: state for state, ids in run.params["seen"].items() for pk in ids}
    actor, confirmed = asker_of(run), _confirmed(run)
    who = person_of(actor)

    def act(pk: int) -> None:
        item = SyncItem.objects.select_related("lead", "tenant").filter(tenant=run.tenant_id, pk=pk).first()
        if item is None or item.state != seen[pk]:
            raise QueueError(_CHANGED)
        if why := left_out(move, item, who):
            raise QueueError(why)
        _do(move, item, actor=actor, confirmed=confirmed, run=run)

    yield from walk(run, act)


def _confirmed(run: Run) -> Confirmation:
    """Return the answers that a person gave when they started the run."""
    proof, snooze, pk = (run.params.get(name) for name in ("proof", "snooze", "assignee"))
    with scope.worker():
        assignee = triage.assignable(pk) if pk else None
    if pk and assignee is None:
        raise RunStopped("The chosen person cannot act on the queue any more. Start again with another person.")
    return Confirmation(
        reason=reason_of(run),
        proof=Proof(**proof | {"at": datetime.fromisoformat(proof["at"])}) if proof else None,
        assignee=assignee,
        snooze=triage.Snooze(SnoozeFor(snooze[0]), SnoozeReason(snooze[1])) if snooze else None,
    )


def _do(move: BulkMove, item: SyncItem, *, actor: User, confirmed: Confirmation, run: Run) -> None:
    reason, proof = confirmed.reason, confirmed.proof
    if move == BulkMove.ASSIGN:
        triage.assign(item=item, actor=actor, to=confirmed.assignee, run=run, reason=reason)
    elif move == BulkMove.SNOOZE:
        assert confirmed.snooze is not None
        triage.snooze(item=item, actor=actor, how=confirmed.snooze, run=run, reason=reason)
    elif move.excluded_as:
        exclusions.exclude(item=item, actor=actor, excluded_as=move.excluded_as, reason=reason)
    elif move == BulkMove.RESEND:
        operate.resend(item=item, actor=actor, reason=reason)
    elif move == BulkMove.CANCEL:
        operate.cancel(item=item, actor=actor, reason=reason)
    else:
        assert proof is not None
        operate.mark_manual_complete(item=item, actor=actor, proof=proof, reason=reason)


def _check(chosen: BulkList, actor: User, confirmed: Confirmation) -> None:
    operate.require_can_act(actor)
    if chosen.actor_id != actor.pk:
        raise QueueError("This preview belongs to someone else. Create your own preview.")
    if not 0 < chosen.count <= MOST:
        raise QueueError("There is nothing to do: the action is not possible for any of these items.")
    if chosen.count > TYPED_ABOVE and confirmed.typed != chosen.count:
        raise QueueError(f"Type the number of items, {chosen.count}, to confirm that you mean all items.")
    if chosen.move == BulkMove.MANUAL_COMPLETE:
        if confirmed.proof is None:
            raise QueueError("Enter where these items were completed manually.")
        if len(chosen.ids) > 1:
            # A record that proves a booking belongs to the account of one contractor.
            raise QueueError("A proof cannot cover several contractors. Filter the list by contractor first.")
        if confirmed.proof.at > timezone.now():
            raise QueueError("That time is in the future. Enter the time when it was done.")
    if chosen.move == BulkMove.SNOOZE and confirmed.snooze is None:
        raise QueueError("Choose until when the items are snoozed, and why.")


def start_undo(*, run: Run, actor: User) -> tuple[Run, bool]:
    """Start a run that restores assignees and snoozes as they were before `run`; return it and whether it is new.

    Raises QueueError if `run` has not ended, or changed anything else than that.
    """
    operate.require_can_act(actor)
    if not can_be_undone(run):
        raise QueueError("This run cannot be undone. Undo the items on their pages where that is still possible.")
    ids = list(
        TriageChange.objects.filter(tenant=run.tenant_id, run=run).order_by("item").values_list("item", flat=True)
    )
    reason = f"Undo of run {str(run.public_id)[:8]}."
    params = frozen(ids, actor=actor, reason=reason) | {
        "undoes": run.pk,
        "back": run.params.get("back", ""),
        "words": f"Undo: {run.params.get('words', '')}",
    }
    return start_run(
        tenant=run.tenant,
        kind=UNDO,
        params=params,
        actor=actor,
        reason=reason,
        total=len(ids),
        changes={"kind": (None, UNDO), "items": (None, len(ids)), "sha256": (None, list_hash(ids))},
    )


def can_be_undone(run: Run) -> bool:
    """Return whether the run has ended and changed only assignees or snoozes. No query."""
    if run.kind != BULK or run.state in RUN_OPEN or not run.params:
        return False
    return BulkMove(run.params["move"]).can_be_undone


def work_undo(run: Run) -> Iterator[Progress]:
    """Handle the undo of a run. Skips and counts items that were assigned or snoozed again since then."""
    actor, reason, undoes = asker_of(run), reason_of(run), run.params["undoes"]

    def act(pk: int) -> None:
        item = SyncItem.objects.get(tenant=run.tenant_id, pk=pk)
        triage.undo_change(item=item, actor=actor, of_run=undoes, run=run, reason=reason)

    yield from walk(run, act)


def list_hash(ids: Sequence[int]) -> str:
    """Return the SHA-256 that identifies a list in the audit log: over its ids in order, separated by commas."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()


def frozen(ids: Sequence[int], *, actor: User, reason: str) -> dict[str, Any]:
    """Return the part of a run's params that `walk` and `reason_of` read.

    Only workers of an earlier version read the role. During an update, they still handle runs of new web processes.
    """
    return {"ids": list(ids), "sha256": list_hash(ids), "reason": reason, "role": actor.ops_role}


def asker_of(run: Run) -> User:
    """Return the user who started a run. Raises RunStopped if they may not act on the queue any more. Runs a query."""
    with scope.worker():
        actor = triage.assignable(run.asked_by_id or 0)
    if actor is None:
        raise RunStopped("The person who started this run may not act on the queue any more. Start it again.")
    return actor


def reason_of(run: Run) -> str:
    """Return the reason for one item of a run: it names the run, so that the item's timeline leads there."""
    return f"Run {str(run.public_id)[:8]}: {run.params['reason']}"


def walk(run: Run, act: Callable[[int], None], *, check: Callable[[], None] = lambda: None) -> Iterator[Progress]:
    """Call `act` with each id of the run's list, each in its own worker scope.

    The change and the position in the list are committed together, so a worker killed at any point repeats nothing.
    `act` raises QueueError to skip an item; the sentence is counted. Before every 50 items, the rights of the
    person who started the run are checked, and `check` runs; it or `act` raises RunStopped to end the run.
    """
    ids: list[int] = run.params["ids"]
    while (start := _tally(run)["at"]) < len(ids):
        asker_of(run)
        with scope.worker():
            check()
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
        _leave_out(tally, pk, str(error))
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
