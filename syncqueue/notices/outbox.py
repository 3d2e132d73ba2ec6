"""A durable message to one recipient: the abstract row, and how a worker claims and settles it.

The first claim decides who sends: it postpones the row's next attempt beyond the deadline of this one. If that worker
dies, the row is due again and is sent a second time under the same id, so delivery is at least once.
"""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from pagetojob.platform.outbound.errors import GatewayError, TransientError, UnclearError

#: Longer than any channel may take for one message.
CLAIM_SECONDS = 90
MOST_ATTEMPTS = 12
_PAUSES = (5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 3600)


class MessageState(models.TextChoices):
    QUEUED = "queued", "queued"
    DELIVERED = "delivered", "accepted by the server"
    FAILED = "failed", "failed"
    SKIPPED = "skipped", "not needed"


class OutgoingMessage(models.Model):
    """Abstract row of one message to one recipient.

    `delivered` means that the server of the channel accepted it. `reported` is what it reported later.
    """

    state = models.CharField(
        max_length=9, choices=MessageState, default=MessageState.QUEUED, db_default=MessageState.QUEUED, editable=False
    )
    attempts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField(null=True, db_default=Now(), editable=False)
    error = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    external_id = models.CharField(max_length=80, blank=True, db_default="", editable=False)
    delivered_at = models.DateTimeField(null=True, editable=False)
    reported = models.CharField(
        max_length=12, blank=True, db_default="", editable=False, help_text="The last status that the channel reported."
    )

    class Meta:
        abstract = True


def claim[Row: OutgoingMessage](due: "models.QuerySet[Row]", *, most: int) -> list[Row]:
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
    mine = type(row)._default_manager.filter(pk=row.pk, state=MessageState.QUEUED, attempts=row.attempts)
    if isinstance(result, str):
        # The id stays if a later attempt is accepted without one.
        return bool(
            mine.update(
                state=MessageState.DELIVERED, delivered_at=Now(), due_at=None, error="", external_id=result[:80]
            )
        )
    sentence = result.sentence[:200]
    may_pass = isinstance(result, TransientError | UnclearError) and row.attempts < MOST_ATTEMPTS
    if not may_pass:
        return bool(mine.update(state=MessageState.FAILED, due_at=None, error=sentence))
    pause = max(_PAUSES[min(row.attempts, len(_PAUSES)) - 1], int(getattr(result, "wait", None) or 0))
    return bool(mine.update(due_at=Now() + timedelta(seconds=pause), error=sentence))


def postpone[Row: OutgoingMessage](row: Row, until: object) -> None:
    """Make a claimed row due later. Nothing was sent, so it does not count as an attempt."""
    mine = type(row)._default_manager.filter(pk=row.pk, state=MessageState.QUEUED, attempts=row.attempts)
    mine.update(due_at=until, attempts=F("attempts") - 1)


def skip[Row: OutgoingMessage](row: Row, why: str) -> None:
    """End a claimed row that is no longer needed."""
    mine = type(row)._default_manager.filter(pk=row.pk, state=MessageState.QUEUED, attempts=row.attempts)
    mine.update(state=MessageState.SKIPPED, due_at=None, error=why[:200])


STATE_KNOWN = Q(state__in=MessageState.values)
DUE = Q(state=MessageState.QUEUED, due_at__isnull=False)
