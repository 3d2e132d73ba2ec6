"""A bulk action on many items: the actions, the items they skip, and the list as it was shown.

The list goes to the browser and back signed, so that the action applies to the items that were reviewed.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate, pairwise

from django.core import signing

from pagetojob.platform.tenants.models import User
from syncqueue.leads.models import Exclusion

from .item_actions import Move, Person, facts_of, why_not
from .models import State, SyncItem
from .triage_rules import why_not_assign, why_not_snooze

_SALT = "syncqueue.bulk"
VALID_SECONDS = 3600
#: Above this number of items, the operator types the number to confirm.
TYPED_ABOVE = 25
#: The largest number of items in one action.
MOST = 5000
type IdsByState = Mapping[str, tuple[int, ...]]


class BulkMove(StrEnum):
    """An action on many items at once. Its value is what the form sends."""

    RESEND = "resend"
    MANUAL_COMPLETE = "manual-complete"
    CANCEL = "cancel"
    SPAM = "exclude-spam"
    TEST = "exclude-test"
    DUPLICATE = "exclude-duplicate"
    ASSIGN = "assign"
    SNOOZE = "snooze"

    def why_not(self, item: SyncItem, who: Person) -> str:
        """Return why the action on this single item is not possible, or an empty string."""
        if self in _TRIAGE:
            return _TRIAGE[self](item, who)
        return why_not(Move.EXCLUDE if self in _EXCLUDES else Move(self.value), facts_of(item), who)

    @property
    def can_be_undone(self) -> bool:
        """Return whether a whole run can be undone: it changes only who works on an item, and when."""
        return self in _TRIAGE

    @property
    def excluded_as(self) -> str:
        return _EXCLUDES.get(self, "")

    @property
    def label(self) -> str:
        return _WORDS[self][0]

    @property
    def consequence(self) -> str:
        """Return a description of what happens to each item and what can be undone."""
        return _WORDS[self][2]

    def on(self, count: int) -> str:
        """Return the button label: `Cancel 1,200 items`."""
        noun = "request" if self in _EXCLUDES else "item"
        return _WORDS[self][1].format(f"{count:,} {noun}{'' if count == 1 else 's'}")


_EXCLUDES = {
    BulkMove.SPAM: Exclusion.SPAM,
    BulkMove.TEST: Exclusion.TEST,
    BulkMove.DUPLICATE: Exclusion.DUPLICATE,
}
_TRIAGE = {BulkMove.ASSIGN: why_not_assign, BulkMove.SNOOZE: why_not_snooze}
_NO_BULK_UNDO = "You cannot undo the whole list, but you can undo each item on its page within one minute."
_EXCLUDED = (
    "Each request is excluded from the ledger, and its open items are canceled. "
    "You cannot undo the whole list, but you can include each request again on its page."
)
_CANCELLED = (
    "Each item is canceled and will not be sent. "
    f"A request whose handoff is canceled counts as excluded. {_NO_BULK_UNDO}"
)
_SENT = (
    "Each item is queued and sent as soon as a worker is free. Sent items cannot be recalled. "
    "Items that a capacity rule stopped count as reviewed by dispatch."
)
_WORDS: dict[BulkMove, tuple[str, str, str]] = {
    BulkMove.RESEND: (
        "Resend",
        "Resend {}",
        _SENT,
    ),
    BulkMove.MANUAL_COMPLETE: (
        "Mark as done",
        "Mark {} as done",
        f"Each item becomes manual complete, all with the same proof; none counts as automation. {_NO_BULK_UNDO}",
    ),
    BulkMove.CANCEL: ("Cancel", "Cancel {}", _CANCELLED),
    BulkMove.SPAM: ("Exclude as spam", "Exclude {} as spam", _EXCLUDED),
    BulkMove.TEST: ("Exclude as test", "Exclude {} as test", _EXCLUDED),
    BulkMove.DUPLICATE: ("Exclude as duplicate", "Exclude {} as duplicate", _EXCLUDED),
    BulkMove.ASSIGN: (
        "Assign",
        "Assign {}",
        "Each item is assigned to this person. You can undo the run on its page.",
    ),
    BulkMove.SNOOZE: (
        "Snooze",
        "Snooze {}",
        "Each item leaves the work queue until then, or until its state changes. You can undo the run on its page.",
    ),
}


def left_out(move: BulkMove, item: SyncItem, who: Person) -> str:
    """Return the reason why a bulk action skips the item, or an empty string. No query if its lead is loaded."""
    if move == BulkMove.RESEND and (item.state == State.UNKNOWN or item.resend_asked_by_id is not None):
        return "It may have arrived, so two people must decide on it individually."
    return move.why_not(item, who)


@dataclass(frozen=True)
class BulkList:
    """Items by tenant and by the state they were shown in, for one action of one person."""

    actor_id: int
    move: BulkMove
    ids: Mapping[int, IdsByState]
    query: str = ""
    words: str = ""
    nonce: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def count(self) -> int:
        return sum(len(self.of(tenant_id)) for tenant_id in self.ids)

    @property
    def in_order(self) -> list[int]:
        """Return the ids, oldest first."""
        return sorted(pk for tenant_id in self.ids for pk in self.of(tenant_id))

    def of(self, tenant_id: int) -> list[int]:
        """Return the ids of one tenant, oldest first."""
        return sorted(pk for ids in self.ids[tenant_id].values() for pk in ids)

    def sign(self) -> str:
        """Return the signed text for a form field, about two bytes per item."""
        steps = {
            tenant_id: {state: _steps(sorted(ids)) for state, ids in by_state.items()}
            for tenant_id, by_state in self.ids.items()
        }
        whole = [self.actor_id, self.move.value, steps, self.query, self.words, self.nonce]
        return signing.dumps(whole, salt=_SALT, compress=True)

    @classmethod
    def read(cls, signed: str, *, actor: User) -> "BulkList | None":
        """Return the list that `sign` gave this person within the last hour, or None for anything else."""
        try:
            person, name, steps, query, words, nonce = signing.loads(signed, salt=_SALT, max_age=VALID_SECONDS)
            move = BulkMove(name)
        except (signing.BadSignature, ValueError):
            return None
        ids = {
            int(tenant_id): {state: tuple(accumulate(of_state)) for state, of_state in by_state.items()}
            for tenant_id, by_state in steps.items()
        }
        return cls(person, move, ids, query, words, nonce) if person == actor.pk else None


def by_tenant_and_state(items: Iterable[SyncItem]) -> dict[int, IdsByState]:
    ids: dict[int, dict[str, list[int]]] = {}
    for item in items:
        ids.setdefault(item.tenant_id, {}).setdefault(item.state, []).append(item.pk)
    return {tenant_id: {state: tuple(of) for state, of in by_state.items()} for tenant_id, by_state in ids.items()}


def _steps(ids: list[int]) -> list[int]:
    """Return the first id, then the difference to each next id: small numbers compress well."""
    return [*ids[:1], *(after - before for before, after in pairwise(ids))]
