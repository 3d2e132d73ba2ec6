"""SyncItem, one message in the outbox for an outside system or a person, and what is recorded about it."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now, Upper

from pagetojob.gates.registry import Environment
from pagetojob.platform import states
from pagetojob.platform.postgresql.conditions import IsTrue, OneOf, filled_only_in
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, Tenant, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key
from pagetojob.platform.tracing import trace_id
from pagetojob.titanmap.models import PageBinding
from syncqueue.leads.models import Lead


class Kind(models.TextChoices):
    BUSINESS_NOTIFICATION = "business_notification", "business notification"
    BOOKING_REQUEST = "booking_request", "booking request"
    VISITOR_CONFIRMATION = "visitor_confirmation", "visitor confirmation"
    TAXONOMY_IMPORT = "taxonomy_import", "taxonomy import"
    OUTCOME_MATCH = "outcome_match", "outcome match"
    WEBSITE_UPDATE = "website_update", "website update"


#: Kinds that belong to a lead. The ledger relies on this.
OF_A_LEAD = (Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST, Kind.VISITOR_CONFIRMATION)

OF_NO_LEAD = tuple(kind for kind in Kind if kind not in OF_A_LEAD)

#: Kinds whose states the ledger counts on the day of their lead.
LEDGER_KINDS = (Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST)

#: Kinds that not every lead has.
RARE = tuple(kind for kind in Kind if kind not in LEDGER_KINDS)

#: Kinds that are emails: delivered at least once.
NOTICES = (Kind.BUSINESS_NOTIFICATION, Kind.VISITOR_CONFIRMATION)


class State(models.TextChoices):
    QUEUED = "queued", "queued"  # waits until due_at
    SENDING = "sending", "sending"  # claimed by one worker until lease_until
    RETRYING = "retrying", "retrying"  # transient error; waits until due_at
    NEEDS_REVIEW = "needs review", "needs review"  # a person decides
    BLOCKED = "blocked", "blocked"  # something is missing; released when that is fixed
    UNKNOWN = "unknown", "unknown"  # it may have arrived; a person finds out
    DELIVERED = "delivered", "delivered"
    MANUAL_COMPLETE = "manual complete", "manual complete"  # a person finished it elsewhere
    CANCELLED = "cancelled", "canceled"


S = State

#: Not ended yet. `sending` is open too, but a person waits for the worker's lease before acting.
OPEN = (S.QUEUED, S.SENDING, S.RETRYING, S.NEEDS_REVIEW, S.BLOCKED, S.UNKNOWN)
ENDED = (S.DELIVERED, S.MANUAL_COMPLETE, S.CANCELLED)

#: Waits for a person; undo returns an item to one of these.
STOPPED = (S.NEEDS_REVIEW, S.BLOCKED, S.UNKNOWN)

#: Ended by a person, who may undo it within a minute.
UNDOABLE = (S.MANUAL_COMPLETE, S.CANCELLED)

#: The buckets of the ledger; every state is in exactly one.
BUCKETS: dict[str, tuple[State, ...]] = {
    "delivered": (S.DELIVERED,),
    "manual complete": (S.MANUAL_COMPLETE,),
    "waiting": OPEN,
    "excluded": (S.CANCELLED,),
}


#: The whole state machine; only `states.move` writes `state`.
MOVES: states.Moves = {
    S.QUEUED: {S.SENDING, S.MANUAL_COMPLETE, S.CANCELLED},
    S.SENDING: {S.DELIVERED, S.RETRYING, S.NEEDS_REVIEW, S.BLOCKED, S.UNKNOWN, S.QUEUED},
    S.RETRYING: {S.SENDING, S.MANUAL_COMPLETE, S.CANCELLED},
    S.NEEDS_REVIEW: {S.QUEUED, S.MANUAL_COMPLETE, S.CANCELLED},
    S.BLOCKED: {S.QUEUED, S.MANUAL_COMPLETE, S.CANCELLED},
    S.UNKNOWN: {S.QUEUED, S.DELIVERED, S.MANUAL_COMPLETE, S.CANCELLED},
    S.DELIVERED: set(),
    S.MANUAL_COMPLETE: set(STOPPED),
    S.CANCELLED: set(STOPPED),
}


#: A person canceled the item while the office had marked its request as a duplicate, which the office has undone.
_DUPLICATE_UNDONE = f"""(OLD.state = '{S.CANCELLED}' AND EXISTS (
                    SELECT FROM leads_leadanswer AS answer
                    WHERE answer.tenant_id = OLD.tenant_id AND answer.lead_id = OLD.lead_id
                        AND answer.kind = 'duplicate'
                        AND OLD.state_since BETWEEN answer.created_at AND answer.undone_at
                ))"""


class SyncItem(TenantOwned, Identified, Created, states.Stateful):
    """A message to deliver. Stored in the same commit as its lead, and open until it is delivered or a person ends
    it.
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = frozenset({"envelope", "done_where", "done_reference"})
    MOVES: ClassVar = MOVES

    kind = models.CharField(max_length=24, choices=Kind)
    dedupe_key = models.CharField(
        max_length=80, help_text="Unique per kind for items without a lead; for a lead, its reference."
    )
    lead = TenantForeignKey(Lead, related_name="sync_items", null=True)
    binding = TenantForeignKey(PageBinding, related_name="+", null=True)
    source = models.CharField(
        max_length=200,
        blank=True,
        db_default="",
        help_text="Origin of an item without a lead, such as a supplied file.",
    )
    state = models.CharField(max_length=16, choices=S, default=S.QUEUED, db_default=S.QUEUED, editable=False)
    priority = models.SmallIntegerField(
        default=5, help_text="The urgency of the request, see `priorities.py`; lower values come first."
    )
    attempts = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    due_at = models.DateTimeField(null=True, help_text="Empty if not scheduled: no worker takes it.")
    lease_until = models.DateTimeField(null=True, editable=False)
    claimed_by = models.CharField(
        max_length=80,
        blank=True,
        db_default="",
        editable=False,
        help_text="The process that claimed it last; see `workers`.",
    )
    envelope = models.JSONField(null=True, editable=False)
    cause = models.CharField(
        max_length=40, blank=True, db_default="", editable=False, help_text="A key of `causes.CAUSES`."
    )
    external_id = models.CharField(max_length=320, blank=True, db_default="", editable=False)
    error_class = models.CharField(max_length=16, blank=True, db_default="", editable=False)
    last_error = models.CharField(max_length=300, blank=True, db_default="", editable=False)
    missing = models.JSONField(
        default=list,
        db_default=Value([], models.JSONField()),
        editable=False,
        help_text="The missing requirements of a blocked item: [{what, holder, sentence}].",
    )
    possibly_twice = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="A notice whose earlier attempt may have arrived."
    )
    must_reconcile = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="A send began and may have arrived: no resend before two lookups found nothing.",
    )
    sent_to = models.CharField(
        max_length=12, blank=True, db_default="", editable=False, help_text="The environment of its last send."
    )
    send_began_at = models.DateTimeField(null=True, editable=False)
    looked_up = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="Lookups since that send that found nothing."
    )
    looked_up_at = models.DateTimeField(null=True, editable=False)
    adopted = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Found by a lookup, so no duplicate was created.",
    )
    requeued_at = models.DateTimeField(null=True, editable=False, help_text="Time at which a person resent it.")
    cleared_at = models.DateTimeField(
        null=True,
        editable=False,
        help_text="Time at which a person completed the review that its capacity rule required.",
    )
    resend_asked_by = person_key(null=True, editable=False)
    ended_from = models.CharField(
        max_length=16, blank=True, db_default="", editable=False, help_text="The state that an undo restores."
    )
    alarmed_at = models.DateTimeField(
        null=True, editable=False, help_text="Time of the alarm that the business was not notified in time."
    )
    done_where = models.CharField(max_length=120, null=True, editable=False)  # noqa: DJ001 - see constraints
    done_reference = models.CharField(max_length=120, null=True, editable=False)  # noqa: DJ001
    done_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "outbox item"
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint("tenant", "id", name="sync_item_tenant_key"),
            # Two purposes: a lead has at most one item of each kind, and all items of a lead are found through this
            # index.
            models.UniqueConstraint("tenant", "lead", "kind", name="sync_item_of_lead_once"),
            models.UniqueConstraint(
                "tenant", "kind", "dedupe_key", condition=Q(lead__isnull=True), name="sync_item_owed_once"
            ),
            models.CheckConstraint(condition=OneOf("state", S.values), name="sync_item_state_known"),
            models.CheckConstraint(
                condition=Q(OneOf("kind", OF_NO_LEAD)) | Q(OneOf("kind", OF_A_LEAD), lead__isnull=False),
                name="sync_item_kind_has_its_lead",
            ),
            models.CheckConstraint(
                condition=filled_only_in(S.SENDING, "lease_until"), name="sync_item_lease_is_sending"
            ),
            models.CheckConstraint(
                condition=filled_only_in(S.MANUAL_COMPLETE, "done_where", "done_reference", "done_at"),
                name="sync_item_done_is_manual",
            ),
        )
        indexes = (
            models.Index(
                # An expression index that only the claim query uses: see `sql/lanes.sql`.
                F("tenant") + 0,
                *("kind", "priority", "due_at", "id"),
                condition=Q(IsTrue(Q(state__in=(S.QUEUED, S.RETRYING))), due_at__isnull=False),
                name="sync_item_lane",
            ),
            models.Index(
                fields=["due_at", "id"],
                # The claim query omits the last condition, so it never uses this index. Otherwise it would read the due
                # items of all lanes for each lane, because statistics taken while the queue was empty say that this
                # costs nothing.
                condition=Q(state__in=(S.QUEUED, S.RETRYING), due_at__isnull=False, lease_until__isnull=True),
                name="sync_item_next_due",
            ),
            models.Index(
                fields=["created_at", "id"],
                condition=Q(kind=Kind.BUSINESS_NOTIFICATION, state__in=OPEN),
                name="sync_item_untold",
            ),
            models.Index(fields=["tenant", "-created_at", "-id"], name="sync_item_tenant_newest"),
            models.Index(
                # Every lead has an item of each other kind, so the newest items overall soon contain the newest of
                # those.
                fields=["kind", "-created_at", "-id"],
                condition=Q(kind__in=RARE),
                name="sync_item_kind_newest",
            ),
            models.Index(
                # Most items never have a cause, so they have no entry here.
                fields=["cause", "-created_at", "-id"],
                condition=Q(state__in=OPEN, cause__gt=""),
                name="sync_item_cause_newest",
            ),
            models.Index(fields=["-created_at", "-id"], condition=Q(adopted=True), name="sync_item_adopted"),
            models.Index(fields=["lease_until"], condition=Q(state=S.SENDING), name="sync_item_leased"),
            models.Index(fields=["-created_at", "-id"], name="sync_item_newest"),
            models.Index(fields=["state", "-created_at", "-id"], name="sync_item_state_newest"),
            # The work queue of `filters.py`: items that wait for a person, by urgency and age.
            models.Index(
                fields=["priority", "created_at", "id"], condition=Q(state__in=STOPPED), name="sync_item_needs_person"
            ),
            models.Index(
                fields=["tenant", "priority", "created_at", "id"],
                condition=Q(state__in=STOPPED),
                name="sync_item_tenant_needs_person",
            ),
            models.Index(
                fields=["resend_asked_by"], condition=Q(resend_asked_by__isnull=False), name="sync_item_asked_by"
            ),
            GinIndex(
                OpClass(Upper("done_reference"), name="gin_trgm_ops"),
                condition=Q(done_reference__isnull=False),
                name="sync_item_done_part",
            ),
        )
        triggers: ClassVar = states.guard(
            MOVES,
            start=S.QUEUED,
            erasable=("envelope", "last_error", "done_where", "done_reference"),
            undoable=UNDOABLE,
            undoable_later=_DUPLICATE_UNDONE,
        )

    @property
    def code(self) -> str:
        """Return the code of the lead; without one, the beginning of the id, which tells such items apart."""
        return self.lead.spoken_code if self.lead else f"item {self.public_id.hex[:6]}"

    @property
    def shown_state(self) -> str:
        """Return the state for screens and exports: a notice that reached no one is not shown as delivered.

        Needs the annotation `arrival` (see `arrival.py`); without it, the stored state.
        """
        return getattr(self, "arrival", "") or self.state

    @property
    def log_fields(self) -> dict[str, str]:
        """Return the fields that every log line about this item has."""
        return {"item": str(self.public_id), "kind": self.kind, "trace_id": trace_id(self.dedupe_key)}

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class SyncAttempt(TenantOwned):
    """The outcome of one attempt to send an outbox item. Append-only.

    `claim_version` is the item's version while it was sending. An attempt settles once, because settling moves the item
    on from that version. The table has monthly partitions, and its keys in the database contain `settled_at`; functions
    of the owner role drop months and delete attempts past their retention.
    """

    RETENTION = Retention.ATTEMPT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    #: No database foreign key: the item's tenant is never null and covers it. A second foreign key would read and lock
    #: the tenant row for each attempt (decision 0085).
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    item = TenantForeignKey(SyncItem, related_name="tries")
    claim_version = models.PositiveIntegerField()
    outcome = models.CharField(max_length=16, help_text="The resulting state, or `lost`.")
    error_class = models.CharField(max_length=16, blank=True)
    cause = models.CharField(max_length=40, blank=True, db_default="", help_text="A key of `causes.CAUSES`.")
    detail = models.CharField(max_length=300, blank=True)
    worker = models.CharField(max_length=80)
    began_at = models.DateTimeField()
    settled_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint("tenant", "item", "claim_version", "settled_at", name="sync_attempt_settled_once"),
        )
        indexes = (models.Index(fields=["settled_at"], name="sync_attempt_settled"),)
        triggers: ClassVar = states.kept_until_purged()

    def __str__(self) -> str:
        return f"attempt {self.claim_version} of item {self.item_id}: {self.outcome}"


