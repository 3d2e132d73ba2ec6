"""Lane: the queue of one tenant and kind, with its fairness, rate limit and circuit breaker."""

from django.db import models
from django.db.models import Q

from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import TenantOwned
from pagetojob.platform.tenants.people import person_key

from .item import Kind


class Lane(TenantOwned):
    """The queue of one tenant and kind, with its place in the rotation, its rate limit and its circuit breaker.

    Workers take the lane that was served longest ago, so that one tenant's flood does not starve the others.
    `per_minute` limits the rate with a token bucket (`tokens`, refilled since `refilled_at`); null means no limit.
    While the breaker is open (`paused_until` in the future) the lane cools down and uses no attempts. A person may
    pause a lane (`held_at`): no item of it is claimed until a person resumes it.
    """

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    kind = models.CharField(max_length=24, choices=Kind)
    served_at = models.DateTimeField(null=True)
    per_minute = models.PositiveIntegerField(null=True)
    tokens = models.FloatField(default=0)
    refilled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="Consecutive transient errors.")
    paused_until = models.DateTimeField(null=True)
    held_at = models.DateTimeField(null=True, editable=False)
    held_by = person_key(null=True, editable=False, db_index=True)
    held_reason = models.CharField(max_length=500, blank=True, db_default="", editable=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "kind", name="lane_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="lane_kind_known"),
            models.CheckConstraint(
                condition=Q(held_at__isnull=True, held_by__isnull=True, held_reason="")
                | Q(held_at__isnull=False, held_by__isnull=False) & ~Q(held_reason=""),
                name="lane_held_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"lane of {self.kind} of tenant {self.tenant_id}"
