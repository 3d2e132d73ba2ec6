"""When the offices of many contractors first answered their newest requests. Needs the operator scope."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Func, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import ANSWERS, Lead, LeadAnswer

from ..notices.models import NoticeSettings
from .requests import BELIEVED

#: Requests of a tenant that are read, the newest ones.
MOST_OF_TENANT = 100


class FirstAnswer(NamedTuple):
    """When a request was received and, if it was, answered. `target_minutes` is the target of its tenant."""

    tenant_id: int
    received: datetime
    answered: datetime | None
    target_minutes: int


def newest_answers(tenant_ids: Collection[int], since: datetime) -> list[FirstAnswer]:
    """Return the first answers to the newest requests since a time.

    The same requests count as in the response report of each tenant. Runs one query.
    """
    answers = LeadAnswer.objects.filter(tenant=OuterRef("tenant"), lead=OuterRef("pk"), undone_at=None)
    leads: QuerySet[Lead] = Lead.objects.filter(tenant=OuterRef("pk"), received_at__gte=since, excluded_as="")
    leads = leads.annotate(status=Subquery(answers.order_by("-pk").values("kind")[:1])).filter(BELIEVED)
    # The limit is of each tenant, so PostgreSQL stops at it and reads no answers of the requests beyond.
    newest = ArraySubquery(leads.order_by("-received_at").values("pk")[:MOST_OF_TENANT])
    tenants = Tenant.objects.filter(pk__in=tenant_ids).order_by()
    counted = Lead.objects.filter(pk__in=tenants.values(lead=Func(newest, function="unnest"))).order_by()
    first = answers.filter(kind__in=ANSWERS).order_by("pk").values("created_at")[:1]
    stored = Subquery(NoticeSettings.objects.filter(tenant=OuterRef("tenant")).values("target_minutes")[:1])
    rows = counted.annotate(answered=Subquery(first), target=Coalesce(stored, NoticeSettings().target_minutes))
    return [FirstAnswer(*row) for row in rows.values_list("tenant_id", "received_at", "answered", "target")]
