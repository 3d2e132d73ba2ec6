"""The demo tenant and its people. All are fictional; nothing comes from a real shop."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from pagetojob.gates.services import give_default_flags
from pagetojob.onboarding.lifecycle import write_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import (
    BusinessProfile,
    LegalKind,
    LegalText,
    Membership,
    NoticeRecipient,
    Tenant,
    User,
)
from pagetojob.platform.tenants.roles import OpsRole, StaffRole, TenantRole
from pagetojob.titanmap.models import PUBLIC_FAMILIES, CapacityRule, PageBinding, TaxonomyItem

from .map import HOURS, ITEMS, PAGES, RULES

SLUG = "desert-peak"

#: Email, name, roles.
STAFF: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("operator@pagetojob.example", "Olive Ortega", {"ops_role": OpsRole.OPERATOR}),
    ("lead@pagetojob.example", "Liam Lindqvist", {"ops_role": OpsRole.LEAD}),
    ("viewer@pagetojob.example", "Vera Vance", {"ops_role": OpsRole.VIEWER}),
    ("editor@pagetojob.example", "Edda Eriksen", {"staff_role": StaffRole.EDITOR}),
    ("admin@pagetojob.example", "Ada Abara", {"staff_role": StaffRole.ADMIN}),
)
#: Manual features that are off by default and that the demo shows.
ASKED_FOR = ("manual-taxonomy-import", "campaign-proof", "persisted-page-bindings")
OWNER_EMAIL = "owner@desert-peak.example"
WHY = "Demo data."
_STORED = "Desert Peak Heating & Air is fictional, and so is this policy. It shows where a business publishes its own."
LEGAL_TEXTS = {
    LegalKind.CONSENT: ("Desert Peak Heating & Air may contact me about this request by phone, text message or email."),
    LegalKind.PRIVACY: f"{_STORED}\n\nRequests from this demo are stored on the machine that runs it.",
    LegalKind.TERMS: f"{_STORED}\n\nA request is not an appointment.",
}


@transaction.atomic
def load_demo(password: str) -> Tenant:
    """Create the missing parts of the demo tenant and its people. Set every demo person's password to `password`."""
    tenant, _ = Tenant.objects.get_or_create(
        slug=SLUG,
        defaults={"name": "Desert Peak Heating & Air", "time_zone": "America/Phoenix", "is_demo": True},
    )
    for email, name, roles in STAFF:
        _person(email, name, password, roles)
    owner = _person(OWNER_EMAIL, "Owen Okafor", password, {})
    Membership.objects.get_or_create(tenant=tenant, user=owner, defaults={"role": TenantRole.OWNER})
    with scope.tenant(tenant.pk):
        profile, _ = BusinessProfile.objects.get_or_create(
            tenant=tenant,
            defaults={
                "phone": "(602) 555-0100",
                "service_area": "Phoenix area",
                "hours": HOURS,
            },
        )
        NoticeRecipient.objects.get_or_create(
            tenant=tenant,
            email="office@desert-peak.example",
            defaults={"label": "Office", "confirmed_at": timezone.now()},
        )
        if not profile.hours:
            profile.hours = HOURS
            profile.save(update_fields=["hours"])
        give_default_flags(tenant, also=ASKED_FOR)
        _titan_map(tenant)
        _bring_live(tenant)
    return tenant


def _bring_live(tenant: Tenant) -> None:
    """Publish the legal texts and make the demo public. It skips the launch checklist: no office confirms messages.

    Like the other demo rows, its transitions are in no audit log.
    """
    by = User.objects.get(email=STAFF[0][0])
    LegalText.objects.bulk_create(
        [
            LegalText(tenant=tenant, kind=kind, version=1, text=text, published_at=timezone.now())
            for kind, text in LEGAL_TEXTS.items()
        ],
        ignore_conflicts=True,
    )
    for to in (Lifecycle.PREVIEW, Lifecycle.LIVE):
        if tenant.state in (Lifecycle.DRAFT, Lifecycle.PREVIEW):
            write_change(tenant=tenant, to=to, by=by, reason=WHY)


def _person(email: str, name: str, password: str, roles: dict[str, str]) -> User:
    user = User.objects.filter(email=email).first() or User(email=email, name=name, **roles)
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return user


def _titan_map(tenant: Tenant) -> None:
    """Add missing rows and fill empty fields; keep values that were changed. Five queries."""
    brought = [TaxonomyItem(tenant=tenant, **item) for item in ITEMS]
    for row in brought:
        row.published = row.to_publish() if row.family in PUBLIC_FAMILIES else None
    TaxonomyItem.objects.bulk_create(brought, ignore_conflicts=True)
    items = {item.name: item for item in TaxonomyItem.objects.filter(tenant=tenant)}
    _fill(items, {item["name"]: {name: item[name] for name in ("detail", "zone_state")} for item in ITEMS})
    PageBinding.objects.bulk_create(
        [
            PageBinding(
                tenant=tenant,
                **{name: items[value] if name in PageBinding.MAPPED else value for name, value in page.items()},
            )
            for page in PAGES
        ],
        ignore_conflicts=True,
    )
    bindings = {binding.slug: binding for binding in PageBinding.objects.filter(tenant=tenant, version=1)}
    _fill(bindings, {page["slug"]: {name: page[name] for name in ("headline", "intro")} for page in PAGES})
    CapacityRule.objects.bulk_create([CapacityRule(tenant=tenant, **rule) for rule in RULES], ignore_conflicts=True)


def _fill(rows: Mapping[str, Model], facts: Mapping[str, Mapping[str, str]]) -> None:
    """Fill empty fields of rows from an older version of the demo."""
    for name, wanted in facts.items():
        empty = {field: value for field, value in wanted.items() if value and not getattr(rows[name], field)}
        for field, value in empty.items():
            setattr(rows[name], field, value)
        if empty:
            rows[name].save(update_fields=list(empty))
