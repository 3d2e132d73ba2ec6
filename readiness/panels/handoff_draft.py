"""Draft of a request: its envelope, binding, capacity rule and queue item. Reads and computes, but writes nothing.

It uses the code that handles real requests, up to the point where a worker would stop.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform import phones
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.servicetitan.vault.connection_use import decide_with_connection
from pagetojob.titanmap import selectors as titanmap
from pagetojob.titanmap.capacity import Choice
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, PageKind, TaxonomyItem
from syncqueue import envelope as envelopes
from syncqueue.binding_blocked import LEAD_FIELDS, REQUEST_FIELDS, job_of, mapped_of
from syncqueue.causes import CAUSES, Cause
from syncqueue.item_actions import CAPACITY_REVIEW
from syncqueue.state_texts import customer_sentence
from syncqueue.stop_reasons import Stop, where_it_stops

from .handoff_form import Choices

KIND, FLAG = "booking_request", "api-booking-sync"
MOST_PAGES = 100


@dataclass(frozen=True)
class Shop:
    """Data of the shop that determines what happens to a request. `pages` is keyed by path."""

    tenant: Tenant
    pages: Mapping[str, PageBinding]
    jobs: Mapping[str, TaxonomyItem]
    hours: Mapping[str, Any]
    rules: Sequence[CapacityRule]
    decision: Decision

    @property
    def choices(self) -> Choices:
        return choices_of(self.pages.values(), list(self.jobs))


def bound_pages(tenant: Tenant) -> QuerySet[PageBinding]:
    """Return the newest binding of each page, with its items, ordered by path. Makes one query."""
    return (
        PageBinding.objects.filter(tenant=tenant)
        .order_by("page_path", "-version", "-id")
        .distinct("page_path")
        .select_related(*PageBinding.MAPPED)[:MOST_PAGES]
    )


def choices_of(pages: Any, services: Sequence[str]) -> Choices:
    return Choices([(page.page_path, f"{page.label} ({page.page_path})") for page in pages], services)


def read_choices(tenant: Tenant) -> Choices:
    """Return the choices of the form. Two queries in the tenant's scope."""
    return choices_of(bound_pages(tenant), titanmap.service_names(tenant))


def read_shop(tenant: Tenant) -> Shop:
    """Return the data needed to draft a request. Six queries in the tenant's scope."""
    profile = BusinessProfile.objects.filter(tenant=tenant).only("hours").first()
    return Shop(
        tenant=tenant,
        pages={page.page_path: page for page in bound_pages(tenant)},
        jobs={item.public.name: item for item in titanmap.published_items(tenant, Family.JOB_TYPE)},
        hours=profile.hours if profile else {},
        rules=list(titanmap.capacity_rules(tenant)),
        decision=decide_with_connection(FLAG, tenant, Environment.PRODUCTION),
    )


@dataclass(frozen=True)
class Role:
    """An object that a page can be bound to. A booking is not handed off while a `needed` one is missing."""

    name: str
    item: TaxonomyItem | None
    needed: bool


@dataclass(frozen=True)
class Draft:
    """A drafted request with its outcome."""

    reference: str
    binding: PageBinding
    roles: Sequence[Role]
    choice: Choice
    envelope: Mapping[str, Any]
    stop: Stop
    decision: Decision
    warnings: Sequence[str]

    @property
    def mapped(self) -> int:
        return sum(role.item is not None for role in self.roles)

    @property
    def state(self) -> str:
        """Return the state in which a worker would leave it."""
        return "needs review" if self.stop.cause == CAPACITY_REVIEW else "blocked"

    @property
    def why(self) -> Cause:
        return CAUSES[self.stop.cause]

    @property
    def sentence(self) -> str:
        """Return the customer-safe sentence about it."""
        return customer_sentence(KIND, self.state, self.stop.cause)

    @property
    def envelope_json(self) -> str:
        return json.dumps(self.envelope, indent=2, ensure_ascii=False)


def draft(shop: Shop, asked: Mapping[str, Any], *, now: datetime) -> Draft:
    """Return what the request `asked`, cleaned by the form, would become. No query."""
    binding = shop.pages[asked["page_path"]]
    moment = asked.get("asked_at")
    choice = titanmap.capacity_choice(
        shop.tenant,
        binding=binding,
        urgency=asked["urgency"],
        hours=shop.hours,
        at=moment.replace(tzinfo=shop.tenant.shown_zone) if moment else now,
        rules=shop.rules,
    )
    reference = _draft_reference(asked)
    named = {**asked, "reference": reference, "spoken_code": "PTJ-DRAFT", "phone_e164": phones.e164(asked["phone"])}
    page, service = {role: getattr(binding, role) for role in PageBinding.MAPPED}, shop.jobs.get(asked["service"])
    mapped, mismatches = envelopes.for_service(mapped_of(page), asked["service"], job_of(service) if service else None)
    envelope = envelopes.build(
        lead={name: named[name] for name in LEAD_FIELDS},
        request={name: asked[name] for name in REQUEST_FIELDS},
        mapped=mapped,
        time_zone=shop.tenant.time_zone,
        mismatches=mismatches,
    )
    problems = envelopes.problems(envelope)
    items = {**page, "job_type": service or page["job_type"]}
    roles = _roles_of(binding, {role: item if role in mapped else None for role, item in items.items()})
    return Draft(
        reference=reference,
        binding=binding,
        roles=roles,
        choice=choice,
        envelope=envelope,
        stop=where_it_stops(problems, shop.decision, needs_review=choice.needs_review),
        decision=shop.decision,
        warnings=[*problems, *_remarks(roles, choice)],
    )


def _roles_of(binding: PageBinding, items: Mapping[str, TaxonomyItem | None]) -> list[Role]:
    return [
        Role(role.replace("_", " "), item, role in envelopes.NEEDED_ROLES)
        for role, item in items.items()
        if item or role != "offer" or binding.kind == PageKind.OFFER
    ]


def _draft_reference(asked: Mapping[str, Any]) -> str:
    """Return a reference that is recognizable as a draft: real ones are random, with sixteen digits and no word."""
    digest = hashlib.sha256(json.dumps(asked, default=str, sort_keys=True).encode()).hexdigest()
    return f"st-ready:draft-{digest[:8]}"


def _remarks(roles: Sequence[Role], choice: Choice) -> list[str]:
    """Return warnings for a person, in addition to the problems of the envelope."""
    lacking = [role for role in roles if role.item is None and not role.needed]
    remarks = [f"The page is bound to no {role.name}; the handoff omits it." for role in lacking]
    remarks += [f"{role.item.name} is no longer active." for role in roles if role.item and not role.item.active]
    if choice.needs_review:
        remarks.append(f"The capacity rule “{choice.rule or 'paused area'}” requires a dispatch review.")
    return remarks
