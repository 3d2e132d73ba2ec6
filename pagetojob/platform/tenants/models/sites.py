"""Hosts of a tenant's website, and keys and origins of the other websites that may send its requests."""

from django.core.validators import RegexValidator
from django.db import models

from ..declarations import NO_PERSONAL_FIELDS, Retention
from ..hosts import LONGEST_HOST
from .base import Created, Identified
from .tenant import Tenant


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


class SiteKey(Identified, Created):
    """Key that lets an external website send requests for a tenant. Only its digest is stored.

    Readable before a scope is open. The key is visible in the page that uses it: it identifies a site but proves
    nothing.
    """

    RETENTION = Retention.NONE
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
