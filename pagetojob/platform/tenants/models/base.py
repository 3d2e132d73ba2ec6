"""Base classes of models, and the foreign key between rows of one tenant."""

import uuid
from typing import Any

from django.db import models
from django.db.models.functions import Now


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
