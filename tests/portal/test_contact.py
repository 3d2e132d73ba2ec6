"""A contractor's people see who at PageToJob is responsible for them, and how to reach that person."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.onboarding import notes
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import OpsRole
from tests.support.cast import SignIn
from tests.support.environment import load_settings

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


@pytest.mark.parametrize("is_assigned", [False, True])
def test_it_names_the_address_and_number_of_pagetojob(
    owner: User, signed_in: SignIn, settings: Any, is_assigned: bool, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("assigned" if is_assigned else "tenant")
    settings.CONTRACTOR_EMAIL, settings.CONTRACTOR_PHONE = "contractors@pagetojob.example", "(602) 555-0190"
    page = signed_in(owner).get(PAGE).text
    assert 'href="mailto:contractors@pagetojob.example"' in page and 'href="tel:+16025550190">(602) 555-0190<' in page
    assert "in your agreement" not in page
    assert ("No one is assigned yet" in page) != is_assigned


@pytest.mark.parametrize("wrong", [{"CONTRACTOR_EMAIL": "contractors"}, {"CONTRACTOR_PHONE": "call us"}])
def test_an_invalid_contact_prevents_the_start(wrong: dict[str, str]) -> None:
    started = load_settings(**wrong)
    assert started.returncode and f"{next(iter(wrong))} must be" in started.stderr


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