class HeardBooking(TenantOwned):
    """The last status that ServiceTitan's API returned for a delivered booking.

    It stores numbers and a status word that we read, never the content of an event. Only
    `services.record_updates.note` writes it, and keeps the newer change. It does not change the item's state.
    """

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    item = TenantForeignKey(SyncItem, related_name="heard")
    environment = models.CharField(
        max_length=12, choices=[(environment.value, environment.value) for environment in Environment]
    )
    number = models.CharField(max_length=20, help_text="ServiceTitan's booking number.")
    status = models.CharField(max_length=40, help_text="ServiceTitan's status; it may be one we do not know.")
    job = models.CharField(max_length=20, blank=True, help_text="ServiceTitan's number of the job created from it.")
    changed_at = models.DateTimeField(help_text="Time of the last change, as reported by ServiceTitan.")
    read_at = models.DateTimeField(help_text="Time of our read.")
    told_by = models.CharField(max_length=8, help_text="The reason for the read: an event or a poll.")

    class Meta:
        ordering = ("-read_at",)
        indexes = (
            models.Index(fields=["tenant", "number"], name="heard_number"),
            models.Index(fields=["tenant", "job"], condition=~Q(job=""), name="heard_job"),
        )
        constraints = (
            models.UniqueConstraint("tenant", "item", "environment", name="heard_once"),
            models.CheckConstraint(condition=Q(told_by__in=("event", "poll")), name="heard_told_by_known"),
            models.CheckConstraint(
                condition=Q(environment__in=[environment.value for environment in Environment]),
                name="heard_environment_known",
            ),
        )

    def __str__(self) -> str:
        return f"booking {self.number} as read"


class ItemNote(TenantOwned, Created):
    """A note that an operator wrote on an outbox item for the next operator."""

    RETENTION = Retention.BOOKING_ENVELOPE
    PERSONAL_FIELDS = frozenset({"text"})

    item = TenantForeignKey(SyncItem, related_name="notes")
    author = person_key(db_index=True)
    text = models.CharField(max_length=2000)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=["tenant", "item", "id"], name="item_note_of_item"),)

    def __str__(self) -> str:
        return f"note {self.pk} on item {self.item_id}"


class SavedView(Created):
    """A filtered list that an operator saved. Global: it stores filter words, never result rows."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = NO_PERSONAL_FIELDS

    user = person_key(db_index=True)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400, help_text="The filters as a query string.")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint("user", "name", name="saved_view_once"),)

    def __str__(self) -> str:
        return self.name
