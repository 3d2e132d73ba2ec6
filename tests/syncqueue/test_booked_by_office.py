"""An item whose request the contractor booked: the operator sees it and completes it in one step."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead
from syncqueue.models import State
from syncqueue.services import answers
from syncqueue.services.delivery import drain
from tests.support.desk import booking_request

pytestmark = pytest.mark.django_db
BADGE = '<span class="badge">contractor booked it</span>'


def answer(tenant: Tenant, lead: Lead, kind: str, by: User) -> None:
    with scope.tenant(tenant.pk):
        answers.answer(lead=lead, kind=kind, by=by)


def test_the_operator_completes_it_with_a_button(ops: Client, tenant: Tenant, owner: User, captured: Lead) -> None:
    drain(deliver, worker="test")
    assert booking_request().state == State.BLOCKED
    answer(tenant, captured, "booked", owner)
    assert ops.get("/ops/").text.count(BADGE) == 1
    url = reverse("ops:item", args=[booking_request().public_id])
    page = ops.get(url).text
    assert f"{owner.name} marked this request as booked in the portal" in page
    (form,) = re.findall(r'id="problem">The contractor booked it<.*?(<form.*?</form>)', page, re.S)
    (action,) = re.findall(r'action="([^"]+)"', form)
    sent = ops.post(action, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))
    assert sent.status_code == 302, sent.context["form"].errors
    done = booking_request()
    assert (done.state, done.done_reference) == (State.MANUAL_COMPLETE, f"Booked by {owner.name}")
    assert "marked this request as booked in the portal" not in ops.get(url).text


@pytest.mark.parametrize("kind", ["contacted", "not a fit"])
def test_another_answer_is_no_booking(ops: Client, tenant: Tenant, owner: User, captured: Lead, kind: str) -> None:
    answer(tenant, captured, "booked", owner)
    answer(tenant, captured, kind, owner)
    page = ops.get(reverse("ops:item", args=[booking_request().public_id])).text
    assert "as booked in the portal" not in page and BADGE not in ops.get("/ops/").text
