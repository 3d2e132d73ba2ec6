"""Mailed links and queued account mail."""

from django.db import models
from django.db.models.functions import Now

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, Tenant
from pagetojob.platform.tenants.people import person_key
from pagetojob.platform.tenants.roles import OpsRole, StaffRole, TenantRole

from .privileges import PrivilegeRequest


class Invitation(Identified, Created):
    """Invitation to join with given roles, by a link that works once and expires. Only the link's digest is stored."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"email"})
    #: The link is opened before sign-in, when no tenant scope can be open.
    FRONT_DOOR = True

    email = models.EmailField()
    ops_role = models.CharField(max_length=10, choices=OpsRole, default=OpsRole.NONE, blank=True)
    staff_role = models.CharField(max_length=10, choices=StaffRole, default=StaffRole.NONE, blank=True)
    tenant = models.ForeignKey(Tenant, models.PROTECT, null=True, blank=True, related_name="+")
    tenant_role = models.CharField(max_length=10, choices=TenantRole, blank=True, default="")
    invited_by = person_key(editable=False, db_index=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = person_key(null=True, editable=False, db_index=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(ops_role="", staff_role="", tenant_role=""), name="invitation_to_something"
            ),
            models.CheckConstraint(
                condition=models.Q(tenant=None, tenant_role="")
                | (models.Q(tenant__isnull=False) & ~models.Q(tenant_role="")),
                name="invitation_tenant_and_role",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(revoked_at=None), name="invitation_ends_once"
            ),
        )

    @property
    def inviter(self) -> str:
        """Return the name of who invites, with PageToJob if people of the contractor may not know the name."""
        person = self.invited_by
        return f"{person} of PageToJob" if self.tenant_id and (person.ops_role or person.staff_role) else str(person)

    def __str__(self) -> str:
        return f"invitation {self.public_id}"


class PasswordReset(Identified, Created):
    """Link to set a new password. Only the link's digest is stored."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    user = person_key(db_index=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"password reset {self.public_id}"


class EmailChange(Identified, Created):
    """Request for a new email address. It takes effect when the user confirms it, signed in, by a link mailed there.

    Only the digests of links are stored. The row outlives the change and holds both addresses: the previous one gets a
    link that stops the change, or undoes it after it has taken effect.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"previous_email", "new_email"})

    user = person_key(db_index=True)
    previous_email = models.EmailField()
    new_email = models.EmailField()
    requested_by = person_key(null=True, db_index=True)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    #: Unique, and null in rows from before there was such a link.
    stop_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001
    expires_at = models.DateTimeField()
    canceled_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(canceled_at=None) | models.Q(confirmed_at=None), name="email_change_ends_once"
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at=None) | models.Q(confirmed_at__isnull=False),
                name="email_change_undone_after",
            ),
            models.UniqueConstraint(
                "user", condition=models.Q(canceled_at=None, confirmed_at=None), name="email_change_open_once"
            ),
        )

    def __str__(self) -> str:
        return f"email change {self.public_id}"

    @property
    def by_someone_else(self) -> bool:
        """Return whether a staff admin made the request."""
        return self.requested_by_id not in (None, self.user_id)


class MailTopic(models.TextChoices):
    """Topic of an account email."""

    RESET_ASKED = "reset asked", "a password reset was requested"
    INVITATION = "invitation", "an invitation"
    PASSWORD_CHANGED = "password changed", "the password was changed"
    FACTOR_ADDED = "factor added", "a second step was added"
    FACTOR_REMOVED = "factor removed", "a second step was removed"
    FACTORS_RESET = "factors reset", "the second step was reset by a staff admin"
    CODES_MADE = "codes made", "new recovery codes were created"
    CODE_USED = "code used", "a recovery code was used to sign in"
    EMAIL_CONFIRM = "email confirm", "a new email address must be confirmed"
    EMAIL_REQUESTED = "email requested", "a new email address was requested"
    EMAIL_CHANGED = "email changed", "the email address was changed"
    PRIVILEGE_REQUESTED = "privilege requested", "a privileged change was requested"
    PRIVILEGE_DECIDED = "privilege decided", "a privileged change was decided"
    EMAIL_STOPPED = "email stopped", "a change of your email address was stopped by a link in an email"
    EMAIL_RESTORED = "email restored", "the account got its previous email address back"


class OwedMail(Identified):
    """Account email waiting to be sent by a worker. The row is committed together with the action it reports.

    `typed_email` is the address entered in a reset request, before anyone checked whether it belongs to an account.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = frozenset({"typed_email"})

    about = models.CharField(max_length=20, choices=MailTopic)
    user = person_key(null=True, db_index=True)
    invitation = models.ForeignKey(Invitation, models.CASCADE, null=True, related_name="+")
    reset = models.ForeignKey(PasswordReset, models.CASCADE, null=True, related_name="+")
    email_change = models.ForeignKey(EmailChange, models.CASCADE, null=True, related_name="+")
    privilege_request = models.ForeignKey(PrivilegeRequest, models.CASCADE, null=True, related_name="+")
    typed_email = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    tries = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = (models.Index(fields=["due_at"], condition=models.Q(settled_at=None), name="owed_mail_due"),)

    def __str__(self) -> str:
        return f"mail {self.public_id}"
