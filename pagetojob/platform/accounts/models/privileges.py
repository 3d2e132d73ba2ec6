"""Requests that need two staff admins."""

from django.db import models
from django.db.models import F, Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified
from pagetojob.platform.tenants.people import person_key


class Privilege(models.TextChoices):
    """Privilege that a request gives to a person."""

    OPERATOR = "operator", "the role operator"
    LEAD = "lead", "the role operator lead"
    ADMIN = "admin", "the role staff admin"
    EDITOR = "editor", "the role staff editor"
    RESET = "reset", "the reset of the second step"


class PrivilegeOutcome(models.TextChoices):
    WAITING = "", "waiting"
    CONFIRMED = "confirmed", "confirmed"
    DECLINED = "declined", "declined"


class PrivilegeRequest(Identified, Created):
    """Request of a staff admin about another person that takes effect when a second staff admin confirms it.

    The person concerned neither requests nor decides it.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    privilege = models.CharField(max_length=10, choices=Privilege)
    user = person_key(verbose_name="person", db_index=True)
    requested_by = person_key(db_index=True)
    reason = models.CharField(max_length=500)
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=PrivilegeOutcome, default="", blank=True)
    decided_by = person_key(null=True, db_index=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(privilege__in=Privilege.values), name="privilege_known"),
            models.CheckConstraint(
                condition=~Q(requested_by=F("user")) & (Q(decided_by=None) | ~Q(decided_by=F("user"))),
                name="privilege_of_another_person",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="confirmed") | ~Q(decided_by=F("requested_by")), name="privilege_two_people"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by=None, decided_at=None)
                | Q(outcome__in=("confirmed", "declined"), decided_by__isnull=False, decided_at__isnull=False),
                name="privilege_decided_whole",
            ),
            models.UniqueConstraint("user", "privilege", condition=Q(outcome=""), name="privilege_open_once"),
        )

    def __str__(self) -> str:
        return f"privilege request {self.public_id}"
