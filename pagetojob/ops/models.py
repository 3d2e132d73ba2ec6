"""Who is on call; the alarms: when each began and ended, who was notified and acknowledged it; and drills."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, NoticeChannel, validate_time_zone
from pagetojob.platform.tenants.people import person_key
from syncqueue.notices.outgoing import DUE, STATE_KNOWN, OutgoingMessage


class OnCallContact(models.Model):
    """A person's phone for alarms, besides their email, and their quiet hours. Those delay no urgent alarm."""

    RETENTION = Retention.ACCOUNT
    PERSONAL_FIELDS: ClassVar[frozenset[str]] = frozenset({"phone"})

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    phone = models.CharField(max_length=16, blank=True, help_text="In E.164, for text messages.")
    time_zone = models.CharField(max_length=40, default="America/Phoenix", validators=[validate_time_zone])
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(phone="") | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"), name="on_call_contact_phone"
            ),
        )

    def __str__(self) -> str:
        return f"contact of user {self.user_id}"


class OnCallShift(Identified, Created):
    """A period with the person who is notified of alarms, and a second one who is if the first does not acknowledge."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    first = person_key()
    second = person_key()
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("starts_at", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="on_call_shift_order"),
            models.CheckConstraint(condition=~Q(first=F("second")), name="on_call_shift_two_people"),
        )
        indexes = (models.Index(fields=["ends_at"], name="on_call_shift_end"),)

    def __str__(self) -> str:
        return f"shift {self.pk}"


class AlarmIncident(Identified):
    """A time during which an alarm was active. `newest` is the newest affected row, so that another one is noticed."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    key = models.CharField(max_length=30, help_text="A key of alarms.yaml.")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, editable=False)
    newest = models.BigIntegerField(default=0, editable=False)
    level = models.PositiveSmallIntegerField(default=0, editable=False, help_text="Number of notifications so far.")
    notify_at = models.DateTimeField(null=True, editable=False)
    acknowledged_at = models.DateTimeField(null=True, editable=False)
    acknowledged_by = person_key(null=True, editable=False)

    class Meta:
        ordering = ("-began_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=["key"], condition=Q(ended_at__isnull=True), name="alarm_incident_once"),
        )
        indexes = (models.Index(fields=["-began_at"], name="alarm_incident_newest"),)

    def __str__(self) -> str:
        return f"{self.key} since {self.began_at}"


class AlarmMessage(Identified, Created, OutgoingMessage):
    """A message to one person about one or several alarms. Its text is made when it is sent."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    user = person_key()
    channel = models.CharField(max_length=7, choices=NoticeChannel)
    incidents = ArrayField(models.BigIntegerField())

    class Meta:
        ordering = ("-pk",)
        constraints = (models.CheckConstraint(condition=STATE_KNOWN, name="alarm_message_state_known"),)
        indexes = (
            models.Index(fields=["due_at", "id"], condition=DUE, name="alarm_message_due"),
            models.Index(fields=["-created_at"], name="alarm_message_newest"),
        )

    def __str__(self) -> str:
        return f"alarm message {self.public_id}"


class Outcome(models.TextChoices):
    PASSED = "passed", "passed"
    PROBLEMS = "problems", "passed with problems"
    FAILED = "failed", "failed"


class Drill(Identified, Created):
    """A practice of a runbook, by a signed-in person or by a command. A wrong row is followed by a right one."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    runbook = models.CharField(max_length=40, help_text="A slug of runbooks.RUNBOOKS.")
    by = person_key(null=True, editable=False)
    by_label = models.CharField(max_length=60, blank=True, help_text="The command, if no signed-in person recorded it.")
    at = models.DateTimeField(help_text="When the practice ended.")
    outcome = models.CharField(max_length=10, choices=Outcome)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="drill_outcome_known"),
            models.CheckConstraint(
                condition=Q(by__isnull=False, by_label="") | Q(by__isnull=True) & ~Q(by_label=""),
                name="drill_by_a_person_or_a_command",
            ),
        )
        indexes = (models.Index(fields=["runbook", "-at", "-id"], name="drill_newest"),)
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"{self.runbook}: {self.outcome}"
