"""A contractor's people see who at PageToJob is responsible for them, and how to reach that person."""

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.onboarding import notes
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import OpsRole
from tests.support.cast import SignIn

pytestmark = pytest.mark.django_db

PAGE = "/portal/contact/"


@pytest.fixture
def assigned(tenant: Tenant, operator: User) -> User:
    with scope.operator(operator, "test"):
        notes.assign(tenant=tenant, assignee=operator, seen=0, by=operator)
    return operator


@pytest.mark.parametrize("who", ["owner", "reviewer"])
def test_it_names_the_assignee_with_an_address(
    assigned: User, who: str, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    page = signed_in(request.getfixturevalue(who)).get(PAGE).text
    assert assigned.name in page and f'href="mailto:{assigned.email}"' in page


def test_without_an_assignee_it_names_the_agreement(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    page = signed_in(owner).get(PAGE).text
    assert "No one is assigned yet" in page and "in your agreement with PageToJob" in page


@pytest.mark.parametrize("change", [{"is_active": False}, {"ops_role": OpsRole.VIEWER}])
def test_someone_who_can_no_longer_act_is_not_named(
    assigned: User, owner: User, signed_in: SignIn, change: dict[str, object]
) -> None:
    User.objects.filter(pk=assigned.pk).update(**change)
    page = signed_in(owner).get(PAGE).text
    assert "No one is assigned yet" in page and assigned.email not in page


def test_the_assignee_of_another_contractor_is_not_shown(assigned: User, stranger: User, signed_in: SignIn) -> None:
    assert assigned.email not in signed_in(stranger).get(PAGE).text


def test_pages_that_mention_the_contact_link_to_it(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    for page in ("/portal/outcomes/", "/portal/retention/"):
        main = client.get(page).text.split("</nav>")[-1]
        assert f'href="{PAGE}"' in main, page


def test_operators_read_that_the_assignee_is_shown(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    ops: Client = signed_in(operator)
    page = ops.get(reverse("onboarding:contractor", args=[tenant.slug])).text
    assert "sees the assignee's name and email address" in page
