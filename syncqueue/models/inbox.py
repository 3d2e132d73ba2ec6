"""The webhook inbox: routes, signing keys, quarantined requests and verified events."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, Tenant, TenantForeignKey, TenantOwned
from pagetojob.servicetitan.vault.models import Connection

from ..inbox.outcomes import NOT_SIGNED_BY_A_KEY, Outcome, ReportOutcome
from ..inbox.verifiers import Scheme

_COUNTED = (*Outcome, *ReportOutcome)
_ALARMING = (*NOT_SIGNED_BY_A_KEY, ReportOutcome.TEXT_REFUSED, ReportOutcome.EMAIL_REFUSED)


class HookRoute(Created):
    """The webhook endpoint of one connection and how its requests are verified. Holds ids and settings only.

    Verification cannot be turned off: every scheme signs the time and the whole body.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(unique=True, editable=False, help_text="The public id of the connection.")
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+")
    connection = TenantForeignKey(Connection, related_name="+")
    scheme = models.CharField(max_length=20, choices=[(scheme.value, scheme.value) for scheme in Scheme])
    signature_header = models.CharField(max_length=60, default="webhook-signature")
    timestamp_header = models.CharField(max_length=60, default="webhook-timestamp")
    id_header = models.CharField(max_length=60, default="webhook-id", blank=True)
    seconds_back = models.PositiveSmallIntegerField(default=300)
    seconds_ahead = models.PositiveSmallIntegerField(default=60)
    heartbeat_seconds = models.PositiveIntegerField(default=900, help_text="A longer silence is a gap.")
    alive_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False, help_text="A person closed it: nothing is accepted.")
    polled_to = models.DateTimeField(
        null=True,
        editable=False,
        help_text="Changes in ServiceTitan up to this time were compared with the received events.",
    )
    poll_said = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    ring = models.PositiveIntegerField(
        default=1, editable=False, help_text="Increases with every change of the keys or settings."
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("connection", name="hook_route_once"),
            models.UniqueConstraint("tenant", "id", name="hook_route_tenant_key"),
            models.CheckConstraint(
                condition=Q(scheme__in=[scheme.value for scheme in Scheme]), name="hook_scheme_known"
            ),
            models.CheckConstraint(
                condition=Q(seconds_back__gte=1, seconds_back__lte=3600, seconds_ahead__lte=600),
                name="hook_window_bounded",
            ),
            models.CheckConstraint(
                condition=Q(heartbeat_seconds__gte=60, heartbeat_seconds__lte=604_800), name="hook_heartbeat_bounded"
            ),
        )

    def __str__(self) -> str:
        return f"hook route {self.public_id}"


class KeyStanding(models.TextChoices):
    NEXT = "next", "next"  # accepted already; the sender may switch to it at any time
    CURRENT = "current", "current"
    RETIRED = "retired", "retired"  # refused


