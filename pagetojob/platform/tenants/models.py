"""Base classes of models; User, Tenant and Membership."""

import uuid
import zoneinfo
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, ClassVar

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils import timezone

from pagetojob.platform import states

from .addresses import normalised_email
from .declarations import NO_PERSONAL_FIELDS, Retention
from .hosts import LONGEST_HOST
from .lifecycle import MOVES, Lifecycle
from .roles import DESK_ABILITIES, STAFF_ABILITIES, STAFF_APPS, Ability, OpsRole, StaffRole, TenantRole
from .time_zones import zone_name


class TenantOwned(models.Model):
    """Base class of every row that belongs to one tenant.

    Its migration adds row-level security (`CALL ptj_protect(…)`). Other rows refer to it through its unique key
    `(tenant_id, id)` with composite keys (`TenantForeignKey`).
    """

    tenant = models.ForeignKey("tenants.Tenant", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        abstract = True


class Identified(models.Model):
    """Base class of rows with a random id, which a URL or an audit line may contain."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Created(models.Model):
    """Base class of rows with the time of their transaction, from the clock of the database."""

    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True


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


class Tenant(Identified, Created, states.Stateful):
    """A contractor. Readable before a scope is open, so it contains no secrets.

    `state` decides who may see its website (see `lifecycle`). Only the services of onboarding change it.
    """

    MOVES = MOVES

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, help_text="The trading name shown on its website.")
    time_zone = models.CharField(max_length=40, validators=[validate_time_zone])
    is_demo = models.BooleanField(default=False, help_text="Public demo pages show only this tenant.")
    second_factor_required = models.BooleanField(
        "second step required",
        default=False,
        db_default=False,
        help_text="Its people must add a second step before they see anything of it.",
    )
    gates_epoch = models.BigIntegerField(default=0, editable=False)
    page_until = models.DateField(
        null=True,
        editable=False,
        help_text="After an offboarding, the last day on which its website shows the phone.",
    )
    version = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    state = models.CharField(
        max_length=7, choices=Lifecycle, default=Lifecycle.DRAFT, db_default=Lifecycle.DRAFT, editable=False
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=models.Q(state__in=Lifecycle.values), name="tenant_state_known"),
        )
        # A closed tenant stays closed, but its gates, its name and its switches may still change, and a last page ends.
        triggers = states.guard(
            MOVES,
            start=Lifecycle.DRAFT,
            erasable=("slug", "name", "time_zone", "is_demo", "second_factor_required", "gates_epoch", "page_until"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def zone_name(self) -> str:
        """Return the common name of the contractor's time zone, such as `Pacific time (Los Angeles)`."""
        return zone_name(self.time_zone)

    def today(self) -> date:
        """Return today's date in the contractor's time zone. No query."""
        return timezone.localdate(timezone=zoneinfo.ZoneInfo(self.time_zone))

    def in_words(self, at: datetime) -> str:
        """Return a time with its day as the contractor reads it, such as `July 1, 2027, 7:00 PM MST`. No query."""
        return f"{at.astimezone(zoneinfo.ZoneInfo(self.time_zone)):%B %-d, %Y, %-I:%M %p %Z}"


class Membership(models.Model):
    """A person's role in one tenant. Readable before a scope is open, so it contains only ids."""

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


class SiteKey(Identified, Created):
    """Key that lets an external website send requests for a tenant. Only its digest is stored.

    Readable before a scope is open. The key is visible in the page that uses it: it identifies a site but proves
    nothing.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="site_keys")
    label = models.CharField(max_length=80, help_text="The website that uses the key.")
    prefix = models.CharField(max_length=16, editable=False, help_text="Its first characters, to recognize the key.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(default=True, help_text="Clear this to reject the key from now on.")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(digest__regex="^[0-9a-f]{64}$"), name="site_key_digest_shape"),
        )

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"


class SiteOrigin(models.Model):
    """Website that may send a tenant's requests from a browser.

    Readable before a scope is open: public addresses only.
    """

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


class Trade(models.TextChoices):
    HEATING = "heating", "Heating"
    COOLING = "cooling", "Air conditioning"
    PLUMBING = "plumbing", "Plumbing"
    ELECTRICAL = "electrical", "Electrical"
    ROOFING = "roofing", "Roofing"
    GARAGES = "garages", "Garages"
    WATER_TREATMENT = "water treatment", "Water treatment"
    PEST_CONTROL = "pest control", "Pest control"
    LANDSCAPING = "landscaping", "Landscaping"
    POOLS = "pools", "Pools"
    CHIMNEYS = "chimneys", "Chimneys"
    OTHER = "other", "Other"


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """Foreign key from one tenant-owned row to another.

    Foreign-key checks ignore row-level security, so a plain key could point into another tenant. Django's own
    constraint is therefore omitted. The migration adds a composite one with `CALL ptj_composite_key(…)`, and
    tests/architecture checks the catalog for it.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)


