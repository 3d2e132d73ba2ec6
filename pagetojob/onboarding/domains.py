"""Domains of contractors: the requested records, the hourly check, and the hosts that get a certificate."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import hosts, scope
from pagetojob.platform.tenants.lifecycle import SERVED, Lifecycle
from pagetojob.platform.tenants.models import HostKind, PublicHost, Tenant, User
from pagetojob.platform.tenants.public import with_website

from .dns.evaluation import Report, evaluate
from .dns.expectation import BadExpectation, read_expectation
from .dns.lookup import Lookup, parse_resolver, system_resolver
from .dns.names import BadName, parse_name, show
from .dns.verdicts import Verdict
from .models import DomainCheck

EVERY = timedelta(hours=1)
#: After a first failure of a verified domain: it may be in the middle of a change.
SECOND_CHECK = timedelta(minutes=5)
#: A verified domain that fails this many checks in a row raises an alarm.
FAILURES_BEFORE_ALARM = 2
#: A batch takes at most as long as one check, since all its domains are checked at once.
BATCH_SIZE = 20
MOST_DOMAINS = 10
CHECKER = "domain check"
#: Columns that a check writes. A request for another check, which comes in between, stays.
RESULT = ("verdict", "settled", "failures", "verified_at", "alarm_at", "report", "checked_at")

_TAKEN = "This domain is already connected, to this contractor or to another one."
_SIMILAR = "This domain resembles a connected domain, and people could confuse them."
log = logging.getLogger(__name__)


class DomainRefused(Exception):
    """Raised when a domain cannot be added. The message is for people."""


def subdomain_of(tenant: Tenant) -> str:
    """Return the host that every contractor has, with or without its own domain; empty if none is configured."""
    return f"{tenant.slug}.{settings.PUBLIC_SUFFIX}" if settings.PUBLIC_SUFFIX else ""


def requested_records(check: DomainCheck) -> dict[str, Any]:
    """Return the records that the contractor must create, in the form that `check_domain --expect` reads."""
    if check.by_address:
        families = {"A": [text for text in settings.PUBLIC_ADDRESSES if ":" not in text]}
        families["AAAA"] = [text for text in settings.PUBLIC_ADDRESSES if ":" in text]
        records = [{"name": check.domain, "type": type_, "values": values} for type_, values in families.items()]
    else:
        records = [{"name": check.domain, "type": "CNAME", "values": [subdomain_of(check.tenant)]}]
    proof = {"name": f"_pagetojob.{check.domain}", "type": "TXT", "values": [f"pagetojob-verify={check.token}"]}
    return {
        "domain": check.domain,
        "records": [*(entry for entry in records if entry["values"]), proof],
        "sender": check.sender or None,
        "spf_include": settings.MAIL_SPF_INCLUDE or None,
        "dkim": [{"selector": name, "cname": target} for name, target in settings.MAIL_DKIM.items()],
    }


def report_of(report: Report) -> dict[str, Any]:
    """Return a report as it is stored: that of `check_domain`, with the reason of each record."""
    stored = report.as_json()
    for entry, checked in zip(stored["records"], report.records, strict=True):
        entry["reason"] = checked.judgment.reason
    return stored


@transaction.atomic
def add_domain(*, tenant: Tenant, actor: User, reason: str, domain: str, by_address: bool, sender: str) -> DomainCheck:
    """Add a domain, which is checked soon. Needs the operator scope. Raises DomainRefused."""
    if not settings.PUBLIC_SUFFIX or (by_address and not settings.PUBLIC_ADDRESSES):
        raise DomainRefused("Set PUBLIC_SUFFIX and PUBLIC_ADDRESSES first: without them, no records can be requested.")
    host = _public_host(tenant, domain)
    check = DomainCheck(tenant=tenant, domain=host.host, by_address=by_address, token=secrets.token_hex(16))
    check.sender = _normal(sender) if sender else ""
    if check.sender and not settings.MAIL_SPF_INCLUDE:
        raise DomainRefused("Set MAIL_SPF_INCLUDE first: without it, the sender domain cannot be checked.")
    if f".{check.domain}".endswith(f".{settings.PUBLIC_SUFFIX}"):
        raise DomainRefused("This is a subdomain of ours, which needs no records.")
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of several at once, each counts the one before
    if DomainCheck.objects.filter(tenant=tenant).count() >= MOST_DOMAINS:
        raise DomainRefused(f"A contractor can have {MOST_DOMAINS} domains.")
    try:
        read_expectation(requested_records(check))
        with transaction.atomic():
            check.save()
            host.save()
    except BadExpectation as error:
        raise DomainRefused(str(error)) from None
    except IntegrityError as error:
        raise DomainRefused(_SIMILAR if "public_host_similar" in str(error) else _TAKEN) from None
    record_change("onboarding.add_domain", check, actor=actor, reason=reason)
    return check


def _public_host(tenant: Tenant, typed: str) -> PublicHost:
    """Return the host of a domain, which is reachable from its first good check on."""
    try:
        host = hosts.normalized(typed)
    except hosts.BadHost as error:
        raise DomainRefused(str(error)) from None
    return PublicHost(tenant=tenant, kind=HostKind.OWN_DOMAIN, host=host, skeleton=hosts.skeleton(host))


def _normal(typed: str) -> str:
    try:
        name = show(parse_name(typed))
    except BadName:
        name = ""
    if "." not in name or name.rpartition(".")[2].isdigit():
        raise DomainRefused("Enter a domain such as www.example.com, without https:// and without a path.")
    return name


def remove_domain(*, check: DomainCheck, actor: User, reason: str) -> None:
    """Remove a domain, which then is not served and gets no certificate. Needs the operator scope."""
    record_change("onboarding.remove_domain", check, actor=actor, reason=reason)
    PublicHost.objects.filter(tenant=check.tenant_id, host=check.domain).delete()
    check.delete()


def request_check(*, check: DomainCheck, actor: User) -> None:
    """Let the worker check a domain now. Needs the operator scope."""
    DomainCheck.objects.filter(pk=check.pk).update(due_at=Now())
    record_change("onboarding.request_check", check, actor=actor, reason="The operator requested a check.")


def check_due() -> int:
    """Check the domains that are due, and return their number. Periodic task."""
    with scope.worker(), transaction.atomic():
        due = list(
            DomainCheck.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(due_at__lte=Now())
            .select_related("tenant")
            .order_by("due_at")[:BATCH_SIZE]
        )
        # Leased for an hour; if this worker dies, the next check comes then.
        DomainCheck.objects.filter(pk__in=[check.pk for check in due]).update(due_at=Now() + EVERY)
    check_now(due)
    return len(due)


def check_now(checks: Sequence[DomainCheck]) -> None:
    """Check domains, all at once, and store the results."""
    if not checks:
        return
    resolver = parse_resolver(settings.DNS_RESOLVER) if settings.DNS_RESOLVER else system_resolver()
    for check, report in zip(checks, asyncio.run(_reports(checks, resolver)), strict=True):
        if isinstance(report, Report):
            _store(check, report)
        else:
            log.error("domain check failed", extra={"domain_check": str(check.public_id)}, exc_info=report)


async def _reports(checks: Sequence[DomainCheck], resolver: tuple[str, int]) -> list[Report | BaseException]:
    async def report_on(check: DomainCheck) -> Report:
        return await evaluate(Lookup(resolver), read_expectation(requested_records(check)))

    return await asyncio.gather(*map(report_on, checks), return_exceptions=True)


def _store(asked: DomainCheck, report: Report) -> None:
    with scope.worker(), transaction.atomic():
        check = DomainCheck.objects.select_for_update(no_key=True).filter(pk=asked.pk).first()
        if check is None:
            return
        before = check.settled
        check.verdict, check.report, check.checked_at = report.verdict.value, report_of(report), timezone.now()
        if report.verdict == Verdict.OK:
            _settle_good(check)
        elif report.verdict != Verdict.CANNOT_TELL:
            _settle_bad(check)
        check.save(update_fields=RESULT)
        if check.settled != before and Verdict.OK in (check.settled, before):
            record_change(
                "onboarding.domain_verified" if check.settled == Verdict.OK else "onboarding.domain_failed",
                check,
                actor=CHECKER,
                reason=_reason(report),
                settled=(before, check.settled),
            )


def _settle_good(check: DomainCheck) -> None:
    check.settled, check.failures = Verdict.OK.value, 0
    check.verified_at, check.alarm_at = check.checked_at, None
    # A failure later does not end it: visitors who still arrive are served, and the alarm tells an operator.
    PublicHost.objects.filter(tenant=check.tenant_id, host=check.domain, verified_at__isnull=True).update(
        verified_at=check.checked_at
    )


def _settle_bad(check: DomainCheck) -> None:
    check.settled = check.verdict
    check.failures = min(check.failures + 1, 1000)
    if check.verified_at is None:
        return
    if check.failures < FAILURES_BEFORE_ALARM:
        DomainCheck.objects.filter(pk=check.pk).update(due_at=Now() + SECOND_CHECK)
    elif check.alarm_at is None:
        check.alarm_at = check.checked_at
        log.error("domain does not point here", extra={"domain_check": str(check.public_id)})


def _reason(report: Report) -> str:
    worst = [entry for entry in report.records if entry.judgment.verdict == report.verdict]
    return " ".join(f"{entry.requested.label}: {entry.judgment.reason}" for entry in worst[:3])[:1000] or "No records."


def failing_domains() -> QuerySet[DomainCheck]:
    """Return the domains that were verified and now fail."""
    return DomainCheck.objects.filter(alarm_at__isnull=False)


def is_served(host: str) -> bool:
    """Return whether we serve a host, so that it may get a certificate; no host of a draft or closed contractor.

    A contractor's own domain is served while its last check that could tell was good, and an offboarded contractor's
    while its host is stored, because the checks are deleted.
    """
    try:
        name = show(parse_name(host))
    except BadName:
        return False
    slug, _, suffix = name.partition(".")
    if settings.PUBLIC_SUFFIX and suffix == settings.PUBLIC_SUFFIX:
        return Tenant.objects.filter(with_website(), slug=slug).exists()
    proven = PublicHost.objects.filter(kind=HostKind.OWN_DOMAIN, host=name, verified_at__isnull=False)
    if proven.filter(tenant__state=Lifecycle.CLOSED, tenant__page_until__isnull=False).exists():
        return True
    with scope.worker():
        return DomainCheck.objects.filter(tenant__state__in=SERVED, domain=name, settled=Verdict.OK.value).exists()
