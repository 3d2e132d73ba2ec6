"""When the offices of many contractors first answered their newest requests. Needs the operator scope."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from django.db.models import F, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

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
    leads: QuerySet[Lead] = Lead.objects.filter(tenant__in=tenant_ids, received_at__gte=since, excluded_as="")
    leads = leads.annotate(status=Subquery(answers.order_by("-pk").values("kind")[:1])).filter(BELIEVED)
    place = Window(RowNumber(), partition_by=F("tenant"), order_by=F("received_at").desc())
    newest = leads.annotate(place=place).filter(place__lte=MOST_OF_TENANT).order_by()
    first = answers.filter(kind__in=ANSWERS).order_by("pk").values("created_at")[:1]
    stored = Subquery(NoticeSettings.objects.filter(tenant=OuterRef("tenant")).values("target_minutes")[:1])
    rows = newest.annotate(answered=Subquery(first), target=Coalesce(stored, NoticeSettings().target_minutes))
    return [FirstAnswer(*row) for row in rows.values_list("tenant_id", "received_at", "answered", "target")]
