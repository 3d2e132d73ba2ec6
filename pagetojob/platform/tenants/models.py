"""User, Tenant, Membership, and the base class of everything a tenant owns."""

import uuid
import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now

from .addresses import normalised_email
from .declarations import NO_PERSONAL_FIELDS, Retention
from .roles import DESK_ABILITIES, STAFF_APPS, Ability, DeskRole, StaffRole, TenantRole


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        found: User = self._lowered().get(lowered=normalised_email(username or ""))
        return found

    def by_email(self, typed: str) -> "User | None":
        """Whoever has this address, in whatever spelling. One query, on the index that keeps addresses unique."""
        found: User | None = self._lowered().filter(lowered=normalised_email(typed)).first()
        return found

    def _lowered(self) -> Any:
        # Not iexact: PostgreSQL upper-cases for it, and then a dotless i is an I.
        return self.annotate(lowered=Lower("email"))

    def create_user(self, *, email: str, password: str | None, name: str, **roles: str) -> "User":
        """Make a person. `password=None` makes one who cannot sign in yet."""
        user = self.model(email=self.normalize_email(email), name=name, **roles)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None, name: str) -> "User":
        """For `manage.py createsuperuser`: the first staff admin. There is no all-powerful user."""
        return self.create_user(email=email, password=password, name=name, staff_role=StaffRole.ADMIN)


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address. Rights come from roles only (see `roles`)."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"email", "name"})

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True, help_text="Untick instead of deleting a person.")
    desk_role = models.CharField(
        max_length=10,
        choices=DeskRole,
        default=DeskRole.NONE,
        blank=True,
        help_text="What this person may do at /ops/, for all tenants.",
    )
    staff_role = models.CharField(
        max_length=10,
        choices=StaffRole,
        default=StaffRole.NONE,
        blank=True,
        help_text="What this person may change in this admin.",
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=models.Q(desk_role__in=DeskRole.values), name="user_desk_role_known"),
            models.CheckConstraint(condition=models.Q(staff_role__in=StaffRole.values), name="user_staff_role_known"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    def can(self, ability: Ability) -> bool:
        """Whether the desk role of an active person includes `ability`."""
        return self.is_active and ability in DESK_ABILITIES[DeskRole(self.desk_role)]

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and app_label in STAFF_APPS[StaffRole(self.staff_role)]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.has_module_perms(perm.split(".", 1)[0])


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not an IANA time zone such as America/Phoenix.")


class Tenant(models.Model):
    """A contractor. A front-door table: found before any scope is open, so nothing secret lives here."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, help_text="The trading name its website shows.")
    time_zone = models.CharField(max_length=40, validators=[validate_time_zone])
    is_demo = models.BooleanField(default=False, help_text="Public demo pages show this tenant, and no other.")
    gates_epoch = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in one tenant. A front-door table: ids only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=TenantRole)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "user", name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=TenantRole.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"membership {self.pk}"


class SiteKey(models.Model):
    """Lets one outside website send requests for a tenant. A front-door table: of the key, only its digest.

    The key stands in the page that uses it, so it names a site and proves nothing more.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="site_keys")
    label = models.CharField(max_length=80, help_text="Which website uses it.")
    prefix = models.CharField(max_length=16, editable=False, help_text="Its first characters, to recognise it by.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True, help_text="Untick to turn the key away from now on.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(digest__regex="^[0-9a-f]{64}$"), name="site_key_digest_shape"),
        )

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"


class SiteOrigin(models.Model):
    """A website that may send a tenant's requests from a browser. A front-door table: public addresses only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="site_origins")
    origin = models.CharField(
        max_length=200,
        validators=[
            RegexValidator(
                r"\Ahttps?://[a-z0-9.-]+(:[0-9]{1,5})?\Z", "An origin is like https://www.example.com, without a path."
            )
        ],
    )

    class Meta:
        constraints = (models.UniqueConstraint("origin", "tenant", name="site_origin_once"),)

    def __str__(self) -> str:
        return self.origin


class TenantOwned(models.Model):
    """Base of every row that belongs to one tenant.

    Its table gets row-level security in its migration (`CALL ptj_protect(…)`), its unique key
    `(tenant_id, id)` lets others point at it, and keys to it are composite (`TenantForeignKey`).
    """

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class BusinessProfile(TenantOwned):
    """What a tenant's public pages and notices say about the business."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"notify_email"})

    phone = models.CharField(max_length=40, help_text="As printed on the website.")
    notify_email = models.EmailField(help_text="Who is told about a new request.")
    service_area = models.CharField(max_length=120)
    hours = models.JSONField(
        default=dict,
        blank=True,
        help_text='Office hours in the tenant\'s own time: {"mon": [["07:00", "18:00"]], …}. Empty: not known.',
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="business_profile_once"),
            models.CheckConstraint(condition=~models.Q(notify_email=""), name="business_profile_notifies"),
        )

    def __str__(self) -> str:
        return f"profile of tenant {self.tenant_id}"


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A key from one tenant-owned row to another.

    Foreign-key checks ignore row-level security, so a plain key could point into another tenant.
    Django's own constraint is left out; the migration adds the composite one with
    `CALL ptj_composite_key(…)`, and tests/architecture looks for it in the catalogue.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)
