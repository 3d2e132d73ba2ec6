"""Bulk actions: they apply to the previewed items, each once, and record who and why."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.bulk_list import BulkList, BulkMove
from syncqueue.errors import QueueError
from syncqueue.filters import Filters
from syncqueue.models import Kind, State
from syncqueue.selectors.bulk import preview_bulk
from syncqueue.services.bulk import Confirmation, start_bulk
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_sync_item
from tests.support.runs import finish_run
from tests.syncqueue.bulk_runs import BLOCKED, REASON, chosen_of, confirm, make_items, preview, start_run, states_of

pytestmark = pytest.mark.usefixtures("tenant")


def test_the_preview_counts_exactly_shows_twenty_and_writes_nothing(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    items = make_items(tenant, 23)
    make_items(tenant, 2, State.UNKNOWN)
    answer = preview(signed_in(operator), "cancel")
    assert "Cancel 23 items" in answer.text and "3 more follow" in answer.text
    assert answer.text.count('data-label="Code"') == 20
    assert "You cannot undo the whole list" in answer.text
    assert set(states_of(items)) == {State.BLOCKED}
    with scope.worker():
        assert not Run.objects.exists()


def test_skipped_items_are_listed_with_reasons(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    make_items(tenant, 2, State.BLOCKED, cause="gate-shut")
    make_items(tenant, 3, State.NEEDS_REVIEW)
    make_items(tenant, 1, State.UNKNOWN)
    make_items(tenant, 4, State.DELIVERED)
    answer = preview(signed_in(operator), "resend", {"tenant": "desert-peak"})
    assert "Resend 3 items" in answer.text
    assert "Items that a capacity rule stopped count as reviewed by dispatch." in answer.text
    assert dict(answer.context["found"].skipped) == {
        "Automatic sending isn't approved yet, so a resend would be blocked again. Enter it manually.": "2",
        "It may have arrived, so two people must decide on it individually.": "1",
        "It has already ended.": "4",
    }


def test_another_tenant_is_never_touched(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    client = signed_in(operator)
    (mine,), (theirs,) = make_items(tenant, 1), make_items(other_tenant, 1)
    ticked = [str(mine.public_id), str(theirs.public_id), "no-id", str(theirs.public_id)]
    shown = preview(client, "cancel", which="ticked", item=ticked)
    assert "Cancel 1 item<" in shown.text and "It is not an item of this contractor." in shown.text
    confirm(client, shown)
    with scope.worker():
        run = Run.objects.get()
        # Even a list that was modified in the database cannot reach another tenant.
        params = run.params | {"ids": [mine.pk, theirs.pk], "seen": {"blocked": [mine.pk, theirs.pk]}}
        Run.objects.filter(pk=run.pk).update(params=params)
    finish_run(run)
    assert states_of([mine, theirs]) == [State.CANCELLED, State.BLOCKED]


def test_items_of_several_tenants_become_a_run_each(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    mine, theirs = make_items(tenant, 2), make_items(other_tenant, 1)
    client = signed_in(operator)
    shown = preview(client, "cancel", {"state": "blocked"})
    assert "Cancel 3 items" in shown.text and "2 contractors" in shown.text
    answer = confirm(client, shown)
    assert answer["Location"] == reverse("ops:runs")
    confirm(client, shown)
    with scope.worker():
        runs = list(Run.objects.order_by("tenant_id"))
    assert sorted((run.tenant_id, run.params["ids"]) for run in runs) == sorted(
        (row.pk, [item.pk for item in items]) for row, items in ((tenant, mine), (other_tenant, theirs))
    )
    page = client.get(reverse("ops:run", args=[runs[0].public_id])).text
    assert reverse("ops:run", args=[runs[1].public_id]) in page
    for run in runs:
        finish_run(run)
    assert set(states_of([*mine, *theirs])) == {State.CANCELLED}


def test_a_proof_covers_a_single_contractor(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    items = [*make_items(tenant, 1), *make_items(other_tenant, 1)]
    client = signed_in(operator)
    now = timezone.now().strftime("%Y-%m-%dT%H:%M")
    proof = {"done_where": "Bookings", "done_reference": "77", "done_at": now}
    answer = confirm(client, preview(client, "manual-complete", {"state": "blocked"}), **proof)
    assert answer.status_code == 422 and "A proof cannot cover several contractors" in answer.text
    assert set(states_of(items)) == {State.BLOCKED}
    with scope.worker():
        assert not Run.objects.exists()


def test_a_busy_tenant_is_left_out_and_named(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    make_items(tenant, 1)
    client = signed_in(operator)
    busy = start_run(client, "cancel")
    make_items(other_tenant, 1)
    answer = confirm(client, preview(client, "cancel", {"state": "blocked"}))
    page = client.get(answer["Location"]).text
    assert f"Not started for {tenant.name.replace('&', '&amp;')}" in page
    with scope.worker():
        assert set(Run.objects.exclude(pk=busy.pk).values_list("tenant", flat=True)) == {other_tenant.pk}


def test_an_unknown_filter_chooses_nothing(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    make_items(tenant, 1)
    client = signed_in(operator)
    for query in ({"tenant": "nobody"}, BLOCKED | {"state": "nonsense"}):
        answer = client.post(reverse("ops:bulk", query=query), {"move": "cancel", "which": "all"}, follow=True)
        assert "A filter of this list is not valid" in answer.text


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"move": "delete"}, "Choose one of the actions"),
        ({"move": ""}, "Choose an action"),
        ({"which": "ticked"}, "Select at least one row"),
        ({"which": "ticked", "item": ["x", "\x00"]}, "Select at least one row"),
        ({"which": "every"}, ""),
    ],
)
def test_a_forged_wish_leads_back_with_a_sentence(
    signed_in: SignIn, operator: User, tenant: Tenant, sent: dict[str, Any], expected: str
) -> None:
    (item,) = make_items(tenant, 1)
    address = reverse("ops:bulk", query=BLOCKED)
    answer = signed_in(operator).post(address, {"move": "cancel", "which": "all"} | sent, follow=True)
    assert answer.status_code == 200 and expected in answer.text
    assert states_of([item]) == [State.BLOCKED]


def test_above_twenty_five_the_number_is_typed(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    items = make_items(tenant, 26)
    client = signed_in(operator)
    shown = preview(client, "cancel")
    assert "Type 26" in shown.text
    for typed in ("", "25", "all", "27"):
        answer = confirm(client, shown, typed=typed)
        assert answer.status_code == 422 and "Type 26 to confirm" in answer.text
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="Type the number"):
        listed = BulkList.read(chosen_of(shown), actor=operator)
        assert listed is not None
        start_bulk(chosen=listed, actor=operator, confirmed=Confirmation(reason=REASON))
    assert set(states_of(items)) == {State.BLOCKED}
    assert confirm(client, shown, typed="26").status_code == 302


def test_the_preview_is_mine_and_of_this_hour(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    (item,) = make_items(tenant, 1)
    shown = preview(signed_in(operator), "cancel")
    forged = [
        "",
        "nonsense",
        chosen_of(shown)[:-2] + "xx",
        signing.dumps([tenant.pk, operator.pk, "cancel", {"blocked": [item.pk]}, "", "", "n"], salt="another"),
    ]
    for chosen in forged:
        answer = confirm_raw(signed_in(operator), chosen)
        assert "older than an hour or belongs to someone else" in answer.text
    assert "belongs to someone else" in confirm_raw(signed_in(lead_operator), chosen_of(shown)).text
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3700)
    assert BulkList.read(chosen_of(shown), actor=operator) is None
    assert states_of([item]) == [State.BLOCKED]


def confirm_raw(client: Client, chosen: str) -> Any:
    return client.post(reverse("ops:bulk-start"), {"chosen": chosen, "reason": REASON}, follow=True)


def test_the_proof_must_be_given_and_lie_in_the_past(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    (item,) = make_items(tenant, 1)
    client = signed_in(operator)
    shown = preview(client, "manual-complete")
    tomorrow = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert "Enter the system and the screen." in confirm(client, shown).text
    proof = {"done_where": "x", "done_reference": "y", "done_at": tomorrow}
    assert "That time is in the future" in confirm(client, shown, **proof).text
    listed = BulkList.read(chosen_of(shown), actor=operator)
    assert listed is not None
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="Enter where"):
        start_bulk(chosen=listed, actor=operator, confirmed=Confirmation(reason=REASON))
    assert states_of([item]) == [State.BLOCKED]


def test_a_request_is_excluded_once_regardless_of_its_items(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
        items = [
            make_sync_item(tenant=tenant, lead=lead, kind=kind)
            for kind in (Kind.BOOKING_REQUEST, Kind.BUSINESS_NOTIFICATION)
        ]
    client = signed_in(operator)
    shown = preview(client, "exclude-duplicate", {"tenant": "desert-peak"})
    assert "Exclude 1 request as duplicate" in shown.text and "Another item of the same request" in shown.text
    confirm(client, shown)
    with scope.worker():
        run = Run.objects.get()
    finish_run(run)
    assert states_of(items) == [State.CANCELLED] * 2


def test_nothing_to_do_cannot_be_started(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    make_items(tenant, 1, State.DELIVERED)
    client = signed_in(operator)
    shown = preview(client, "cancel", {"tenant": "desert-peak"})
    assert "is not possible for any of these" in shown.text and 'name="chosen"' not in shown.text
    listed = shown.context["chosen"].sign()
    assert "There is nothing to do" in confirm_raw(client, listed).text


def test_items_beyond_the_limit_of_a_run_are_reported(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.selectors.bulk.MOST", 3)
    items = make_items(tenant, 5)
    shown = preview(signed_in(operator), "cancel")
    assert "Cancel 3 items" in shown.text and "More than 5,000" in shown.text
    assert shown.context["chosen"].in_order == [item.pk for item in items[:3]]


def test_only_those_who_may_act_can_start_and_stop(
    signed_in: SignIn, viewer: User, operator: User, tenant: Tenant
) -> None:
    (item,) = make_items(tenant, 1)
    run = start_run(signed_in(operator), "cancel")
    page = signed_in(viewer).get(reverse("ops:run", args=[run.public_id]))
    assert page.status_code == 200 and "Stop this run" not in page.text
    assert 'id="bulk"' not in signed_in(viewer).get("/ops/", BLOCKED).text
    listed = BulkList(viewer.pk, BulkMove.CANCEL, {tenant.pk: {"blocked": (item.pk,)}})
    with scope.operator(viewer, reason="test"), pytest.raises(QueueError, match="not act"):
        start_bulk(chosen=listed, actor=viewer, confirmed=Confirmation(reason=REASON))
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="your own"):
        start_bulk(chosen=listed, actor=operator, confirmed=Confirmation(reason=REASON))


def test_a_foreign_page_starts_nothing(operator: User, tenant: Tenant) -> None:
    make_items(tenant, 1)
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    assert preview(client, "cancel").status_code == 403
    assert client.post(reverse("ops:bulk-start"), {}).status_code == 403
    assert client.get(reverse("ops:bulk")).status_code == 405


@pytest.mark.parametrize("reason", ["", "   ", "a\x00b", "a" * 501])
def test_a_wrong_reason_is_refused_with_a_sentence(
    signed_in: SignIn, operator: User, tenant: Tenant, reason: str
) -> None:
    (item,) = make_items(tenant, 1)
    client = signed_in(operator)
    answer = confirm(client, preview(client, "cancel"), reason=reason)
    assert answer.status_code == 422 and "There is a problem" in answer.text and item.lead.spoken_code in answer.text
    assert states_of([item]) == [State.BLOCKED]


def test_the_preview_costs_the_same_for_three_items_and_for_sixty(operator: User, tenant: Tenant) -> None:
    costs = []
    for count in (3, 57):
        make_items(tenant, count)
        with scope.operator(operator, reason="test"), CaptureQueriesContext(connection) as queries:
            filters = Filters.parse(BLOCKED)
            preview_bulk(tenant=tenant, move=BulkMove.CANCEL, actor=operator, filters=filters)
        costs.append(len(queries))
    assert costs == [3, 3]


def test_a_list_survives_signing(tenant: Tenant, operator: User) -> None:
    ids = {"blocked": tuple(range(100_000, 105_000)), "retrying": (3, 1_000_000)}
    listed = BulkList(operator.pk, BulkMove.RESEND, {tenant.pk: ids}, query="a=b", words="all")
    signed = listed.sign()
    assert BulkList.read(signed, actor=operator) == listed and listed.count == 5002
    assert len(signed) < 60_000


def test_the_moves_of_the_list_are_those_there_are(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    make_items(tenant, 1)
    page = signed_in(operator).get("/ops/", BLOCKED).text
    form = page[page.index('id="bulk"') : page.index('id="bulk-why"')]
    assert dict(re.findall(r'<option value="([^"]+)">([^<]+)</option>', form)) == {
        move.value: move.label for move in BulkMove
    }
