"""Read the certificates of the hosts that we serve, so that one that is not renewed is noticed before it expires.

Caddy renews a certificate in its last third, at a visit of the host. Each reading is such a visit. Only hosts that
visitors use are read: reading another one would order a certificate, and the authority limits how many we may order.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.outbound.addresses import Origin
from pagetojob.platform.outbound.certificates import Certificate, read_certificate
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import PUBLIC
from pagetojob.platform.tenants.models import HostKind, PublicHost, Tenant

from .dns.verdicts import Verdict
from .models import CertificateReading, DomainCheck

EVERY = timedelta(hours=6)
#: Repeated sooner: a reading with a problem, so that a repair ends its alarm.
AGAIN = timedelta(minutes=10)
BATCH_SIZE = 50
#: A certificate is overdue for renewal 14 days before its end, and urgent 3 days before it. If its life is short, so
#: that Caddy renews it later, this is its last sixth and eighteenth.
OVERDUE, OVERDUE_SHARE = timedelta(days=14), 6
URGENT, URGENT_SHARE = timedelta(days=3), 18


@dataclass(frozen=True)
class Host:
    """A host to read. Ours may be in a private network; a contractor's may not."""

    name: str
    ours: bool


def read_due() -> int:
    """Read the certificates that are due, and return their number. Periodic task."""
    if urlsplit(settings.PUBLIC_URL).scheme != "https":
        return 0
    now = timezone.now()
    with scope.worker():
        hosts = served_hosts()
        CertificateReading.objects.exclude(host__in=[host.name for host in hosts]).delete()
        healthy = Q(note="", overdue_at__gt=now, read_at__gt=now - EVERY)
        fresh = CertificateReading.objects.filter(healthy | Q(read_at__gt=now - AGAIN))
        known = set(fresh.values_list("host", flat=True))
    due = [host for host in hosts if host.name not in known][:BATCH_SIZE]
    with ThreadPoolExecutor(max_workers=BATCH_SIZE) as pool:
        results = list(pool.map(_read, due))
    with scope.worker():
        for host, result in zip(due, results, strict=True):
            _store(host.name, result)
    return len(due)


def served_hosts() -> list[Host]:
    """Return our host, and those at which visitors reach live and paused websites. Needs a worker's scope."""
    checks = DomainCheck.objects.filter(tenant__state__in=PUBLIC, settled=Verdict.OK.value)
    hosts = [Host(name, ours=False) for name in checks.order_by("domain").values_list("domain", flat=True)]
    if settings.PUBLIC_SUFFIX:
        own = PublicHost.objects.filter(kind=HostKind.OWN_DOMAIN, verified_at__isnull=False)
        slugs = Tenant.objects.filter(state__in=PUBLIC).exclude(pk__in=own.values("tenant")).order_by("slug")
        hosts += [Host(f"{slug}.{settings.PUBLIC_SUFFIX}", ours=True) for slug in slugs.values_list("slug", flat=True)]
    return [Host(urlsplit(settings.PUBLIC_URL).hostname or "", ours=True), *hosts]


def overdue() -> QuerySet[CertificateReading]:
    """Return the certificates that should have been renewed, the first to expire first."""
    return CertificateReading.objects.filter(overdue_at__lte=Now()).order_by("expires_at", "host")


def urgent() -> QuerySet[CertificateReading]:
    """Return those among the overdue ones that are not valid or expire within days."""
    return overdue().filter(urgent_at__lte=Now())


def _read(host: Host) -> Certificate | GatewayError:
    port = urlsplit(settings.PUBLIC_URL).port or 443
    listed = frozenset({Origin("https", host.name, port)} if host.ours else ())
    try:
        return read_certificate(host.name, port=port, listed=listed)
    except GatewayError as error:
        return error


def _store(host: str, result: Certificate | GatewayError) -> None:
    now = timezone.now()
    row = CertificateReading.objects.filter(host=host).first() or CertificateReading(host=host)
    row.read_at = now
    row.note = result.sentence[:200] if isinstance(result, GatewayError) else ""
    if isinstance(result, Certificate):
        row.expires_at = result.expires_at
        row.overdue_at = _before_end(result, OVERDUE, OVERDUE_SHARE)
        row.urgent_at = _before_end(result, URGENT, URGENT_SHARE)
    elif result.code == "certificate":
        row.overdue_at = row.urgent_at = now
    row.save()


def _before_end(certificate: Certificate, span: timedelta, share: int) -> datetime:
    return certificate.expires_at - min(span, (certificate.expires_at - certificate.issued_at) / share)
