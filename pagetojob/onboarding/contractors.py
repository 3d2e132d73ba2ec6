"""Everything a new tenant needs before anyone fills in its details."""

from pagetojob.gates.services import give_default_flags
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant


def prepare(tenant: Tenant) -> None:
    """Create the empty profile and the feature rows of a tenant. Existing rows stay unchanged.

    Call it whenever a tenant is created. Four statements, in its own scope.
    """
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.bulk_create([BusinessProfile(tenant=tenant)], ignore_conflicts=True)
        give_default_flags(tenant)
