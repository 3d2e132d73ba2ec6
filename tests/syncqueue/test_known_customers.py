"""Whether a booking says that the client is new: only an earlier request that the office booked says otherwise."""

from typing import Any

import pytest

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.binding_blocked import draft_with
from syncqueue.connectors.booking.plan import DecisionCache, Draft, draft_many
from syncqueue.leads.models import LeadAnswer
from syncqueue.models import SyncItem
from syncqueue.selectors.body import booking_of
from syncqueue.services import answers
from tests.support.desk import captured_as

pytestmark = pytest.mark.django_db(transaction=True)
SAME_PHONE: dict[str, Any] = {"name": "Jamie", "phone": "(602) 555-0177", "email": ""}
SAME_EMAIL: dict[str, Any] = {"name": "Jamie", "phone": "", "email": "Jamie.R@example.com"}


def is_new(item: SyncItem) -> bool:
    """Return what both builders of the envelope say: the preview and the batch."""
    with scope.worker():
        booking = booking_of(item)
        shown = draft_with(booking, booking.binding)["booking"]["isFirstTimeClient"]
        sent = draft_many([item], DecisionCache())[item.pk]
    assert isinstance(sent, Draft) and sent.envelope["booking"]["isFirstTimeClient"] == shown
    return bool(shown)


def answered(tenant: Tenant, owner: User, kind: str, **typed: Any) -> LeadAnswer:
    item = captured_as(tenant, **typed)
    assert item.lead is not None
    with scope.tenant(tenant.pk):
        row = answers.answer(lead=item.lead, kind=kind, by=owner)
    assert row is not None
    return row


@pytest.mark.parametrize("unseen", ["", "\u200b", "\u00ad"])
@pytest.mark.parametrize("typed", [SAME_PHONE, SAME_EMAIL])
def test_a_person_who_was_booked_before_is_known(
    tenant: Tenant, owner: User, typed: dict[str, Any], unseen: str
) -> None:
    row = answered(tenant, owner, "booked", **typed | {"email": typed["email"].replace("@", f"{unseen}@")})
    again = captured_as(tenant, **typed | {"email": typed["email"].lower()})
    assert not is_new(again)
    with scope.tenant(tenant.pk):
        answers.undo(row=row, by=owner)
    assert is_new(again)


@pytest.mark.parametrize("kind", ["contacted", "not a fit"])
def test_an_earlier_request_that_was_not_booked_proves_nothing(tenant: Tenant, owner: User, kind: str) -> None:
    answered(tenant, owner, kind, **SAME_PHONE)
    assert is_new(captured_as(tenant, **SAME_PHONE))


def test_another_person_a_later_booking_and_another_tenant_do_not_count(
    tenant: Tenant, other_tenant: Tenant, owner: User
) -> None:
    first = captured_as(tenant, **SAME_PHONE)
    answered(tenant, owner, "booked", **SAME_PHONE)
    answered(other_tenant, owner, "booked", **SAME_EMAIL)
    assert is_new(first)
    assert is_new(captured_as(tenant, **SAME_EMAIL))
    assert is_new(captured_as(tenant, **SAME_PHONE | {"phone": "(602) 555-0178"}))