class HookKey(TenantOwned):
    """A signing key of a webhook route. The vault stores its value; the audit log records its history."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    route = TenantForeignKey(HookRoute, related_name="keys")
    slot = models.CharField(max_length=14, help_text="A kind of secret.")
    standing = models.CharField(max_length=8, choices=KeyStanding)
    fingerprint = models.CharField(max_length=40)
    kept_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True, editable=False)
    retired_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("route", "slot", name="hook_key_slot_once"),
            models.UniqueConstraint("route", "standing", name="hook_key_standing_once"),
            models.CheckConstraint(condition=Q(standing__in=KeyStanding.values), name="hook_key_standing_known"),
            models.CheckConstraint(
                condition=filled_only_if("retired_at", standing=KeyStanding.RETIRED), name="hook_key_retired_says_when"
            ),
        )

    def __str__(self) -> str:
        return f"{self.standing} hook key of route {self.route_id}"


class QuarantinedRequest(TenantOwned, Identified):
    """A webhook request that was not trusted or not understood, stored sealed for a short time for review."""

    RETENTION = Retention.EVENT
    PERSONAL_FIELDS = frozenset({"box"})

    route = TenantForeignKey(HookRoute, related_name="+")
    outcome = models.CharField(max_length=20, choices=[(outcome.value, outcome.value) for outcome in Outcome])
    verified = models.BooleanField(default=False, help_text="Signed with an accepted key.")
    repeat_key = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null: unverified, so there is none
    kind = models.CharField(max_length=80, blank=True, help_text="Set for a verified request without a handler.")
    kind_version = models.CharField(max_length=20, blank=True)
    size = models.PositiveIntegerField()
    box = models.BinaryField(null=True, editable=False, help_text="Selected headers and the raw body, sealed.")
    received_at = models.DateTimeField()
    rerun_at = models.DateTimeField(
        null=True, editable=False, help_text="Time at which a person asked to judge it again."
    )
    rerun_outcome = models.CharField(max_length=20, blank=True, editable=False)

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=["route", "verified", "-received_at"], name="quarantine_lately"),
            models.Index(fields=["received_at"], name="quarantine_old"),
        )
        constraints = (
            models.UniqueConstraint("route", "repeat_key", name="quarantine_repeat_once"),
            models.CheckConstraint(
                condition=Q(verified=True, repeat_key__isnull=False) | Q(verified=False, repeat_key__isnull=True),
                name="quarantine_key_of_verified",
            ),
        )

    def __str__(self) -> str:
        return f"quarantined request {self.public_id}"


class EventState(models.TextChoices):
    QUEUED = "queued", "queued"
    DONE = "done", "done"
    SUPERSEDED = "superseded", "superseded"  # a newer event about the same record was already processed
    AMBIGUOUS = "ambiguous", "ambiguous"  # it matches several of our records
    UNMATCHED = "unmatched", "unmatched"  # it matches none
    NEEDS_REVIEW = "needs review", "needs review"


S = EventState

#: The whole state machine; only `states.move` writes `state`.
EVENT_MOVES: states.Moves = {
    S.QUEUED: {S.DONE, S.SUPERSEDED, S.AMBIGUOUS, S.UNMATCHED, S.NEEDS_REVIEW},
    S.AMBIGUOUS: {S.QUEUED},
    S.UNMATCHED: {S.QUEUED},
    S.NEEDS_REVIEW: {S.QUEUED},
    S.DONE: set(),
    S.SUPERSEDED: set(),
}
RERUNNABLE = (S.AMBIGUOUS, S.UNMATCHED, S.NEEDS_REVIEW)


class InboxEvent(TenantOwned, Identified, states.Stateful):
    """An inbox entry: verified, recent, not repeated, and of a type that has a handler."""

    RETENTION = Retention.EVENT
    PERSONAL_FIELDS = frozenset({"box"})
    MOVES: ClassVar = EVENT_MOVES

    route = TenantForeignKey(HookRoute, related_name="+")
    repeat_key = models.CharField(max_length=64, help_text="A hash of the sender's ID, else of time and body.")
    kind = models.CharField(max_length=80)
    kind_version = models.CharField(max_length=20)
    record = models.CharField(max_length=64, blank=True, help_text="A hash of the record; empty if unknown.")
    occurred_at = models.DateTimeField(help_text="As reported by the sender; else the signing time.")
    signed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    slot = models.CharField(max_length=14, help_text="The key slot it was signed with.")
    size = models.PositiveIntegerField()
    box = models.BinaryField(null=True, editable=False, help_text="Selected headers and the raw body, sealed.")
    state = models.CharField(max_length=16, choices=S, default=S.QUEUED, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    outcome = models.CharField(max_length=200, blank=True, editable=False, help_text="The result, in a sentence.")

    class Meta:
        ordering = ("-received_at", "-id")
        indexes = (
            models.Index(fields=["due_at", "id"], condition=Q(state=S.QUEUED), name="inbox_due"),
            models.Index(fields=["route", "record", "-occurred_at"], name="inbox_of_record"),
            models.Index(fields=["received_at"], name="inbox_old"),
        )
        constraints = (
            models.UniqueConstraint("route", "repeat_key", name="inbox_repeat_once"),
            models.CheckConstraint(condition=Q(state__in=S.values), name="inbox_state_known"),
            models.CheckConstraint(condition=Q(repeat_key__regex="^[0-9a-f]{64}$"), name="inbox_repeat_shape"),
        )
        triggers: ClassVar = states.guard(EVENT_MOVES, start=S.QUEUED, erasable=("box",))

    def __str__(self) -> str:
        return f"inbox event {self.public_id}"


class InboxFinding(TenantOwned):
    """An event type or version without a handler, with the shape it arrived in: field names, never values."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    route = TenantForeignKey(HookRoute, related_name="+")
    kind = models.CharField(max_length=80, blank=True)
    kind_version = models.CharField(max_length=20, blank=True)
    shape = models.JSONField(help_text="Sorted paths of field names.")
    times = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ("-last_at",)
        constraints = (models.UniqueConstraint("route", "kind", "kind_version", name="inbox_finding_once"),)

    def __str__(self) -> str:
        return f"finding {self.pk}"


class InboxGap(TenantOwned):
    """A period in which we may have missed events of a route."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    route = TenantForeignKey(HookRoute, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    told_by = models.CharField(max_length=20, help_text="The end of the silence: an event, a heartbeat or a poll.")

    class Meta:
        ordering = ("-ended_at",)
        constraints = (
            models.UniqueConstraint("route", "began_at", name="inbox_gap_once"),
            models.CheckConstraint(condition=Q(ended_at__gt=models.F("began_at")), name="inbox_gap_has_length"),
        )

    def __str__(self) -> str:
        return f"gap {self.pk}"


class HookCount(models.Model):
    """Webhook requests and reports about notices, per hour, route and outcome. Global: not each has a tenant."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    hour = models.DateTimeField()
    route = models.ForeignKey(HookRoute, models.PROTECT, null=True, related_name="+")
    outcome = models.CharField(max_length=20, choices=[(outcome.value, outcome.value) for outcome in _COUNTED])
    hits = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["hour", "route", "outcome"], nulls_distinct=False, name="hook_count_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in _COUNTED]), name="hook_outcome_known"
            ),
        )
        indexes = (
            models.Index(
                fields=["hour"],
                condition=Q(outcome__in=[outcome.value for outcome in _ALARMING]),
                name="hook_count_alarming",
            ),
        )

    def __str__(self) -> str:
        return f"{self.hits} {self.outcome}"
