"""Publish a tenant's map, as a person does."""

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.models import Publication
from pagetojob.titanmap.publishing import publish
from tests.support.factories import make_user


def publish_map(tenant: Tenant) -> Publication:
    with scope.tenant(tenant.pk):
        return publish(tenant, by=make_user(ops_role="operator"), reason="The customer agreed.")
