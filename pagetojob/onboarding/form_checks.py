"""Send an hourly synthetic request to the form of each live website, over HTTP as a visitor would.

The form runs every statement of a request and rolls it back (`syncqueue.services.synthetic`), so a check reaches no
office, no ServiceTitan and no figure.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.db.models import Q, QuerySet, Subquery
from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import KILLED, decide
from pagetojob.platform.outbound.addresses import Origin, read_origin
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.resolving import SystemResolver
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant
from syncqueue.services import synthetic
from syncqueue.services.site import SiteFacts, read_site

from .models import FormCheck

if TYPE_CHECKING:
    from pagetojob.platform.outbound.transport import Transport

EVERY = timedelta(hours=1)
#: A failed check is repeated after this time, so that a restart of a server raises no alarm.
SECOND_CHECK = timedelta(minutes=5)
FAILURES_BEFORE_ALARM = 2
MOST_AT_ONCE = 20
_TYPED = {
    "service": "Something else",
    "urgency": "flexible",
    "message": "Synthetic check of the request form.",
    "name": "Synthetic check",
    "phone": "(202) 555-0143",
    "consent": "on",
}
#: The note of a form that someone on call switched off: nothing is sent to it.
SWITCHED_OFF = "The form is switched off, so it was not checked."
_RESULT = ("checked_at", "note", "failures", "failing_since", "alarm_at")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """A form to check, and the mark of the request to it."""

    tenant: Tenant
    address: str
    nonce: str
    mark: str


def check_due() -> int:
    """Check the forms that are due, and return their number. Periodic task."""
    targets = []
    for tenant in _due():
        if target := _target(tenant):
            targets.append(target)
        else:
            _settle(tenant, failed=False, note=SWITCHED_OFF)
    failures = asyncio.run(_send_all(targets)) if targets else []
    for target, failure in zip(targets, failures, strict=True):
        note = failure
        if not failure and not synthetic.was_stored(target.tenant.pk, target.nonce):
            note = "The form thanked for a request that it did not store."
        _settle(target.tenant, failed=bool(note), note=note)
    return len(targets)


def _due() -> list[Tenant]:
    now = timezone.now()
    with scope.worker():
        fresh = FormCheck.objects.filter(
            Q(checked_at__gt=now - SECOND_CHECK) | Q(checked_at__gt=now - EVERY, failures=0)
        ).values("tenant")
        # A paused website shows no form, so its last result would stay an alarm.
        FormCheck.objects.exclude(tenant__state=Lifecycle.LIVE).exclude(failures=0).update(
            failures=0, note="", failing_since=None, alarm_at=None
        )
        rows = Tenant.objects.filter(state=Lifecycle.LIVE).exclude(pk__in=Subquery(fresh))
        return list(rows.order_by("pk")[:MOST_AT_ONCE])


def _target(tenant: Tenant) -> Target | None:
    """Return the form of a live website; None if someone on call switched it off."""
    with scope.tenant(tenant.pk):
        if any(
            reason is KILLED for reason in decide("booking-request-fallback", tenant, Environment.PRODUCTION).missing
        ):
            return None
        site: SiteFacts = read_site(tenant)
    nonce, mark = synthetic.new_mark(tenant)
    return Target(tenant, site.form_address, nonce, mark)


async def _send_all(targets: Sequence[Target]) -> list[str]:
    from pagetojob.platform.outbound.transport import Patience, Transport  # noqa: PLC0415 - imports aiohttp

    listed = frozenset(filter(None, (_our_origin(target) for target in targets)))
    patience = Patience(connect=5.0, total=15.0, body=2_000_000)
    async with Transport(listed=listed, resolver=_Names(), patience=patience) as transport:
        return list(await asyncio.gather(*(_send(transport, target) for target in targets)))


def _our_origin(target: Target) -> Origin | None:
    """Return the origin of a form on a host of ours, which may be in a private network. A contractor's may not."""
    parts = urlsplit(target.address)
    host, ours = parts.hostname or "", urlsplit(settings.PUBLIC_URL).hostname
    below = settings.PUBLIC_SUFFIX and host == f"{target.tenant.slug}.{settings.PUBLIC_SUFFIX}"
    return read_origin(f"{parts.scheme}://{parts.netloc}") if below or host == ours else None


class _Names(SystemResolver):
    """Resolves names below localhost to this machine, as browsers do (RFC 6761)."""

    def resolve(self, host: str) -> Sequence[str]:
        return super().resolve("localhost" if host.endswith(".localhost") else host)


async def _send(transport: "Transport", target: Target) -> str:
    """Read the form and send it; return why it failed, empty if it was accepted."""
    headers = {"Accept": "text/html", "User-Agent": "PageToJob/1.0 (form check)"}
    try:
        page = await transport.send("GET", target.address, headers=headers)
        if page.status != 200:
            return f"The form answered with status {page.status}."
        form = _Form(page.body.decode("utf-8", "replace"))
        if "form_token" not in form.hidden:
            return "The page has no request form."
        headers |= {synthetic.HEADER: target.mark, "Origin": "null"}
        sent = await transport.send(
            "POST", urljoin(target.address, form.action), headers=headers, form=form.hidden | _TYPED
        )
    except GatewayError as error:
        return error.sentence
    return _refusal(sent)


def _refusal(sent: Answer) -> str:
    if sent.status == 422:
        return "The form refused a valid request."
    return "" if sent.status in (302, 303) else f"Sending the form was answered with status {sent.status}."


class _Form(HTMLParser):
    """The address and the hidden fields of the request form of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._inside = "data-intake" in given
            self.action = (given.get("action") or "") if self._inside else self.action
        elif self._inside and tag == "input" and given.get("type") == "hidden" and given.get("name"):
            self.hidden[str(given["name"])] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False


def _settle(tenant: Tenant, *, failed: bool, note: str) -> None:
    now = timezone.now()
    with scope.worker():
        row = FormCheck.objects.filter(tenant=tenant).first() or FormCheck(tenant=tenant)
        row.checked_at, row.note = now, note[:200]
        row.failures = min(row.failures + 1, 1000) if failed else 0
        row.failing_since = (row.failing_since or now) if failed else None
        is_new = row.failures >= FAILURES_BEFORE_ALARM and row.alarm_at is None
        row.alarm_at = now if is_new else row.alarm_at if failed else None
        row.save(force_insert=row.pk is None, update_fields=_RESULT if row.pk else None)
    if is_new:
        log.error("request form does not accept requests", extra={"tenant_id": tenant.pk, "failure": note})


def failing_forms() -> QuerySet[FormCheck]:
    """Return the checks of the live websites whose form fails."""
    return FormCheck.objects.filter(alarm_at__isnull=False, tenant__state=Lifecycle.LIVE)
