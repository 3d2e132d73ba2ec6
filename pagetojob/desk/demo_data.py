"""The demo tenant and its cast. All people are fictional; nothing here comes from a real shop."""

from django.db import transaction

from pagetojob.kernel.gates.services import give_default_flags
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import BusinessProfile, Membership, Tenant, User
from pagetojob.kernel.tenants.roles import DeskRole, StaffRole, TenantRole
from pagetojob.kernel.titanmap.models import Family, PageBinding, TaxonomyItem

SLUG = "desert-peak"

#: E-mail, name, roles.
STAFF: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("operator@pagetojob.example", "Olive Ortega", {"desk_role": DeskRole.OPERATOR}),
    ("lead@pagetojob.example", "Liam Lindqvist", {"desk_role": DeskRole.LEAD}),
    ("viewer@pagetojob.example", "Vera Vance", {"desk_role": DeskRole.VIEWER}),
    ("editor@pagetojob.example", "Edda Eriksen", {"staff_role": StaffRole.EDITOR}),
    ("admin@pagetojob.example", "Ada Abara", {"staff_role": StaffRole.ADMIN}),
)
OWNER_EMAIL = "owner@desert-peak.example"

ITEMS: tuple[tuple[Family, str, bool, str], ...] = (
    (Family.JOB_TYPE, "AC Repair", True, "demand service"),
    (Family.JOB_TYPE, "Maintenance Tune-Up", True, "recurring visit"),
    (Family.JOB_TYPE, "Water Heater Repair", False, "retired plumbing type"),
    (Family.BUSINESS_UNIT, "Residential HVAC", True, ""),
    (Family.CAMPAIGN, "Summer AC Demand", True, ""),
    (Family.ZONE, "Phoenix Metro", True, ""),
    (Family.PRICEBOOK_SERVICE, "AC Diagnostic", True, ""),
    (Family.BOOKING_PROVIDER, "PageToJob appointment request", True, ""),
)

_MAPPED = {
    "job_type": "AC Repair",
    "business_unit": "Residential HVAC",
    "campaign": "Summer AC Demand",
    "zone": "Phoenix Metro",
    "pricebook_service": "AC Diagnostic",
    "booking_provider": "PageToJob appointment request",
}

#: Binding slug, page path, label.
PAGES = (
    ("ac-repair-phoenix", "/ac-repair-phoenix", "Phoenix AC repair landing page"),
    ("emergency-ac-repair", "/emergency-ac-repair", "Emergency AC repair page"),
)


@transaction.atomic
def load_demo(password: str) -> Tenant:
    """Make what is missing of the demo tenant and its people; give every demo person `password`."""
    tenant, _ = Tenant.objects.get_or_create(
        slug=SLUG,
        defaults={"name": "Desert Peak Heating & Air", "time_zone": "America/Phoenix", "is_demo": True},
    )
    for email, name, roles in STAFF:
        _person(email, name, password, roles)
    owner = _person(OWNER_EMAIL, "Owen Okafor", password, {})
    Membership.objects.get_or_create(tenant=tenant, user=owner, defaults={"role": TenantRole.OWNER})
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.get_or_create(
            tenant=tenant,
            defaults={
                "phone": "(602) 555-0100",
                "notify_email": "office@desert-peak.example",
                "service_area": "Phoenix area",
            },
        )
        give_default_flags(tenant)
        _titan_map(tenant)
    return tenant


def _person(email: str, name: str, password: str, roles: dict[str, str]) -> User:
    user = User.objects.filter(email=email).first() or User(email=email, name=name, **roles)
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return user


def _titan_map(tenant: Tenant) -> None:
    TaxonomyItem.objects.bulk_create(
        [
            TaxonomyItem(tenant=tenant, family=family, name=name, active=active, detail=detail)
            for family, name, active, detail in ITEMS
        ],
        ignore_conflicts=True,
    )
    items = {item.name: item for item in TaxonomyItem.objects.filter(tenant=tenant)}
    mapped = {role: items[name] for role, name in _MAPPED.items()}
    for slug, page_path, label in PAGES:
        PageBinding.objects.get_or_create(
            tenant=tenant,
            slug=slug,
            version=1,
            defaults={"page_path": page_path, "label": label, **mapped},
        )
