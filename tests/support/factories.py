"""Rows with sane values. Tenant-owned ones need the scope of their tenant, as in the product."""

import secrets
import uuid
from typing import Any

import factory
from django.db import transaction

from pagetojob.gates.registry import FLAGS
from pagetojob.gates.services import give_default_flags
from pagetojob.platform import states
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import FIRST_ADMINS, Membership, Tenant, User
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.leads import reference
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, SyncItem
from syncqueue.services.intake import AppointmentRequest

PASSWORD = "correct horse battery"


class _User(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    password = factory.django.Password(PASSWORD)


class _Tenant(factory.django.DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant

    slug = factory.Sequence(lambda n: f"tenant-{n}")
    name = factory.Sequence(lambda n: f"Tenant {n} Plumbing")
    time_zone = "America/Denver"


class _Membership(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    role = "owner"


class _Lead(factory.django.DjangoModelFactory[Lead]):
    class Meta:
        model = Lead

    reference = factory.LazyFunction(lambda: reference.outside_reference(secrets.token_bytes(8)))
    spoken_code = factory.LazyFunction(lambda: reference.spoken_code(secrets.randbelow(32**6)))
    form_key = factory.LazyFunction(lambda: uuid.uuid4().hex)
    name = "Jamie Rivera"
    phone = "(602) 555-0199"
    consent_text = "You may contact me."


class _TaxonomyItem(factory.django.DjangoModelFactory[TaxonomyItem]):
    class Meta:
        model = TaxonomyItem

    family = Family.JOB_TYPE
    name = factory.Sequence(lambda n: f"Job type {n}")


class _SyncItem(factory.django.DjangoModelFactory[SyncItem]):
    class Meta:
        model = SyncItem

    kind = Kind.WEBSITE_UPDATE
    dedupe_key = factory.LazyFunction(lambda: uuid.uuid4().hex)


def make_user(**facts: Any) -> User:
    """Create a person. One with a privileged role starts while no staff admin is active, as on a new server."""
    with transaction.atomic():
        admins = User.objects.filter(is_active=True, staff_role="admin")
        away = list(admins.values_list("pk", flat=True)) if _is_privileged(facts) else []
        if len(away) >= FIRST_ADMINS:
            admins.update(is_active=False)
        made: User = _User.create(**facts)
        User.objects.filter(pk__in=away).update(is_active=True)
    return made


def _is_privileged(facts: dict[str, Any]) -> bool:
    return facts.get("ops_role") in ("operator", "lead") or bool(facts.get("staff_role"))


def make_tenant(*, state: str = Lifecycle.LIVE, **facts: Any) -> Tenant:
    """A tenant in this state; live unless another is named."""
    made: Tenant = _Tenant.create(**facts)
    for step in _STEPS[state]:
        states.move(made, step)
    return made


_TO_LIVE = (Lifecycle.PREVIEW, Lifecycle.LIVE)
_STEPS: dict[str, tuple[str, ...]] = {
    Lifecycle.DRAFT: (),
    Lifecycle.PREVIEW: (Lifecycle.PREVIEW,),
    Lifecycle.LIVE: _TO_LIVE,
    Lifecycle.PAUSED: (*_TO_LIVE, Lifecycle.PAUSED),
    Lifecycle.CLOSED: (Lifecycle.CLOSED,),
}


def with_manual_features(tenant: Tenant) -> Tenant:
    """The tenant, with its flags: it asks for every feature that waits for no gate."""
    with scope.tenant(tenant.pk):
        give_default_flags(tenant, also=[slug for slug, flag in FLAGS.items() if not flag.gates])
    return tenant


def make_membership(**facts: Any) -> Membership:
    made: Membership = _Membership.create(**facts)
    return made


def make_lead(**facts: Any) -> Lead:
    made: Lead = _Lead.create(**facts)
    return made


def make_taxonomy_item(**facts: Any) -> TaxonomyItem:
    """Of the public map; other items are created by their model."""
    made: TaxonomyItem = _TaxonomyItem.build(**facts)
    made.published = made.to_publish()
    made.save()
    return made


def make_sync_item(**facts: Any) -> SyncItem:
    """Of a kind that needs no lead; with a lead, its booking request."""
    if "lead" in facts:
        facts.setdefault("kind", Kind.BOOKING_REQUEST)
    made: SyncItem = _SyncItem.create(**facts)
    return made


def appointment(**changes: object) -> AppointmentRequest:
    """What Jamie Rivera types into the form, with `changes`."""
    values: dict[str, object] = {
        "form_token": uuid.uuid4(),
        "name": "Jamie Rivera",
        "phone": "(602) 555-0199",
        "email": "jamie@example.com",
        "street": "1840 E Camelback Rd",
        "city": "Phoenix",
        "state": "AZ",
        "zip": "85016",
        "service": "AC Repair",
        "urgency": "emergency",
        "page_path": "/ac-repair-phoenix",
        "consent_text": "Desert Peak may contact me.",
        "message": "No cold air since this morning.",
    }
    return AppointmentRequest(**{**values, **changes})  # type: ignore[arg-type]
