"""Flag: what a tenant wants and what somebody on call has killed. Whether it is on is never stored."""

from typing import ClassVar

import pgtrigger
from django.db import models

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.kernel.tenants.models import TenantOwned

from .registry import FLAGS


class Flag(TenantOwned):
    """A tenant's wish for one feature. `decide()` computes from it, and from evidence, if it is on."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS

    slug = models.CharField(max_length=60, choices=[(slug, flag.title) for slug, flag in FLAGS.items()])
    wanted = models.BooleanField(default=False)
    killed = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint("tenant", "slug", name="flag_once"),
            models.CheckConstraint(condition=models.Q(slug__in=list(FLAGS)), name="flag_known"),
        )
        triggers: ClassVar = [
            # A sender compares epochs before each send, so any change shuts within its next look.
            pgtrigger.Trigger(
                name="raise_epoch",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    UPDATE tenants_tenant SET gates_epoch = gates_epoch + 1
                    WHERE id IN (OLD.tenant_id, NEW.tenant_id);
                    RETURN NULL;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.slug} of tenant {self.tenant_id}"