class Logo(TenantOwned, Identified, Created):
    """A business's logo, encoded again by us (`files.images`). Append-only; the profile names the current one."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    content_type = models.CharField(max_length=10, choices=[("image/png", "PNG"), ("image/jpeg", "JPEG")])
    content = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "id", name="logo_tenant_key"),
            models.CheckConstraint(
                condition=models.Q(content_type__in=["image/png", "image/jpeg"]), name="logo_type_known"
            ),
        )
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"logo {self.public_id}"


class BusinessProfile(TenantOwned):
    """Contact details of a business, as used on its public pages."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    phone = models.CharField(max_length=40, blank=True, help_text="The main number, as printed on the website.")
    unusual_phone = models.CharField(
        max_length=40,
        blank=True,
        editable=False,
        help_text="A main number that an operator confirmed although no phone network has such numbers.",
    )
    other_phones = models.JSONField(
        default=list,
        blank=True,
        help_text='Further numbers: [{"label": "Emergencies", "number": "(602) 555-0101"}, …].',
    )
    trades = ArrayField(models.CharField(max_length=20, choices=Trade), default=list, blank=True)
    license_numbers = models.JSONField(
        default=list, blank=True, help_text='Contractor licenses: [{"label": "AZ ROC", "number": "123456"}, …].'
    )
    zip = models.CharField("ZIP code", max_length=10, blank=True, help_text="Of the office.")
    state = models.CharField(max_length=2, blank=True, help_text="The state of the office, such as AZ.")
    service_area = models.CharField(max_length=120, blank=True)
    color = models.CharField(
        max_length=7, blank=True, help_text="The color of buttons on the website, such as #0b5cad."
    )
    logo = TenantForeignKey(Logo, models.PROTECT, related_name="+", null=True, blank=True)
    hours = models.JSONField(
        default=dict,
        blank=True,
        help_text='Office hours in the tenant\'s time zone: {"mon": [["07:00", "18:00"]], …}. Empty if unknown.',
    )

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", name="business_profile_once"),
            models.CheckConstraint(
                condition=models.Q(trades__contained_by=Trade.values), name="business_profile_trades_known"
            ),
            models.CheckConstraint(
                condition=models.Q(color="") | models.Q(color__regex="^#[0-9a-f]{6}$"), name="business_profile_color"
            ),
        )

    def __str__(self) -> str:
        return f"profile of tenant {self.tenant_id}"

    @classmethod
    def of(cls, tenant_id: int) -> "BusinessProfile":
        """Return the profile of a tenant; an unsaved, empty one if it has none. Runs one query."""
        return cls.objects.filter(tenant=tenant_id).first() or cls(tenant_id=tenant_id)

    @property
    def public_texts(self) -> dict[str, str]:
        """Return the words that someone typed and the website shows, by their field. The hours name holidays too."""
        return {
            "service area": self.service_area,
            "other phone numbers": _lines(self.other_phones),
            "license numbers": _lines(self.license_numbers),
        }


def _lines(entries: Iterable[Mapping[str, str]]) -> str:
    return "\n\n".join(f"{entry['label']}: {entry['number']}" for entry in entries)


class StateChange(TenantOwned):
    """A transition of a tenant's lifecycle: who made it, when and why. Append-only."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    number = models.PositiveIntegerField(help_text="The tenant's version after the transition.")
    before = models.CharField(max_length=7, choices=Lifecycle)
    after = models.CharField(max_length=7, choices=Lifecycle)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint("tenant", "number", name="state_change_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="state_change_has_reason"),
            models.CheckConstraint(
                condition=models.Q(before__in=Lifecycle.values, after__in=Lifecycle.values), name="state_change_known"
            ),
        )
        triggers = states.append_only()

    def __str__(self) -> str:
        return f"{self.before} to {self.after}"


class HostKind(models.TextChoices):
    PATH = "path", "a path of our host"
    SUBDOMAIN = "subdomain", "our subdomain"
    OWN_DOMAIN = "own domain", "their own domain"


class PublicHost(Created):
    """A host at which a tenant's website is reachable. Readable before a scope is open: public addresses only.

    `host` is lower-case punycode (`hosts.normalized`) and empty only for the path of our host. `skeleton` is equal
    for hosts that people confuse, so no tenant can get a host that resembles another.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="public_hosts")
    kind = models.CharField(max_length=10, choices=HostKind)
    host = models.CharField(max_length=LONGEST_HOST, blank=True)
    skeleton = models.CharField(max_length=LONGEST_HOST, blank=True, editable=False)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("kind", "host")
        constraints = (
            models.UniqueConstraint(fields=["host"], condition=~models.Q(host=""), name="public_host_once"),
            models.UniqueConstraint(fields=["skeleton"], condition=~models.Q(host=""), name="public_host_similar"),
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(kind=HostKind.PATH), name="public_host_one_path"
            ),
            models.CheckConstraint(
                condition=models.Q(kind=HostKind.PATH, host="", skeleton="")
                | models.Q(
                    kind__in=[HostKind.SUBDOMAIN, HostKind.OWN_DOMAIN],
                    host__regex=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$",
                )
                & ~models.Q(skeleton=""),
                name="public_host_of_kind",
            ),
        )

    def __str__(self) -> str:
        return self.host or "our host"


