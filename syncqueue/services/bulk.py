"""Bulk actions as runs: each item is changed by the service of the single action, in its own transaction.

The audit log gets one line for the run, with the hash of the list, and one line per item from the single action. So an
item's timeline says who did it, and the reason names the run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, start_run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability

from ..bulk_list import MOST, TYPED_ABOVE, BulkList, BulkMove, left_out
from ..errors import QueueError
from ..item_actions import person_of
from ..models import SyncItem
from . import exclusion, operate, resend
from .bulk_walk import asker_of, frozen, list_hash, reason_of, walk
from .operate import Proof

BULK = "syncqueue.bulk"
_CHANGED = "Its state has changed since the preview."


@dataclass(frozen=True)
class Confirmation:
    """A person's confirmation after the preview: the reason, the typed number if asked for, and the proof if needed."""

    reason: str
    typed: int | None = None
    proof: Proof | None = None


def start_bulk(*, chosen: BulkList, actor: User, confirmed: Confirmation) -> tuple[Run, bool]:
    """Start a run over exactly the items that were shown; return it and whether it is new.

    The same list sent twice starts one run; while another bulk run of the tenant is in progress, that one is returned.
    Raises QueueError if the role, the number or the proof is not valid. Five statements.
    """
    _check(chosen, actor, confirmed)
    tenant = Tenant.objects.get(pk=chosen.tenant_id)
    since = timezone.now() - timedelta(hours=2)
    same = Run.objects.filter(tenant=tenant, kind=BULK, created_at__gt=since, params__nonce=chosen.nonce).first()
    if same is not None:
        return same, True
    ids = chosen.in_order
    params = frozen(ids, actor=actor, reason=confirmed.reason) | {
        "move": chosen.move.value,
        "seen": {state: list(ids_of) for state, ids_of in chosen.ids.items()},
        "proof": _proof_as_json(confirmed.proof),
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
    actor, reason, proof = asker_of(run), reason_of(run), _proof_from_json(run.params["proof"])
    who = person_of(actor)

    def act(pk: int) -> None:
        item = SyncItem.objects.select_related("lead").filter(tenant=run.tenant_id, pk=pk).first()
        if item is None or item.state != seen[pk]:
            raise QueueError(_CHANGED)
        if why := left_out(move, item, who):
            raise QueueError(why)
        _do(move, item, actor=actor, reason=reason, proof=proof)

    yield from walk(run, act)


def _do(move: BulkMove, item: SyncItem, *, actor: User, reason: str, proof: Proof | None) -> None:
    if move.excluded_as:
        exclusion.exclude(item=item, actor=actor, excluded_as=move.excluded_as, reason=reason)
    elif move == BulkMove.RESEND:
        resend.resend(item=item, actor=actor, reason=reason)
    elif move == BulkMove.CANCEL:
        operate.cancel(item=item, actor=actor, reason=reason)
    else:
        assert proof is not None
        operate.mark_manual_complete(item=item, actor=actor, proof=proof, reason=reason)


def _check(chosen: BulkList, actor: User, confirmed: Confirmation) -> None:
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise QueueError("Your role can view the queue but not act on it.")
    if chosen.actor_id != actor.pk:
        raise QueueError("This preview belongs to someone else. Create your own preview.")
    if not 0 < chosen.count <= MOST:
        raise QueueError("There is nothing to do: the action is not possible for any of these items.")
    if chosen.count > TYPED_ABOVE and confirmed.typed != chosen.count:
        raise QueueError(f"Type the number of items, {chosen.count}, to confirm that you mean all items.")
    if chosen.move == BulkMove.MANUAL_COMPLETE:
        if confirmed.proof is None:
            raise QueueError("Enter where these items were completed manually.")
        if confirmed.proof.at > timezone.now():
            raise QueueError("That time is in the future. Enter the time when it was done.")


def _proof_as_json(proof: Proof | None) -> dict[str, str] | None:
    if proof is None:
        return None
    return {"where": proof.where, "reference": proof.reference, "at": proof.at.isoformat()}


def _proof_from_json(stored: dict[str, Any] | None) -> Proof | None:
    if stored is None:
        return None
    return Proof(where=stored["where"], reference=stored["reference"], at=datetime.fromisoformat(stored["at"]))
