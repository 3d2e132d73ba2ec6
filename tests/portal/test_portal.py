"""A tenant's people see their features in their terms; strangers get a 404."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.gates.registry import FLAGS
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.factories import make_membership, make_user
from tests.support.gates import prove_all, wish

PAGE = "/portal/gates/"


@pytest.mark.parametrize("who", ["owner", "reviewer"])
def test_owner_and_reviewer_see_what_is_on_what_is_off_and_why(
    tenant: Tenant, who: str, signed_in: SignIn, request: pytest.FixtureRequest
) -> None:
    page = signed_in(request.getfixturevalue(who)).get(PAGE).text
    assert "Desert Peak Heating &amp; Air" in page
    for slug, flag in FLAGS.items():
        assert (flag.title in page) == flag.customer_visible, slug
    assert "We apply to ServiceTitan and will tell you the answer." in page
    assert "Required disclaimers" in page


def test_active_features_are_first_and_a_kill_is_stated_plainly(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    wish(tenant, *FLAGS)
    prove_all(tenant)
    wish(tenant, "manual-titan-map", killed=True)
    page = signed_in(owner).get(PAGE).text
    assert page.index("Drift monitor") < page.index("Manual Titan Map")
    assert "We switched it off while we investigate a problem." in page
    assert "show general copy" in page, "the page shows the manual alternative"


def test_it_is_a_404_for_others(tenant: Tenant, signed_in: SignIn, request: pytest.FixtureRequest) -> None:
    for person in (*map(request.getfixturevalue, ("operator", "lead_operator", "editor", "admin_user")), make_user()):
        for address in (PAGE, "/portal/"):
            assert signed_in(person).get(address).status_code == 404
        assert signed_in(person).post("/portal/choose/", {"tenant": str(tenant.public_id)}).status_code == 404
    assert Client().get(PAGE)["Location"] == f"/account/sign-in?next={PAGE}"


def test_a_member_of_another_tenant_sees_that_tenant_alone(
    tenant: Tenant, stranger: User, other_tenant: Tenant, signed_in: SignIn
) -> None:
    page = signed_in(stranger).get(PAGE).text
    assert other_tenant.name in page
    assert "Desert Peak" not in page
    assert "has not been set up" in page


def test_who_belongs_to_two_chooses_and_never_a_third(
    tenant: Tenant, owner: User, other_tenant: Tenant, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    assert other_tenant.name not in client.get(PAGE).text
    assert client.post("/portal/choose/", {"tenant": str(other_tenant.public_id)}).status_code == 404
    make_membership(tenant=other_tenant, user=owner)
    assert client.post("/portal/choose/", {"tenant": str(other_tenant.public_id)}).status_code == 302
    assert "has not been set up" in client.get(PAGE).text
    other_tenant.memberships.update(user=make_user())
    assert "has not been set up" not in client.get(PAGE).text, "a membership that ended is not kept by the session"


def test_it_takes_few_queries(tenant: Tenant, owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE)
    assert len(queries) <= 10


def test_owners_but_not_reviewers_see_people_and_the_audit_log(
    tenant: Tenant, owner: User, reviewer: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    for address in (PAGE, "/portal/people/", "/portal/audit/"):
        page = client.get(address).text
        assert f'<a href="{address}" aria-current="page">' in page
        assert 'href="/portal/people/"' in page and 'href="/portal/audit/"' in page
    page = signed_in(reviewer).get(PAGE).text
    assert "/portal/people/" not in page and "/portal/audit/" not in page


def test_people_belong_to_the_selected_tenant(
    tenant: Tenant, owner: User, other_tenant: Tenant, stranger: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    make_membership(tenant=other_tenant, user=owner)
    client.post("/portal/choose/", {"tenant": str(other_tenant.public_id)})
    page = client.get("/portal/people/").text
    assert stranger.email in page
    old_window = {"tenant": str(tenant.public_id), "email": "new@example.com", "role": "reviewer"}
    assert client.post("/portal/people/", old_window).status_code == 409
    client.post("/portal/choose/", {"tenant": str(tenant.public_id)})
    assert stranger.email not in client.get("/portal/people/").text
