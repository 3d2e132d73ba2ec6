"""Bulk runs: each item once, even after a crash; they can be stopped, and record who and why."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from html import escape, unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.runs import services as run_services
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from syncqueue import selectors
from syncqueue.leads.models import Exclusion, Lead
from syncqueue.models import State, SyncItem
from syncqueue.services import bulk
from tests.support.audit import audit_entries
from tests.support.cast import SignIn
from tests.support.runs import finish_run, reload_run, tally
from tests.syncqueue.bulk_runs import REASON, chosen_of, confirm, make_items, preview, start_run, states_of


@pytest.mark.parametrize(
    ("move", "state", "action"),
    [
        ("cancel", State.CANCELLED, "syncqueue.cancel"),
        ("resend", State.QUEUED, "syncqueue.resend"),
        ("manual-complete", State.MANUAL_COMPLETE, "syncqueue.manual_complete"),
        ("exclude-spam", State.CANCELLED, "leads.exclude"),
    ],
)
def test_each_move_is_the_single_move_for_each_item(  # noqa: PLR0917 - fixtures
    signed_in: SignIn, operator: User, tenant: Tenant, move: str, state: State, action: str
) -> None:
    items = make_items(tenant, 3)
    proof = {
        "done_where": "ServiceTitan, Calls screen",
        "done_reference": "entered from the exported list",
        "done_at": timezone.now().strftime("%Y-%m-%dT%H:%M"),
    }
    run = finish_run(start_run(signed_in(operator), move, **proof))
    assert (run.state, run.done, run.total, tally(run)["done"]) == (RunState.DONE, 3, 3, 3)
    assert set(states_of(items)) == {state}
    result = audit_entries(operator, action)
    assert len(result) == 3 and {line.actor_id for line in result} == {operator.pk}
    assert {line.actor_label for line in result} == {"operator"}
    assert {line.reason for line in result} == {f"Run {str(run.public_id)[:8]}: {REASON}"}
    with scope.worker():
        assert selectors.books(tenant).balance
        marks = set(Lead.objects.filter(tenant=tenant).values_list("excluded_as", flat=True))
    assert marks == {Exclusion.SPAM if move == "exclude-spam" else Exclusion.NONE}


def test_a_bulk_run_leaves_a_single_line_with_the_hash_of_its_list(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    items = make_items(tenant, 3)
    run = start_run(signed_in(operator), "cancel")
    (line,) = audit_entries(operator, "runs.start")
    assert (line.actor_id, line.reason, line.tenant_id) == (operator.pk, REASON, tenant.pk)
    assert line.changes == {
        "kind": [None, "syncqueue.bulk"],
        "move": [None, "cancel"],
        "filter": [None, "state blocked"],
        "items": [None, 3],
        "sha256": [None, bulk.list_hash(sorted(item.pk for item in items))],
    }
    assert run.params["sha256"] == line.changes["sha256"][1]


def test_the_timeline_of_an_item_names_the_person_and_the_run(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    item, _ = make_items(tenant, 2)
    client = signed_in(operator)
    run = finish_run(start_run(client, "cancel"))
    page = client.get(reverse("ops:item", args=[item.public_id])).text
    assert f"Run {str(run.public_id)[:8]}: {REASON}" in page and operator.name in page


def test_a_worker_of_an_earlier_version_can_handle_a_run(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    """It builds the person from the role in the run, and is replaced after the web processes that start runs."""
    make_items(tenant, 1)
    run = start_run(signed_in(operator), "cancel")
    assert User(ops_role=run.params["role"]).can(Ability.ACT_ON_QUEUE)


@pytest.mark.parametrize("lost", [{"is_active": False}, {"ops_role": "viewer"}, {"ops_role": ""}])
def test_a_run_of_a_person_who_lost_the_right_to_act_changes_nothing(
    signed_in: SignIn, operator: User, tenant: Tenant, lost: dict[str, Any]
) -> None:
    items = make_items(tenant, 3)
    run = start_run(signed_in(operator), "cancel")
    User.objects.filter(pk=operator.pk).update(**lost)
    run = finish_run(run)
    assert run.state == RunState.FAILED and "may not act on the queue any more" in run.error
    assert states_of(items) == [State.BLOCKED] * 3


def test_a_run_stops_within_fifty_items_when_its_person_loses_the_right_to_act(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    items = make_items(tenant, bulk.STEP + 3)
    start_run(signed_in(operator), "cancel", typed=str(len(items)))
    with scope.worker():
        run = claim_run()
    assert run is not None
    work = bulk.work_bulk(run)
    assert next(work).done == bulk.STEP
    User.objects.filter(pk=operator.pk).update(is_active=False)
    with pytest.raises(run_services.RunStopped):
        next(work)
    assert states_of(items).count(State.BLOCKED) == 3


def test_what_came_or_changed_after_the_preview_is_not_touched(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    client = signed_in(operator)
    mended, stored = make_items(tenant, 2)
    shown = preview(client, "cancel")
    (late,) = make_items(tenant, 1)
    with scope.worker():
        states.move(SyncItem.objects.get(pk=mended.pk), State.QUEUED)
    assert confirm(client, shown).status_code == 302
    with scope.worker():
        run = Run.objects.get()
    run = finish_run(run)
    assert states_of([mended, stored, late]) == [State.QUEUED, State.CANCELLED, State.BLOCKED]
    assert tally(run)["skipped"] == {bulk._CHANGED: 1}
    page = client.get(reverse("ops:run", args=[run.public_id])).text
    assert bulk._CHANGED in page and mended.lead.spoken_code in page


def test_the_same_list_sent_twice_starts_a_single_run(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    (item,) = make_items(tenant, 1, State.NEEDS_REVIEW)
    client = signed_in(operator)
    shown = preview(client, "resend", {"tenant": "desert-peak"})
    first = confirm(client, shown)
    with scope.worker():
        run = Run.objects.get()
    finish_run(run)
    with scope.worker():
        states.move(SyncItem.objects.get(pk=item.pk), State.SENDING, lease_until=timezone.now())
        states.move(SyncItem.objects.get(pk=item.pk), State.NEEDS_REVIEW, lease_until=None)
    assert confirm(client, shown)["Location"] == first["Location"]
    assert states_of([item]) == [State.NEEDS_REVIEW]
    with scope.worker():
        assert Run.objects.count() == 1


def test_bulk_runs_of_a_tenant_do_not_overlap(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    make_items(tenant, 2)
    client = signed_in(operator)
    first = start_run(client, "cancel")
    answer = client.post(
        reverse("ops:bulk-start"), {"chosen": chosen_of(preview(client, "exclude-spam")), "reason": REASON}, follow=True
    )
    sentence = f"Not started for {tenant.name}: another bulk run of this contractor is in progress."
    assert sentence in unescape(answer.text)
    assert str(first.public_id)[:8] in answer.text


@pytest.mark.parametrize("reason", ["'; DROP TABLE leads_lead; --", "<b>х</b> \u202egnp", "a" * 500, "🛠️"])
def test_any_reason_is_stored_as_typed(signed_in: SignIn, operator: User, tenant: Tenant, reason: str) -> None:
    make_items(tenant, 1)
    client = signed_in(operator)
    run = finish_run(start_run(client, "cancel", reason=reason))
    assert audit_entries(operator, "syncqueue.cancel")[0].reason.endswith(reason)
    page = client.get(reverse("ops:run", args=[run.public_id]))
    assert page.status_code == 200 and "<b>х" not in page.text
    assert f"Each changed item refers to <code>Run {str(run.public_id)[:8]}</code>" in page.text


def test_a_worker_that_dies_between_two_items_repeats_nothing(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = make_items(tenant, 5)
    run = start_run(signed_in(operator), "cancel")
    single = bulk._do
    monkeypatch.setattr(bulk, "_do", dies_after(2, single))
    with scope.worker():
        claimed = claim_run()
    assert claimed is not None
    with pytest.raises(KeyboardInterrupt):
        work_run(claimed)
    assert (reload_run(run).done, tally(reload_run(run))["done"]) == (2, 2)
    assert states_of(items) == [State.CANCELLED] * 2 + [State.BLOCKED] * 3
    monkeypatch.setattr(bulk, "_do", single)
    with scope.worker():
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    run = finish_run(run)
    assert (run.state, run.done, tally(run)["done"], tally(run)["skipped"]) == (RunState.DONE, 5, 5, {})
    assert len(audit_entries(operator, "syncqueue.cancel")) == 5


def dies_after(count: int, single: Callable[..., None]) -> Callable[..., None]:
    """Apply the action, and after `count` of them die in the middle: changed, but not committed."""
    made: list[int] = []

    def act(*args: Any, **kwargs: Any) -> None:
        single(*args, **kwargs)
        made.append(1)
        if len(made) > count:
            raise KeyboardInterrupt

    return act


@pytest.mark.django_db(transaction=True)
def test_stopping_a_run_takes_effect_at_the_next_item_and_rolls_back_the_current_item(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = make_items(tenant, 4)
    client = signed_in(operator)
    run = start_run(client, "cancel")
    stop, single, made = reverse("ops:run-stop", args=[run.public_id]), bulk._do, []

    def stop_it() -> None:
        try:
            assert client.post(stop, {"reason": "the wrong list"}).status_code == 302
        finally:
            connection.close()

    def act(*args: Any, **kwargs: Any) -> None:
        single(*args, **kwargs)
        made.append(1)
        if len(made) == 3:
            another_person = threading.Thread(target=stop_it)
            another_person.start()
            another_person.join()

    assert client.post(stop, {"reason": ""}).status_code == 422
    monkeypatch.setattr(bulk, "_do", act)
    run = finish_run(run)
    assert (run.state, run.done, len(made)) == (RunState.CANCELLED, 2, 3)
    assert states_of(items) == [State.CANCELLED, State.CANCELLED, State.BLOCKED, State.BLOCKED]


def test_a_run_that_has_not_begun_can_be_stopped(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    items = make_items(tenant, 2)
    client = signed_in(operator)
    run = start_run(client, "cancel")
    stop = reverse("ops:run-stop", args=[run.public_id])
    answer = client.post(stop, {"reason": "the wrong list"}, follow=True)
    assert "Stopped. Completed changes remain." in answer.text and "2 items were not processed" in answer.text
    assert "The run had already ended" in client.post(stop, {"reason": "again"}, follow=True).text
    with scope.worker():
        assert claim_run() is None
    assert set(states_of(items)) == {State.BLOCKED}
    (line,) = audit_entries(operator, "runs.cancel")
    assert (line.reason, line.actor_id) == ("the wrong list", operator.pk)


def test_an_item_costs_the_same_wherever_it_stands_in_the_list(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    costs = []
    for count in (1, 21):
        make_items(tenant, count)
        run = start_run(signed_in(operator), "cancel")
        with scope.worker():
            claimed = claim_run()
        assert claimed is not None
        with CaptureQueriesContext(connection) as queries:
            work_run(claimed)
        costs.append(len(queries))
        assert reload_run(run).state == RunState.DONE
    each = (costs[1] - costs[0]) / 20
    assert each == int(each) and each <= 15


def test_a_run_page_costs_the_same_for_1_item_and_for_20(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    for count in (1, 20):
        items = make_items(tenant, count)
        run = start_run(client, "cancel")
        with scope.worker():
            for item in items:
                states.move(SyncItem.objects.get(pk=item.pk), State.QUEUED)
        finish_run(run)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("ops:run", args=[run.public_id]))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_the_list_of_runs_is_bounded_and_costs_a_single_query(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    make_items(tenant, 1)
    client = signed_in(operator)
    run = start_run(client, "exclude-test")
    page = client.get(reverse("ops:runs"))
    assert "Exclude as test: state blocked" in page.text
    assert operator.name in page.text and str(run.public_id) in page.text


def test_every_kind_of_run_has_plain_words(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    kinds = set(run_services._handlers)
    assert {"syncqueue.bulk", "syncqueue.release", "vault.follow_up"} <= kinds
    words = {kind: run_services.words_of(kind) for kind in kinds}
    plain = re.compile(r"[A-Z][a-z]+( [A-Za-z']+){1,6}")
    assert not {kind: text for kind, text in words.items() if kind in text or not plain.fullmatch(text)}
    assert len(set(words.values())) == len(kinds)
    assert run_services.words_of("a removed kind") == "Unknown run"
    for kind in kinds:
        with scope.operator(operator, reason="test"):
            run_services.start_run(tenant=tenant, kind=kind, params={}, actor=operator, reason="to see")
    client = signed_in(operator)
    page = client.get(reverse("ops:runs"))
    assert [kind for kind in kinds if kind in page.text] == []
    assert all(escape(text) in page.text for text in words.values())
    with scope.operator(operator, reason="test"):
        run = Run.objects.get(kind="vault.follow_up")
    shown = client.get(reverse("ops:run", args=[run.public_id])).text
    assert "<h1>Finish a disconnection" in shown
    assert "of ?" not in page.text and "?</span> processed" not in shown, "no total is shown while it is unknown"
    assert "Each changed item" not in shown, "it changes no item of the queue"
