"""The people of every test: each role once, a stranger from another tenant, and nobody at all."""

from collections.abc import Callable

import pytest
from django.test import Client

from pagetojob.demo.data import SLUG
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import OpsRole, StaffRole, TenantRole
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue.leads.models import Lead
from syncqueue.services.intake import capture_request

from .factories import appointment, make_membership, make_tenant, make_user

SignIn = Callable[[User], Client]


@pytest.fixture
def tenant(demo: None) -> Tenant:
    """Desert Peak Heating & Air, as the demo loads it."""
    return Tenant.objects.get(slug=SLUG)


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def owner(tenant: Tenant) -> User:
    return User.objects.get(email="owner@desert-peak.example")


@pytest.fixture
def reviewer(tenant: Tenant) -> User:
    user = make_user()
    make_membership(tenant=tenant, user=user, role=TenantRole.REVIEWER)
    return user


@pytest.fixture
def viewer(db: None) -> User:
    return make_user(ops_role=OpsRole.VIEWER)


@pytest.fixture
def operator(db: None) -> User:
    return make_user(ops_role=OpsRole.OPERATOR)


@pytest.fixture
def lead_operator(db: None) -> User:
    return make_user(ops_role=OpsRole.LEAD)


@pytest.fixture
def editor(db: None) -> User:
    return make_user(staff_role=StaffRole.EDITOR)


@pytest.fixture
def admin_user(db: None) -> User:
    return make_user(staff_role=StaffRole.ADMIN)


@pytest.fixture
def stranger(other_tenant: Tenant) -> User:
    """Owner of another tenant: signed in, and nobody here."""
    user = make_user()
    make_membership(tenant=other_tenant, user=user)
    return user


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def ops(operator: User, signed_in: SignIn) -> Client:
    """Return a client that is signed in as an operator."""
    return signed_in(operator)


@pytest.fixture
def staff(editor: User, signed_in: SignIn) -> Client:
    """Return a client that is signed in as an editor of the pack."""
    return signed_in(editor)


@pytest.fixture
def office(owner: User, signed_in: SignIn) -> Client:
    """Return a client that is signed in as the owner of the demo tenant."""
    return signed_in(owner)


@pytest.fixture
def captured(tenant: Tenant) -> Lead:
    """A lead that came through intake, with its two items owed."""
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, "/ac-repair-phoenix")
        lead, _ = capture_request(tenant=tenant, request=appointment(), binding=binding)
    return lead


@pytest.fixture
def work_off(captured: Lead) -> Callable[[], int]:
    """Let this process do what a worker does on a nudge, until nothing is due."""
    from syncqueue.connectors import deliver
    from syncqueue.services.delivery import drain

    return lambda: drain(deliver, worker="test")
