"""Saved views: personal, limited in number, with unique names."""

import os
from typing import Any

import psycopg
import pytest
from django.test import Client

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue import selectors
from syncqueue.errors import QueueError
from syncqueue.filters import Filters
from syncqueue.services import saved_views as service
from tests.support.cast import SignIn
from tests.support.threads import at_once

BLOCKED = Filters(state="blocked")


def save(client: Client, name: str, **filters: str) -> Any:
    return client.post("/ops/views/save", {"name": name, **(filters or {"state": "blocked"})})


def names(user: User) -> list[str]:
    with scope.operator(user, reason="test"):
        return [view.name for view in selectors.saved_views(user)]


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_a_view_is_saved_listed_and_deleted(
    signed_in: SignIn, who: str, request: pytest.FixtureRequest, tenant: Tenant
) -> None:
    user = request.getfixturevalue(who)
    client = signed_in(user)
    answer = save(client, "  Blocked   at the Peak ", state="blocked", tenant="desert-peak", nonsense="1")
    assert answer["Location"] == "/ops/?state=blocked&tenant=desert-peak"
    shown = client.get("/ops/").text
    assert "Blocked at the Peak" in shown and "/ops/?state=blocked&amp;tenant=desert-peak" in shown
    answer = client.post("/ops/views/delete", {"name": "Blocked at the Peak", "state": "queued"}, follow=True)
    assert "” deleted." in answer.text and answer.redirect_chain == [("/ops/?state=queued", 302)]
    assert names(user) == []
    for unknown in ("x", "x\x00"):
        answer = client.post("/ops/views/delete", {"name": unknown}, follow=True)
        assert "It may have been deleted already" in answer.text


@pytest.mark.parametrize(
    ("name", "filters", "expected"),
    [
        ("", {"state": "blocked"}, "Enter a name for the view"),
        ("   ", {"state": "blocked"}, "Enter a name for the view"),
        ("\x00", {"state": "blocked"}, "Null characters are not allowed"),
        ("x" * 61, {"state": "blocked"}, "at most 60 characters"),
        ("All", {"state": "nonsense"}, "Set a filter first"),
        ("Mine", {"state": "blocked"}, "You already have a view named “Mine”"),
    ],
)
def test_an_invalid_view_shows_the_reason(  # noqa: PLR0917 - fixtures and cases
    signed_in: SignIn, operator: User, tenant: Tenant, name: str, filters: dict[str, str], expected: str
) -> None:
    client = signed_in(operator)
    save(client, "Mine")
    answer = save(client, name, **filters)
    assert answer.status_code == 422 and expected in answer.context["save_form"]["name"].errors[0]
    if Filters.parse(filters).active():
        assert expected in answer.text
    assert names(operator) == ["Mine"]


def test_a_view_is_its_owner_s_alone(signed_in: SignIn, operator: User, viewer: User, tenant: Tenant) -> None:
    save(signed_in(operator), "Mine")
    assert "Mine" not in signed_in(viewer).get("/ops/").text
    signed_in(viewer).post("/ops/views/delete", {"name": "Mine"})
    assert names(operator) == ["Mine"]
    assert save(signed_in(viewer), "Mine").status_code == 302
    assert names(operator) == names(viewer) == ["Mine"]


def test_there_are_at_most_twenty(operator: User, tenant: Tenant) -> None:
    with scope.operator(operator, reason="test"):
        for number in range(service.MOST):
            service.save_view(user=operator, name=f"View {number}", filters=BLOCKED)
        with pytest.raises(QueueError, match="20 saved views, which is the limit"):
            service.save_view(user=operator, name="One more", filters=BLOCKED)
        assert service.delete_view(user=operator, name="View 3")
        service.save_view(user=operator, name="One more", filters=BLOCKED)


@pytest.mark.django_db(transaction=True)
def test_twenty_holds_when_two_are_saved_at_once(operator: User, tenant: Tenant) -> None:
    with scope.operator(operator, reason="test"):
        for number in range(service.MOST - 1):
            service.save_view(user=operator, name=f"View {number}", filters=BLOCKED)

    def one_more(number: int) -> bool:
        try:
            with scope.operator(operator, reason="test"):
                service.save_view(user=operator, name=f"Late {number}", filters=BLOCKED)
        except QueueError:
            return False
        return True

    assert sum(at_once(one_more, range(8))) == 1
    assert len(names(operator)) == service.MOST


@pytest.mark.django_db(transaction=True)
def test_only_operations_roles_read_a_saved_view(operator: User, tenant: Tenant) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("SELECT * FROM syncqueue_savedview")
