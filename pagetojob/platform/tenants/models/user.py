"""People who sign in."""

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower

from ..addresses import normalised_email
from ..declarations import Retention
from ..roles import DESK_ABILITIES, STAFF_ABILITIES, STAFF_APPS, Ability, OpsRole, StaffRole
from .base import Created, Identified

#: So many staff admins are named at the shell. Together they grant the role to others.
FIRST_ADMINS = 2


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self._lowered().get(lowered=normalised_email(username or ""))
        return user

    def by_email(self, typed: str) -> "User | None":
        """Return the user with this address in any spelling, or None. Runs one query, on the unique index."""
        user: User | None = self._lowered().filter(lowered=normalised_email(typed)).first()
        return user

    def _lowered(self) -> Any:
        # Not iexact: PostgreSQL compares upper case for it, and then a dotless i equals I.
        return self.annotate(lowered=Lower("email"))

    def create_user(self, *, email: str, password: str | None, name: str, **roles: str) -> "User":
        """Create a user. With `password=None`, the user cannot sign in yet."""
        user = self.model(email=self.normalize_email(email), name=name, **roles)
        user.set_password(password)
        user.full_clean()
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None, name: str) -> "User":
        """Create one of the first two staff admins, for `manage.py createsuperuser`. No user has all rights.

        Raises ValidationError if there are two, because they grant the role from then on.
        """
        if self.filter(is_active=True, staff_role=StaffRole.ADMIN).count() >= FIRST_ADMINS:
            raise ValidationError("Two staff admins exist. They invite further ones, one requests and one confirms.")
        return self.create_user(email=email, password=password, name=name, staff_role=StaffRole.ADMIN)


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(f"{name} is not an IANA time zone such as America/Phoenix.")


class User(AbstractBaseUser, Identified, Created):
    """A person who signs in with an email address. Permissions come only from roles (see `roles`)."""

    RETENTION = Retention.ACCOUNT
    PERSONAL_FIELDS = frozenset({"email", "name"})

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True, help_text="Clear this instead of deleting a user.")
    ops_role = models.CharField(
        max_length=10,
        choices=OpsRole,
        default=OpsRole.NONE,
        blank=True,
        help_text="Permissions at /ops/, for all tenants.",
    )
    staff_role = models.CharField(
        max_length=10,
        choices=StaffRole,
        default=StaffRole.NONE,
        blank=True,
        help_text="Permissions in this admin.",
    )
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        validators=[validate_time_zone],
        help_text="Times of pages that are not about one contractor. Empty: that of the browser.",
    )

    objects = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("email",)
        constraints = (
            models.UniqueConstraint(Lower("email"), name="user_email_once"),
            models.CheckConstraint(condition=models.Q(ops_role__in=OpsRole.values), name="user_ops_role_known"),
            models.CheckConstraint(condition=models.Q(staff_role__in=StaffRole.values), name="user_staff_role_known"),
        )

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    @property
    def is_privileged(self) -> bool:
        """Return whether the person has a role that two staff admins grant."""
        return self.ops_role in (OpsRole.OPERATOR, OpsRole.LEAD) or bool(self.staff_role)

    def can(self, ability: Ability) -> bool:
        """Return whether a role of an active user includes `ability`."""
        abilities = DESK_ABILITIES[OpsRole(self.ops_role)] | STAFF_ABILITIES[StaffRole(self.staff_role)]
        return self.is_active and ability in abilities

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and app_label in STAFF_APPS[StaffRole(self.staff_role)]

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.has_module_perms(perm.split(".", 1)[0])
