"""Estimate: model weights from a tenant's own decisions, shown with their effect and applied by a person."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Identified, TenantForeignKey, TenantOwned

from .statements import HEX

#: Kind of the run that estimates weights.
ESTIMATE = "attribution.estimate"


class Estimate(TenantOwned, Identified):
    """Linking weights estimated from one tenant's decisions, and their effect on every figure. Append-only.

    `effect` is the result of `measure_effect`, with keys and amounts only: {"labels": {label: [was, would be]},
    "money": {"counted": ["1.00", "2.00"], "if_all_accepted": […]}, "moves": [{"job", "was", "is"}…], "moved": 3}.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    run = TenantForeignKey(Run, related_name="+")
    base_sha256 = models.CharField(max_length=64, help_text="Hash of the shipped model that the weights are based on.")
    model_sha256 = models.CharField(max_length=64, help_text="Hash of the model with these weights.")
    weights = models.JSONField(help_text="Log-odds of every feature.")
    labels = models.PositiveIntegerField(help_text="Number of decided jobs used.")
    decided_to = models.BigIntegerField(help_text="ID of the newest decision used.")
    files_to = models.BigIntegerField(help_text="ID of the newest export used.")
    effect = models.JSONField()
    made_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="estimate_tenant_key"),
            models.UniqueConstraint("tenant", "run", name="estimate_of_run_once"),
            models.CheckConstraint(
                condition=Q(base_sha256__regex=HEX, model_sha256__regex=HEX), name="estimate_sha256_shape"
            ),
        )
        triggers: ClassVar = states.append_only()

    def __str__(self) -> str:
        return f"estimate {self.public_id}"
