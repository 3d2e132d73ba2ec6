"""Stored state of the intake endpoints: idempotent API answers and request counters."""

from django.db import models
from django.db.models import Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, SiteKey, TenantForeignKey, TenantOwned
from syncqueue.leads.models import Lead


class IdempotencyKey(TenantOwned, Created):
    """The answer given for an Idempotency-Key, returned again when the site repeats the request with the same body."""

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    site_key = models.ForeignKey(SiteKey, models.PROTECT, related_name="+")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    lead = TenantForeignKey(Lead, related_name="+")
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "site_key", "key", name="idempotency_key_once"),
            models.CheckConstraint(condition=Q(request_hash__regex="^[0-9a-f]{64}$"), name="idempotency_hash_shape"),
        )

    def __str__(self) -> str:
        return f"idempotency key {self.pk}"


class IntakeCounter(models.Model):
    """Number of posts from one address to one site in one window. Unlogged: a crash may lose it.

    Global: `bucket` is a keyed digest of site and address, so the row identifies no one.
    """

    RETENTION = Retention.TOKEN
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    bucket = models.CharField(max_length=64, primary_key=True)
    window_start = models.DateTimeField()
    hits = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"counter {self.bucket[:8]}"


class SyntheticRequest(TenantOwned):
    """The last synthetic request that the form of a website stored and then rolled back (`services.synthetic`)."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    nonce = models.CharField(max_length=32)
    stored_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint("tenant", name="synthetic_request_once"),)

    def __str__(self) -> str:
        return f"synthetic request of tenant {self.tenant_id}"
