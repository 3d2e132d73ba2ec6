"""Findings: disagreements between the map and the website, from opening to closing."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper

from pagetojob.platform import states
from pagetojob.platform.postgresql.conditions import filled_only_if
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned
from pagetojob.platform.tenants.people import person_key

from ..compare.findings import Rule, Severity
from .site import SiteReading, Snapshot


class FindingState(models.TextChoices):
    OPEN = "open", "open"
    ASKED = "asked", "asked"  # the customer has a link; no answer changes nothing
    ANSWERED = "answered", "answered"  # the customer answered; an operator agrees on the fix
    FIX_AGREED = "fix agreed", "fix agreed"  # the site or the map is being changed; confirmed by the next reading
    WAIVED = "waived", "waived"  # tolerated until a date
    DISMISSED = "dismissed", "false alarm"  # the reading was wrong; counted against its rule
    CLOSED = "closed", "closed"  # a reading of all its pages no longer saw it


F = FindingState

#: The whole state machine; `states.move` is the only writer of `state`.
MOVES: states.Moves = {
    F.OPEN: {F.ASKED, F.ANSWERED, F.WAIVED, F.DISMISSED, F.CLOSED},
    F.ASKED: {F.OPEN, F.ANSWERED, F.WAIVED, F.DISMISSED, F.CLOSED},
    F.ANSWERED: {F.OPEN, F.ASKED, F.FIX_AGREED, F.WAIVED, F.DISMISSED, F.CLOSED},
    F.FIX_AGREED: {F.OPEN, F.WAIVED, F.CLOSED},
    F.WAIVED: {F.OPEN, F.CLOSED},
    F.DISMISSED: {F.OPEN},
    F.CLOSED: {F.OPEN},
}
#: States in which a person still has something to do.
STANDING = (F.OPEN, F.ASKED, F.ANSWERED, F.FIX_AGREED)
#: States that a reading closes when it no longer sees the finding.
CLOSABLE = (*STANDING, F.WAIVED)


class Owner(models.TextChoices):
    """The party that acts next."""

    PAGETOJOB = "PageToJob", "PageToJob"
    CUSTOMER = "Customer", "Customer"


class Finding(TenantOwned, Identified, states.Stateful):
    """A disagreement between the map and the website.

    It keeps one row forever: a finding that reappears is reopened with its history.
    """

    RETENTION = Retention.FINDING
    #: Quoted from a public page.
    PERSONAL_FIELDS = frozenset({"quote"})
    MOVES: ClassVar = MOVES

    fingerprint = models.CharField(max_length=32)
    rule = models.CharField(max_length=40)
    harm = models.PositiveSmallIntegerField(choices=[(severity.value, severity.label) for severity in Severity])
    state = models.CharField(max_length=12, choices=FindingState, default=F.OPEN, editable=False)
    owner = models.CharField(max_length=10, choices=Owner, default=Owner.PAGETOJOB)
    item = models.CharField(max_length=260, help_text="Item of the map, such as “offer: Summer Tune-Up”.")
    fact = models.CharField(max_length=20, blank=True)
    page = models.CharField(
        max_length=500, blank=True, help_text="Page with the clearest occurrence; empty if it is on no page."
    )
    pages = models.JSONField(default=list)
    quote = models.CharField(max_length=400, blank=True)
    selector = models.CharField(max_length=400, blank=True)
    map_value = models.CharField(max_length=400, blank=True)
    site_value = models.CharField(max_length=400, blank=True)
    recommended_fix = models.CharField(max_length=600, blank=True)
    confidence = models.FloatField(default=1.0)
    snapshot = TenantForeignKey(Snapshot, related_name="+", null=True)
    first_reading = TenantForeignKey(SiteReading, related_name="+")
    last_reading = TenantForeignKey(SiteReading, related_name="+", help_text="Last reading that saw it.")
    times_opened = models.PositiveIntegerField(default=1, editable=False)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    waived_until = models.DateField(null=True)
    agreed_fix = models.TextField(blank=True)
    update_item = models.UUIDField(null=True, help_text="Public id of the outbox item for the website change.")
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)
    remind_at = models.DateTimeField(null=True, help_text="Time of the next reminder.")
    needs_call = models.BooleanField(default=False, help_text="Reminders had no answer, so the customer needs a call.")

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="finding_tenant_key"),
            models.UniqueConstraint("tenant", "fingerprint", name="finding_once"),
            models.CheckConstraint(condition=Q(state__in=F.values), name="finding_state_known"),
            models.CheckConstraint(condition=Q(rule__in=[rule.value for rule in Rule]), name="finding_rule_known"),
            models.CheckConstraint(
                condition=Q(harm__in=[severity.value for severity in Severity]), name="finding_harm_known"
            ),
            models.CheckConstraint(
                condition=filled_only_if("waived_until", state=F.WAIVED), name="finding_waiver_ends"
            ),
            models.CheckConstraint(condition=~Q(state=F.FIX_AGREED) | ~Q(agreed_fix=""), name="finding_fix_is_said"),
        )
        indexes = (
            models.Index(fields=["harm", "-opened_at", "-id"], name="finding_worst"),
            models.Index(fields=["tenant", "harm", "-opened_at", "-id"], name="finding_tenant_worst"),
            models.Index(fields=["rule", "harm", "-opened_at", "-id"], name="finding_rule_worst"),
            GinIndex(
                OpClass(Upper("item"), name="gin_trgm_ops"),
                OpClass(Upper("page"), name="gin_trgm_ops"),
                name="finding_part",
            ),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="finding_remind"),
        )
        triggers: ClassVar = states.guard(MOVES, start=F.OPEN)

    def __str__(self) -> str:
        return f"{self.rule} {self.public_id}"


class What(models.TextChoices):
    """Events in the history of a finding."""

    OPENED = "opened", "Opened"
    REOPENED = "reopened", "Reopened: seen again by a reading"
    NOT_LOOKED = "not looked", "Page not read, so nothing changed"
    ASKED = "asked", "Customer asked"
    MAILED = "mailed", "Link emailed"
    REVOKED = "revoked", "Link revoked"
    REMINDED = "reminded", "No answer yet"
    ESCALATED = "escalated", "Still no answer: needs a call"
    ANSWERED = "answered", "Customer answered"
    TOLD = "told", "Customer answered by phone"
    AGREED = "agreed", "Fix agreed"
    WAIVED = "waived", "Waived until a date"
    WAIVER_ENDED = "waiver ended", "Waiver ended: open again"
    DISMISSED = "dismissed", "Marked as a false alarm"
    CHANGED = "changed", "Demo site changed"
    TAKEN_UP = "taken up", "Reopened by an operator"
    CLOSED = "closed", "Closed: no longer seen by a reading"


class FindingEvent(TenantOwned):
    """An event in the history of a finding. Append-only."""

    RETENTION = Retention.FINDING
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    finding = TenantForeignKey(Finding, related_name="events")
    what = models.CharField(max_length=14, choices=What)
    note = models.CharField(max_length=600, blank=True)
    actor = person_key(null=True, db_index=True)
    reading = TenantForeignKey(SiteReading, related_name="+", null=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="finding_event_tenant_key"),
            models.CheckConstraint(condition=Q(what__in=What.values), name="finding_event_known"),
        )
        indexes = (models.Index(fields=["tenant", "finding", "id"], name="finding_event_of"),)
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"{self.what} {self.finding_id}"


class RulePause(TenantOwned):
    """The pause of a rule that raised too many false alarms for a tenant.

    The rule opens no findings there until a person lifts the pause.
    """

    RETENTION = Retention.TITAN_MAP
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    rule = models.CharField(max_length=40)
    false_alarms = models.PositiveSmallIntegerField()
    judged = models.PositiveSmallIntegerField(help_text="Number of findings that people judged.")
    paused_at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = person_key(null=True, db_index=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["tenant", "rule"], condition=Q(lifted_at__isnull=True), name="rule_pause_once"
            ),
        )
        indexes = (models.Index(fields=["tenant", "rule", "-paused_at"], name="rule_pause_newest"),)

    def __str__(self) -> str:
        return f"{self.rule} paused"
