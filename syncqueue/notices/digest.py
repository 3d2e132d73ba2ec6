"""The daily digest of suspected requests: to each business that had some since the last one, in its morning."""

import logging
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.postgresql.errors import UNAVAILABLE
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeChannel, Tenant
from pagetojob.platform.tenants.time_zones import usable_zone
from syncqueue.leads.models import Lead

from .enqueue import enqueue, reachable
from .models import NoticeSettings, Purpose

#: Local time of the digest, and the longest period that one covers.
MORNING = time(7)
LONGEST = timedelta(days=8)
log = logging.getLogger(__name__)


def make_digests(now: datetime | None = None) -> int:
    """Enqueue the digests that are due; return how many notices. Periodic task."""
    now = now or timezone.now()
    with scope.worker():
        recent = Lead.objects.exclude(suspected=[]).filter(received_at__gt=now - LONGEST, excluded_as="")
        tenants = Tenant.objects.filter(pk__in=recent.values("tenant").distinct())
        return sum(_made_alone(tenant, now) for tenant in tenants)


def last_morning(zone: str, now: datetime) -> datetime:
    """Return the newest time at which a digest was due."""
    local = now.astimezone(usable_zone(zone))
    today = datetime.combine(local.date(), MORNING, tzinfo=usable_zone(zone))
    return today if today <= now else datetime.combine(local.date() - timedelta(days=1), MORNING, usable_zone(zone))


def _made_alone(tenant: Tenant, now: datetime) -> int:
    """Return `_make`. An error concerns this business only: raised, it would undo the digests of all, in every run."""
    try:
        with transaction.atomic():
            return _make(tenant, now)
    except UNAVAILABLE:
        raise
    except Exception:
        log.exception("digest not made", extra={"tenant_id": tenant.pk})
        return 0


def _make(tenant: Tenant, now: datetime) -> int:
    NoticeSettings.objects.get_or_create(tenant=tenant)
    settings = NoticeSettings.objects.select_for_update().get(tenant=tenant)
    until = last_morning(tenant.time_zone, now)
    since = settings.digest_until or until - timedelta(days=1)
    if until <= since or not settings.digest_is_on:
        return 0
    since = max(since, until - LONGEST)
    leads = Lead.objects.filter(tenant=tenant, received_at__gt=since, received_at__lte=until, excluded_as="")
    if not leads.exclude(suspected=[]).exists():
        return 0
    key = "/".join(moment.astimezone(ZoneInfo("UTC")).isoformat() for moment in (since, until))
    recipients = reachable(tenant.pk).filter(wants_digest=True, channel=NoticeChannel.EMAIL)
    NoticeSettings.objects.filter(pk=settings.pk).update(digest_until=until)
    return enqueue(recipients, Purpose.DIGEST, subject_key=key)
