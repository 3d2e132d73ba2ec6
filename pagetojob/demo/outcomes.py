"""Half a year of `demo_shop` data in the demo tenant: leads in the ledger, imported exports and a linking run."""

import datetime as dt
import hashlib
from collections.abc import Container, Iterator, Sequence
from random import Random

from django.db import transaction
from django.utils import timezone

from attribution.services.linking import start_linking
from attribution.services.outcome_import import take_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding, Urgency
from syncqueue.leads.models import AnswerKind, BookingRequest, Lead, LeadAnswer
from syncqueue.leads.reference import spoken_code
from syncqueue.services.examples import create_past_items

from . import shop
from .shop import Request

DAYS = 180
#: Days ago that the half year begins, so that all of its outcomes are before today.
_AGO = DAYS + 45
#: Minutes from a request to the office's answer. The target is 15, so a few are late.
_ANSWERED_AFTER = (2, 3, 4, 5, 6, 7, 9, 11, 13, 40)
_REASON = "Made-up exports for the demo."
_CONSENT = "An example for the demo; no one requested anything."
_WHERE = "made-up office system of the demo"


@transaction.atomic
def load_demo_outcomes(tenant: Tenant, actor: User, office: User) -> int:
    """Create the leads, answers and outcomes unless they exist. Return the number of leads. A worker links them later.

    `office` is the person at the business who answered the requests.
    """
    asked = shop.requests(DAYS)
    names = [_names(tenant, at) for at in range(len(asked))]
    with scope.tenant(tenant.pk):
        if Lead.objects.filter(tenant=tenant, reference=names[0][0]).exists():
            return 0
        start = timezone.now().astimezone(tenant.shown_zone).date() - dt.timedelta(days=_AGO)
        leads = Lead.objects.bulk_create(
            [_lead(tenant, request, name, start) for request, name in zip(asked, names, strict=True)]
        )
        bindings = {
            binding.page_path: binding for binding in PageBinding.objects.filter(tenant=tenant).order_by("version")
        }
        BookingRequest.objects.bulk_create(
            [
                BookingRequest(
                    tenant=tenant,
                    lead=lead,
                    service=request.service,
                    urgency=Urgency.SOON,
                    page_path=request.page_path,
                    binding=bindings.get(request.page_path),
                )
                for lead, request in zip(leads, asked, strict=True)
            ]
        )
    create_past_items(leads, tenant=tenant, where=_WHERE)
    made = shop.shop(asked, [reference for reference, _ in names], start, DAYS)
    with scope.tenant(tenant.pk):
        LeadAnswer.objects.bulk_create(_answers(leads, made.booked, office))
    for kind in ("jobs", "invoices", "payments"):
        content, name = made.as_csv(kind), f"demo-{kind}.csv"
        take_file(tenant=tenant, kind=kind, content=content, name=name, actor=actor, reason=_REASON)
    with scope.tenant(tenant.pk):
        start_linking(tenant=tenant, actor=actor, reason=_REASON)
    return len(leads)


def _names(tenant: Tenant, at: int) -> tuple[str, str]:
    """Return the external reference and the spoken code of a request. They are the same each time."""
    digest = hashlib.sha256(f"demo outcomes {tenant.slug} {at}".encode()).hexdigest()
    return f"st-ready:{digest[:16]}", spoken_code(int(digest[16:], 16) % 32**6)


def _answers(leads: Sequence[Lead], booked: Container[int], office: User) -> Iterator[LeadAnswer]:
    """Yield the office's answer to each request, so that all pages agree that it was handled."""
    rng = Random(7)  # noqa: S311 - a demo, not a secret
    for at, lead in enumerate(leads):
        yield LeadAnswer(
            tenant_id=lead.tenant_id,
            lead=lead,
            kind=AnswerKind.BOOKED if at in booked else rng.choice((AnswerKind.CONTACTED, AnswerKind.NOT_A_FIT)),
            by=office,
            created_at=lead.received_at + dt.timedelta(minutes=rng.choice(_ANSWERED_AFTER)),
        )


def _lead(tenant: Tenant, request: Request, names: tuple[str, str], start: dt.date) -> Lead:
    minutes = dt.timedelta(days=request.day, minutes=request.minute)
    page = f"https://desert-peak.example{request.page_path}"
    campaign = {"utm_source": "demo", "utm_campaign": request.campaign} if request.campaign else {}
    return Lead(
        tenant=tenant,
        reference=names[0],
        spoken_code=names[1],
        form_key=hashlib.sha256(names[0].encode()).hexdigest(),
        name=request.name,
        phone=request.phone,
        email=request.email,
        street=request.street,
        city=request.city,
        zip=request.zip,
        source={"landing_url": page} | campaign,
        consent_text=_CONSENT,
        received_at=dt.datetime.combine(start, dt.time(), tenant.shown_zone) + minutes,
    )
