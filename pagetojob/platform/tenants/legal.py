"""Published legal texts of a tenant. Needs a scope that may read them."""

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, F, OuterRef, Value, When
from django.db.models.functions import JSONObject

from .models import LegalKind, LegalText

_CONSENT_ONLY = Case(When(kind=LegalKind.CONSENT, then=F("text")), default=Value(""), output_field=models.TextField())


def published_of_tenant() -> ArraySubquery:
    """Return an expression for a tenant-owned row: kind and version of each published text, and the consent text."""
    facts = JSONObject(kind="kind", version="version", text=_CONSENT_ONLY)
    return ArraySubquery(_published().filter(tenant=OuterRef("tenant")).values(facts=facts))


def newest_text(tenant_id: int, kind: str) -> LegalText | None:
    """Return the newest published text of a kind, or None. Runs one query."""
    row: LegalText | None = _published().filter(tenant=tenant_id, kind=kind).first()
    return row


def published_text(tenant_id: int, kind: str, version: int) -> str:
    """Return the text of a version that was published; empty if there is none. Runs one query."""
    rows = LegalText.objects.filter(tenant=tenant_id, kind=kind, version=version, published_at__isnull=False)
    return rows.values_list("text", flat=True).first() or ""


def _published() -> models.QuerySet[LegalText]:
    """Return the newest published version of each kind."""
    return LegalText.objects.filter(published_at__isnull=False).order_by("kind", "-version").distinct("kind")
