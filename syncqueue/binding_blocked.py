"""Items blocked by their page binding, and what their envelopes would still lack under another binding. Reads only.

Used both to show a correction and to apply it, so that both select the same items. Each call needs a scope that shows
the tenant's rows.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import slugify

from pagetojob.retention.person import plain_email
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import HOME, is_generated, jobs_by_public_name
from syncqueue.leads.models import AnswerKind, BookingRequest, Lead, LeadAnswer, email_is

from . import envelope as envelopes
from .item_actions import CAPACITY_REVIEW, OF_THE_BINDING
from .models import Kind, State, SyncItem

LEAD_FIELDS = (
    *("reference", "spoken_code", "name", "phone", "phone_e164", "email"),
    *("street", "city", "state", "zip", "message"),
)
REQUEST_FIELDS = ("service", "urgency", "preferred_date", "preferred_window", "page_path")
_SLUG_LENGTH = 80

Chosen = Mapping[str, TaxonomyItem | None]


@dataclass(frozen=True)
class Page:
    """The page that a request came from, and the newest binding of that page, if any."""

    tenant_id: int
    path: str
    present: PageBinding | None

    @property
    def version(self) -> int:
        """Return the version of the present binding; 0 when the page is not bound."""
        return self.present.version if self.present else 0

    @property
    def slug(self) -> str:
        """Return the slug of the present binding, or the slug that a first binding gets from the path."""
        return self.present.slug if self.present else slugify(self.path.replace("/", " "))[:_SLUG_LENGTH] or "home"

    @property
    def can_be_bound(self) -> bool:
        """Return false for a path that a visitor made up: it is not one of our pages."""
        return self.present is not None or re.fullmatch(r"/[a-z0-9/-]*", self.path) is not None

    @property
    def chosen(self) -> Chosen:
        """Return the taxonomy item of each role of the present binding."""
        return roles_of(self.present)


def page_of(item: SyncItem) -> Page | None:
    """Return the page of an item's booking request, or None if it has no request. At most three queries.

    Takes the newest version of the request's binding; for an unbound request, the newest binding of its path, or of the
    home page if its page is generated from the map.
    """
    request = BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id).select_related("binding").first()
    if request is None:
        return None
    if request.binding:
        present = _newest(item.tenant_id, slug=request.binding.slug)
    else:
        present = _newest(item.tenant_id, page_path=request.page_path)
        if present is None and is_generated(request.page_path):
            present = _newest(item.tenant_id, page_path=HOME)
    return Page(item.tenant_id, request.page_path, present)


def _newest(tenant_id: int, **same: str) -> PageBinding | None:
    rows = PageBinding.objects.filter(tenant=tenant_id, **same).select_related(*PageBinding.MAPPED)
    return rows.order_by("-version", "-id").first()


def items_blocked_by(page: Page) -> QuerySet[SyncItem]:
    """Return the items that wait for the binding of a page, oldest first. Served by the index of causes."""
    requests = BookingRequest.objects.filter(tenant_id=OuterRef("tenant_id"), lead_id=OuterRef("lead_id"))
    here = Q(page_path=page.path, binding__isnull=True)
    if page.present:
        here |= Q(page_path=page.present.page_path, binding__isnull=True) | Q(binding__slug=page.present.slug)
    return (
        SyncItem.objects.filter(
            Exists(requests.filter(here)),
            tenant=page.tenant_id,
            kind=Kind.BOOKING_REQUEST,
            state=State.BLOCKED,
            cause__in=OF_THE_BINDING,
        )
        .select_related("lead")
        .order_by("created_at", "id")
    )


def missing_by_item(items: Iterable[SyncItem], chosen: Chosen) -> dict[int, list[str]]:
    """Return, by item id, what its envelope would still lack with `chosen` as its binding. Sends nothing.

    An empty list means that it would pass. Two queries, regardless of the number of items.
    """
    wanted = {item.lead_id: item for item in items}
    mapped = mapped_of(chosen)
    tenants = {item.tenant_id for item in wanted.values()}
    requests = list(BookingRequest.objects.filter(lead__in=wanted, tenant__in=tenants).select_related("lead", "tenant"))
    jobs = jobs_of((request.tenant_id, request.service) for request in requests)
    return {
        wanted[request.lead_id].pk: envelopes.problems(
            draft(request, mapped, jobs.get((request.tenant_id, request.service)))
        )
        for request in requests
    }


def jobs_of(chosen: Iterable[tuple[int, str]]) -> dict[tuple[int, str], envelopes.Job]:
    """Return the job types of the services that visitors chose, by tenant and service. Runs a query."""
    pairs = set(chosen)
    items = jobs_by_public_name({tenant for tenant, _ in pairs}, {service for _, service in pairs})
    return {pair: job_of(item) for pair in pairs if (item := items.get(pair))}


def job_of(item: TaxonomyItem) -> envelopes.Job:
    units = tuple(item.facts.get("business_unit_ids", ()))
    return envelopes.Job(item.name, item.external_id, item.active, units)


def draft(
    request: BookingRequest,
    mapped: Mapping[str, Mapping[str, Any]],
    job: envelopes.Job | None,
    *,
    is_known: bool = False,
) -> dict[str, Any]:
    """Build the envelope of a booking request whose lead and tenant are loaded. No query."""
    lead = request.lead
    roles, mismatches = envelopes.for_service(mapped, request.service, job)
    return envelopes.build(
        lead={name: getattr(lead, name) for name in LEAD_FIELDS},
        request={name: getattr(request, name) for name in REQUEST_FIELDS} | {"urgency": request.urgency_given},
        mapped=roles,
        time_zone=request.tenant.time_zone,
        mismatches=mismatches,
        is_known=is_known,
    )


def draft_with(request: BookingRequest, binding: PageBinding | None) -> dict[str, Any]:
    """Build the envelope of a booking request as `draft` does, with the roles of a binding. Runs two queries."""
    chosen = (request.tenant_id, request.service)
    job = jobs_of([chosen]).get(chosen)
    return draft(request, mapped_of(roles_of(binding)), job, is_known=is_known(request.lead))


def is_known(lead: Lead) -> bool:
    """Return whether an earlier request with the same phone number or email address was booked. Runs one query."""
    same = Q(lead__phone_e164=lead.phone_e164) if lead.phone_e164 else Q(pk__in=())
    same |= email_is(email, "lead__email") if (email := plain_email(lead.email)) else Q(pk__in=())
    booked = LeadAnswer.objects.filter(kind=AnswerKind.BOOKED, undone_at=None)
    return booked.filter(same, tenant=lead.tenant_id, lead__lt=lead.pk).exists()


def roles_of(binding: PageBinding | None) -> Chosen:
    """Return the taxonomy item of each role of a binding, None for a role that is not bound."""
    return {role: getattr(binding, role) if binding else None for role in PageBinding.MAPPED}


def mapped_of(chosen: Chosen) -> dict[str, dict[str, Any]]:
    """Return the mapping for an envelope: role to name and external id, for the roles that are filled."""
    return {
        role: {"name": item.name, "external_id": item.external_id} for role, item in chosen.items() if item is not None
    }


def lacking(chosen: Chosen) -> list[str]:
    """Return the names of the required roles that `chosen` leaves empty."""
    return [role.replace("_", " ") for role in envelopes.NEEDED_ROLES if chosen.get(role) is None]


class Verdict(StrEnum):
    """The result for an item that was released with a corrected binding."""

    WAITING = "waiting"  # no worker has taken it yet
    PASSES = "passes"  # its binding no longer blocks it
    BLOCKED = "held"  # its envelope still lacks something
    UNCLEAR = "unclear"  # it ended or failed for another reason, so it proves nothing
    OLD = "old"  # it does not use the newest version


def verdict_on(item: SyncItem, page: Page) -> Verdict:
    """Return whether a released item shows that the newest binding of its page is right. No query."""
    if page.present is None or item.binding_id != page.present.pk:
        return Verdict.OLD
    if item.kind != Kind.BOOKING_REQUEST:
        return Verdict.UNCLEAR
    if item.state in (State.QUEUED, State.SENDING, State.RETRYING):
        return Verdict.WAITING
    if item.state == State.BLOCKED:
        return Verdict.BLOCKED if item.cause in OF_THE_BINDING else Verdict.PASSES
    if item.state == State.DELIVERED or (item.state == State.NEEDS_REVIEW and item.cause == CAPACITY_REVIEW):
        return Verdict.PASSES
    return Verdict.UNCLEAR