class LegalKind(models.TextChoices):
    PRIVACY = "privacy", "Privacy policy"
    TERMS = "terms", "Terms of service"
    CONSENT = "consent", "Consent to be contacted"


class LegalText(TenantOwned, Identified, Created):
    """A version of a legal text of a tenant. A published version never changes; a new text is a new version."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=7, choices=LegalKind)
    version = models.PositiveIntegerField()
    text = models.TextField()
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("kind", "-version")
        constraints = (
            models.UniqueConstraint("tenant", "kind", "version", name="legal_text_once"),
            models.CheckConstraint(condition=models.Q(kind__in=LegalKind.values), name="legal_text_kind_known"),
            models.CheckConstraint(condition=~models.Q(text="") & models.Q(version__gt=0), name="legal_text_filled"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="legal_text_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.published_at IS NOT NULL AND OLD.* IS DISTINCT FROM NEW.*"),
                func="RAISE EXCEPTION 'a published legal text never changes' USING ERRCODE = 'check_violation';",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.version}"


class NoticeChannel(models.TextChoices):
    EMAIL = "email", "email"
    TEXT = "text", "text message"
    WEBHOOK = "webhook", "webhook"


class NoticeRecipient(TenantOwned, Identified, Created):
    """An address that is notified about new requests. Its test message contains a link that proves that it arrives.

    The address never changes: another address is another recipient, which has to be confirmed again. A removed one
    stays as a row, so that its removal can be undone and its past notices keep their recipient.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = frozenset({"email", "phone", "url", "label"})

    channel = models.CharField(
        max_length=7, choices=NoticeChannel, default=NoticeChannel.EMAIL, db_default=NoticeChannel.EMAIL
    )
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=16, blank=True, db_default="", help_text="In E.164, such as +16025550199.")
    url = models.CharField(max_length=300, blank=True, db_default="", help_text="An https address for webhooks.")
    label = models.CharField(max_length=80, blank=True, help_text="Such as “Front desk”.")
    active = models.BooleanField(default=True)
    level = models.PositiveSmallIntegerField(
        default=0,
        db_default=0,
        help_text="0: notified at once. N: notified if no one opened the request within N times the target.",
    )
    quiet_from = models.TimeField(null=True, blank=True, help_text="In the time zone of the business.")
    quiet_until = models.TimeField(null=True, blank=True)
    wants_digest = models.BooleanField(default=True, db_default=True, help_text="Gets the list of suspected requests.")
    takes_replies = models.BooleanField(
        default=False, db_default=False, help_text="Customers see it, and may reply to it, once it is confirmed."
    )
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    bounced_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="It does not accept messages.")
    bounce_reason = models.CharField(max_length=200, blank=True, db_default="", editable=False)
    complained_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="Reported as spam.")
    test_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    test_error = models.CharField(max_length=200, blank=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="notice_recipient_tenant_key"),
            models.UniqueConstraint(
                "tenant", Lower("email"), condition=~models.Q(email=""), name="notice_recipient_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "phone"], condition=~models.Q(phone=""), name="notice_recipient_phone_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "url"], condition=~models.Q(url=""), name="notice_recipient_url_once"
            ),
            models.CheckConstraint(
                condition=models.Q(channel=NoticeChannel.EMAIL, phone="", url="") & ~models.Q(email="")
                | models.Q(channel=NoticeChannel.TEXT, email="", url="", phone__regex=r"^\+[1-9][0-9]{6,14}$")
                | models.Q(channel=NoticeChannel.WEBHOOK, email="", phone="") & ~models.Q(url=""),
                name="notice_recipient_filled",
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="notice_recipient_quiet_whole",
            ),
        )
        indexes = (models.Index("test_due_at", condition=models.Q(test_due_at__isnull=False), name="notice_test_due"),)

    def __str__(self) -> str:
        return f"recipient {self.pk}"

    @property
    def address(self) -> str:
        """Return the email address, the phone number or the URL."""
        return self.email or self.phone or self.url


class PreviewLink(TenantOwned, Identified, Created):
    """A link that shows the website of a tenant before it is live. It expires and can be revoked."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ("-pk",)
        indexes = (models.Index(fields=["tenant", "-id"], name="preview_link_newest"),)

    def __str__(self) -> str:
        return f"preview link {self.pk}"
