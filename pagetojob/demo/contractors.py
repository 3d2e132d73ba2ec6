"""Further demo contractors, so that the lists of operators show more than one: a live, a paused and an unfinished one.

All are fictional, in other trades and time zones than the main demo tenant. Each one that went live has the test
request of its setup, and no other.
"""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from pagetojob.onboarding.contractors import prepare
from pagetojob.onboarding.lifecycle import write_change
from pagetojob.onboarding.models import Assignment, ContractorNote
from pagetojob.onboarding.setup.launching import send_test_request
from pagetojob.onboarding.setup.legal_templates import templates_for
from pagetojob.onboarding.setup.proposals import page_texts
from pagetojob.onboarding.setup.trades import trade_templates
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, LegalText, NoticeRecipient, Tenant, Trade, User
from pagetojob.titanmap.models import Family, PageBinding, PageKind, TaxonomyItem

from .data import STAFF, WHY

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True)
class DemoContractor:
    """A fictional contractor. `states` are its transitions; one without any is still a draft."""

    slug: str
    name: str
    time_zone: str
    template: str
    profile: dict[str, Any]
    opens: str
    closes: str
    states: tuple[Lifecycle, ...] = ()
    note: str = ""
    hours: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hours", {day: [[self.opens, self.closes]] for day in _WEEKDAYS})


CONTRACTORS = (
    DemoContractor(
        "harbor-light",
        "Harbor Light Electric",
        "America/New_York",
        "electrical",
        {
            "phone": "(207) 555-0100", "trades": [Trade.ELECTRICAL], "zip": "04101", "state": "ME",
            "service_area": "Portland area", "color": "#0b5cad",
            "license_numbers": [{"label": "ME Electrician", "number": "MC60012345"}],
        },
        "08:00",
        "17:00",
        (Lifecycle.PREVIEW, Lifecycle.LIVE),
    ),
    DemoContractor(
        "cedar-gap",
        "Cedar Gap Roofing",
        "America/Chicago",
        "roofing",
        {
            "phone": "(417) 555-0100", "trades": [Trade.ROOFING], "zip": "65802", "state": "MO",
            "service_area": "Springfield area", "color": "#7a3b12",
        },
        "07:30",
        "16:00",
        (Lifecycle.PREVIEW, Lifecycle.LIVE, Lifecycle.PAUSED),
        "The crew is on leave. The owner tells us when to resume.",
    ),
    DemoContractor(
        "fir-street",
        "Fir Street Pest Control",
        "America/Los_Angeles",
        "pest-control",
        {
            "phone": "(206) 555-0100", "trades": [Trade.PEST_CONTROL], "zip": "98101", "state": "WA",
            "service_area": "Seattle area", "color": "#1f6f43",
        },
        "08:00",
        "18:00",
        note="Waiting for the owner to check the legal texts.",
    ),
)  # fmt: skip


@transaction.atomic
def load_demo_contractors() -> int:
    """Create the missing ones of the further demo contractors; return how many. Existing ones stay unchanged."""
    by = User.objects.get(email=STAFF[0][0])
    known = set(Tenant.objects.filter(slug__in=[wanted.slug for wanted in CONTRACTORS]).values_list("slug", flat=True))
    missing = [wanted for wanted in CONTRACTORS if wanted.slug not in known]
    for wanted in missing:
        _create(wanted, by)
    return len(missing)


def _create(wanted: DemoContractor, by: User) -> None:
    tenant = Tenant.objects.create(slug=wanted.slug, name=wanted.name, time_zone=wanted.time_zone, is_demo=True)
    prepare(tenant)
    is_finished = bool(wanted.states)
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours=wanted.hours, **wanted.profile)
        NoticeRecipient.objects.create(
            tenant=tenant,
            email=f"office@{wanted.slug}.example",
            label="Office",
            confirmed_at=timezone.now() if is_finished else None,
        )
        if is_finished:
            _publish(tenant, wanted)
        for to in wanted.states:
            write_change(tenant=tenant, to=to, by=by, reason=WHY)
            if to == Lifecycle.PREVIEW:
                # Its notice is delivered by a worker, like any other. A paused website needs one to resume.
                send_test_request(tenant=tenant, by=by)
    if wanted.note:
        with scope.operator(by, reason=WHY):
            Assignment.objects.create(tenant=tenant, number=1, assignee=by, by=by)
            ContractorNote.objects.create(tenant=tenant, text=wanted.note, by=by)


def _publish(tenant: Tenant, wanted: DemoContractor) -> None:
    """Publish the services, pages and legal texts of a trade."""
    template, now = trade_templates()[wanted.template], timezone.now()
    items = [TaxonomyItem(tenant=tenant, family=Family.JOB_TYPE, name=name) for name in template.services]
    for item in items:
        item.published = item.to_publish()
    jobs = {item.name: item for item in TaxonomyItem.objects.bulk_create(items)}
    pages = []
    for page in template.pages:
        headline, intro = page_texts(page, name=tenant.name, area=wanted.profile["service_area"])
        pages.append(
            PageBinding(
                tenant=tenant, slug=page.slug, page_path=page.path, kind=PageKind.SERVICE, label=headline[:200],
                headline=headline[:120], intro=intro, job_type=jobs.get(page.job_type),
            )
        )  # fmt: skip
    PageBinding.objects.bulk_create(pages)
    LegalText.objects.bulk_create(
        LegalText(tenant=tenant, kind=kind, version=1, text=text, published_at=now)
        for kind, text in templates_for(tenant.name).items()
    )
