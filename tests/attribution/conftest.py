"""Who acts, and a shop with a month of jobs, invoices and links."""

import pytest

from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import Shop, october


@pytest.fixture
def actor(operator: User) -> User:
    return operator


@pytest.fixture
def shop(other_tenant: Tenant) -> Shop:
    return october(other_tenant)
