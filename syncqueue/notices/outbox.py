"""A worker claims and settles durable messages.

The first claim decides who sends: it postpones the row's next attempt beyond the deadline of this one. If that worker
dies, the row is due again and is sent a second time under the same id, so delivery is at least once.
"""

from datetime import timedelta

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from pagetojob.platform.outbound.errors import GatewayError, TransientError, UnclearError

from .outgoing import MessageState, OutgoingMessage

#: Longer than any channel may take for one message.
CLAIM_SECONDS = 90
#: With the pauses below, about a day.
MOST_ATTEMPTS = 30
_PAUSES = (5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 3600)


def claim[Row: OutgoingMessage](due: QuerySet[Row], *, most: int) -> list[Row]:
    """Claim up to `most` due rows and return them. Rows that another worker is claiming are left to it."""
    rows = list(
        due.filter(state=MessageState.QUEUED, due_at__lte=Now())
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("due_at", "pk")[:most]
    )
    model = due.model
    model._default_manager.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, due_at=Now() + timedelta(seconds=CLAIM_SECONDS)
    )
    for row in rows:
        row.attempts += 1
    return rows


def settle[Row: OutgoingMessage](row: Row, result: str | GatewayError) -> bool:
    """Store the result of an attempt: the id that the server gave, or the error. Return False if it came too late."""
    mine = still_claimed(row)
    if isinstance(result, str):
        # The id stays if a later attempt is accepted without one.
        return bool(
            mine.update(
                state=MessageState.DELIVERED, delivered_at=Now(), due_at=None, error="", external_id=result[:80]
            )
        )
    sentence = result.sentence[:200]
    if not may_pass(row, result):
        return bool(mine.update(state=MessageState.FAILED, due_at=None, error=sentence))
    pause = max(_PAUSES[min(row.attempts, len(_PAUSES)) - 1], int(getattr(result, "wait", None) or 0))
    return bool(mine.update(due_at=Now() + timedelta(seconds=pause), error=sentence))


def may_pass(row: OutgoingMessage, error: GatewayError) -> bool:
    """Return whether a later attempt may succeed after this error, so that there is one."""
    return isinstance(error, TransientError | UnclearError) and row.attempts < MOST_ATTEMPTS


def postpone[Row: OutgoingMessage](row: Row, until: object) -> None:
    """Make a claimed row due later. Nothing was sent, so it does not count as an attempt."""
    still_claimed(row).update(due_at=until, attempts=F("attempts") - 1)


def skip[Row: OutgoingMessage](row: Row, why: str) -> None:
    """End a claimed row that is no longer needed. The result of an earlier attempt, which may have arrived, stays."""
    if was_attempted(row):
        why = f"{why} Last attempt: {row.error or 'It ended without a result.'}"
    still_claimed(row).update(state=MessageState.SKIPPED, due_at=None, error=why[:200])


def was_attempted(row: OutgoingMessage) -> bool:
    """Return whether an attempt preceded the claim that ended a skipped row, which counts as one itself."""
    return row.attempts > 1


def retry[Row: OutgoingMessage](row: Row) -> bool:
    """Make a failed row due again, with the pauses of a new one. Return False if it is no longer failed.

    It keeps one attempt and its error, because the earlier message may have arrived.
    """
    failed = type(row)._default_manager.filter(pk=row.pk, state=MessageState.FAILED)
    return bool(failed.update(state=MessageState.QUEUED, attempts=1, due_at=Now()))


def still_claimed[Row: OutgoingMessage](row: Row) -> QuerySet[Row]:
    """Select the row unless another worker has claimed it since."""
    return type(row)._default_manager.filter(pk=row.pk, state=MessageState.QUEUED, attempts=row.attempts)
