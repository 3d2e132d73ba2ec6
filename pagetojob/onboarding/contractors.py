"""Create a contractor, with everything that it needs before anyone fills in its details."""

from collections.abc import Sequence

from django.db import transaction

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS
from pagetojob.gates.services import give_default_flags
from pagetojob.platform.audit.services import record
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User

from . import details
from .errors import OnboardingRefused
from .setup.naming import LONGEST_SLUG, confusable, slug_of
from .setup.places import Place


def prepare(tenant: Tenant) -> None:
    """Create the empty profile and the feature rows of a tenant. Existing rows stay unchanged.

    Call it whenever a tenant is created. Four statements, in its own scope.
    """
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.bulk_create([BusinessProfile(tenant=tenant)], ignore_conflicts=True)
        give_default_flags(tenant)


@transaction.atomic
def add_missing_rows(*, tenant: Tenant, by: User) -> bool:
    """Create the missing feature rows, some of which are on by default; return whether any was missing.

    Needs the operator scope.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # of two clicks, one adds them
    present = set(Flag.objects.filter(tenant=tenant).values_list("slug", flat=True))
    prepare(tenant)
    missing = sorted(FLAGS.keys() - present)
    if missing:
        record(
            action="onboarding.add_features",
            subject=f"tenant:{tenant.slug}",
            reason="The missing feature rows were created.",
            tenant=tenant,
            actor=by,
            changes={"features": (None, ", ".join(missing))},
        )
    return bool(missing)


def similar_contractors(name: str) -> list[Tenant]:
    """Return contractors whose address people would confuse with that of a name. Runs one query."""
    wanted = confusable(slug_of(name))
    return [tenant for tenant in Tenant.objects.order_by("name", "pk") if confusable(tenant.slug) == wanted]


@transaction.atomic
def create(
    *, name: str, zip_code: str, place: Place, trades: Sequence[str], phone: str, unusual_phone: str, by: User
) -> Tenant:
    """Create a draft with the facts that are known first. Needs the operator scope. Raises OnboardingRefused."""
    details.refuse_claim("name", name)
    with raise_on_conflict(OnboardingRefused("Someone else is adding this business. Check the list of contractors.")):
        tenant = Tenant.objects.create(slug=_free_slug(name), name=name, time_zone=place.time_zone)
    prepare(tenant)
    record(
        action="onboarding.create",
        subject=f"tenant:{tenant.slug}",
        reason="setup",
        tenant=tenant,
        actor=by,
        changes={"name": (None, name), "time_zone": (None, place.time_zone)},
    )
    values = {"phone": phone, "unusual_phone": unusual_phone, "trades": list(trades), "zip": zip_code}
    details.set_details(tenant=tenant, values=values | {"state": place.state}, by=by, reason="setup")
    return tenant


def _free_slug(name: str) -> str:
    """Return the address of a name, with a number if another contractor has it."""
    slug = slug_of(name)
    taken = set(Tenant.objects.filter(slug__startswith=slug[: LONGEST_SLUG - 4]).values_list("slug", flat=True))
    numbered = (f"{slug[: LONGEST_SLUG - 4]}-{number}" for number in range(2, 1000))
    return next(free for free in (slug, *numbered) if free not in taken)
