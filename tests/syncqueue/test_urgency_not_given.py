"""A visitor who gave no urgency: `soon` is stored, and no booking and no list shows it as the visitor's answer."""

from typing import Any

import pytest
from django.urls import reverse

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.binding_blocked import draft_with
from syncqueue.connectors.booking.plan import DecisionCache, Draft, draft_many
from syncqueue.models import SyncItem
from syncqueue.priorities import PRIORITY_SUSPECTED, urgency_label
from syncqueue.selectors.body import booking_of
from tests.support.cast import SignIn
from tests.support.desk import captured_as

LEFT_OUT: dict[str, Any] = {"urgency": "soon", "as_typed": {"urgency": ""}}
GIVEN: dict[str, Any] = {"urgency": "soon"}


def sent_booking(item: SyncItem) -> dict[str, Any]:
    """Return the booking that is sent. The preview on the item's page shows the same."""
    with scope.worker():
        booking = booking_of(item)
        shown = draft_with(booking, booking.binding)["booking"]
        sent = draft_many([item], DecisionCache())[item.pk]
    assert isinstance(sent, Draft) and sent.envelope["booking"] == shown
    return dict(shown)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("typed", "words"), [(LEFT_OUT, "urgency not given"), (GIVEN, "soon")])
def test_the_summary_of_a_booking_states_the_visitors_urgency(
    tenant: Tenant, typed: dict[str, Any], words: str
) -> None:
    booking = sent_booking(captured_as(tenant, **typed))
    assert booking["summary"].splitlines()[0].startswith(f"AC Repair ({words}), website request ")
    assert booking["priority"] == "Normal"


@pytest.mark.django_db
@pytest.mark.parametrize(("typed", "label"), [(LEFT_OUT, "Not given"), (GIVEN, "Soon")])
def test_lists_and_item_pages_show_the_visitors_urgency(
    tenant: Tenant, lead_operator: User, signed_in: SignIn, typed: dict[str, Any], label: str
) -> None:
    item, client = captured_as(tenant, **typed), signed_in(lead_operator)
    rows = client.get(f"{reverse('ops:list')}?kind=booking_request").context["rows"]
    assert [row["urgency"] for row in rows] == [label]
    assert client.get(reverse("ops:item", args=[item.public_id])).context["urgency"] == label


def test_another_priority_than_that_of_soon_has_its_own_label() -> None:
    assert urgency_label(PRIORITY_SUSPECTED, is_given=False) == "Suspected"
