"""Correct a binding: preview, release one item, then the others, and stop at the first failure."""

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform import states
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import binding_for_page
from syncqueue import binding_blocked
from syncqueue.errors import QueueError
from syncqueue.forms import operate
from syncqueue.item_actions import MAPPING_MISSING
from syncqueue.leads.models import BookingRequest
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services import bindings
from syncqueue.services.intake import capture_request
from tests.support.audit import audit_entries
from tests.support.cast import SignIn
from tests.support.factories import appointment, make_taxonomy_item
from tests.support.threads import at_once
from tests.syncqueue.bindings import PATH, REASON, capture_blocked, correct, reload, roles, url

pytestmark = pytest.mark.usefixtures("tenant")


def answers(tenant: Tenant, based_on: int = 0, **changes: str | None) -> dict[str, str]:
    chosen = roles(tenant, **changes)
    return {role: str(entry.public_id) for role, entry in chosen.items() if entry} | {
        "based_on": str(based_on),
        "reason": REASON,
    }


def everything() -> tuple[Any, ...]:
    """Return everything that a preview must leave unchanged."""
    with scope.worker():
        return (
            list(SyncItem.objects.order_by("id").values_list("pk", "state", "version", "binding", "due_at")),
            list(BookingRequest.objects.order_by("id").values_list("pk", "binding")),
            list(PageBinding.objects.order_by("id").values_list("pk", "version")),
            Run.objects.count(),
        )


def test_an_unbound_page_holds_its_requests(tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant)
    assert (item.state, item.cause) == (State.BLOCKED, MAPPING_MISSING)


def test_the_dry_run_shows_what_would_change_and_writes_nothing(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    first, *_ = capture_blocked(tenant, 3)
    before = everything()
    client = signed_in(operator)
    assert "The page is not bound." in client.get(url(first)).text
    answer = client.post(url(first), answers(tenant) | {"step": "preview"})
    assert "Releases 3 items" in answer.text and "3 of 3 would pass" in answer.text
    assert first.lead.spoken_code in answer.text and "Apply and release one" in answer.text
    assert everything() == before
    assert audit_entries(operator, "syncqueue.correct_binding") == []


def test_the_preview_shows_what_is_still_lacking(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant)
    answer = signed_in(operator).post(url(item), answers(tenant, job_type=None) | {"step": "preview"})
    assert answer.status_code == 422
    assert "Choose a job type: a booking cannot be sent without it." in answer.text


def test_an_item_of_a_large_family_is_typed(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operate, "MOST_CHOICES", 1)
    (item,), client = capture_blocked(tenant), signed_in(operator)
    page = client.get(url(item)).text
    assert '<input type="text" name="job_type"' in page and ">AC Repair</option>" not in page
    given = answers(tenant) | {"job_type": "ac repair", "step": "preview"}
    preview = client.post(url(item), given).text
    assert "1 of 1 would pass" in preview and '<input type="hidden" name="job_type" value="ac repair">' in preview
    answer = client.post(url(item), given | {"job_type": "repair of"})
    assert answer.status_code == 422 and "No active job type has this name or ID." in answer.text
    assert "Choose a job type" in client.post(url(item), given | {"job_type": ""}).text
    assert client.post(url(item), given | {"step": "apply"}).status_code == 302
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, PATH)
        assert binding and binding.job_type and binding.job_type.name == "AC Repair"


def test_a_correction_is_a_new_version_and_releases_a_single_item(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    first, second = capture_blocked(tenant, 2)
    answer = signed_in(operator).post(url(second), answers(tenant) | {"step": "apply"})
    assert (answer.status_code, answer["Location"]) == (302, url(second, "ops:release"))
    released, waiting = reload(second), reload(first)
    assert (released.state, str(released.binding)) == (State.QUEUED, "tune-up-tempe v1")
    assert (waiting.state, waiting.binding) == (State.BLOCKED, None)
    with scope.worker():
        requests = dict(BookingRequest.objects.values_list("lead", "binding__slug"))
    assert requests == {second.lead_id: "tune-up-tempe", first.lead_id: None}
    (line,) = audit_entries(operator, "syncqueue.correct_binding")
    assert (line.actor_id, line.reason, line.changes["job_type"]) == (operator.pk, REASON, [None, "AC Repair"])
    (line,) = audit_entries(operator, "syncqueue.release")
    assert line.changes == {"state": ["blocked", "queued"], "binding": [None, "tune-up-tempe v1"]}


def test_the_old_version_stays_as_it_was(operator: User, tenant: Tenant) -> None:
    path = "/ac-repair-phoenix"
    with scope.tenant(tenant.pk):
        old = binding_for_page(tenant, path)
        assert old is not None
        unit = TaxonomyItem.objects.create(tenant=tenant, family=Family.BUSINESS_UNIT, name="Commercial")
    (stored,) = capture_blocked(tenant, path=path)
    corrected = correct(stored, operator, old.version, business_unit=unit.name)
    assert corrected.binding.version == old.version + 1 and corrected.first is None
    assert (corrected.binding.page_path, corrected.binding.label) == (old.page_path, old.label)
    assert reload(stored).binding_id == old.pk
    with scope.worker():
        unchanged = PageBinding.objects.get(pk=old.pk)
    assert unchanged.business_unit_id == old.business_unit_id


def test_another_page_and_another_tenant_are_not_released(operator: User, tenant: Tenant, other_tenant: Tenant) -> None:
    (mine,) = capture_blocked(tenant)
    (elsewhere,) = capture_blocked(tenant, path="/somewhere-else")
    with scope.tenant(other_tenant.pk):
        lead, _ = capture_request(tenant=other_tenant, request=appointment(page_path=PATH), binding=None)
        theirs = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
    with scope.worker():
        states.move(theirs, State.SENDING, lease_until="2100-01-01T00:00Z")
        states.move(theirs, State.BLOCKED, lease_until=None, cause=MAPPING_MISSING)
        page = binding_blocked.page_of(mine)
        assert page is not None
        assert [item.pk for item in binding_blocked.items_blocked_by(page)] == [mine.pk]
    correct(mine, operator)
    assert {reload(item).state for item in (elsewhere, theirs)} == {State.BLOCKED}


def test_an_item_of_another_tenant_cannot_be_chosen(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    (item,) = capture_blocked(tenant)
    with scope.tenant(other_tenant.pk):
        theirs = make_taxonomy_item(tenant=other_tenant, family=Family.JOB_TYPE)
    before = everything()
    forged = answers(tenant) | {"job_type": str(theirs.public_id), "step": "apply"}
    answer = signed_in(operator).post(url(item), forged)
    assert answer.status_code == 422 and "is not an active item of this contractor" in answer.text
    with scope.operator(operator, reason="test"), pytest.raises(QueueError, match="of this contractor"):
        chosen = roles(tenant) | {"job_type": theirs}
        bindings.correct_binding(item=item, actor=operator, chosen=chosen, based_on=0, reason=REASON)
    assert everything() == before


def test_a_role_takes_items_of_its_own_family_only(operator: User, tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant)
    with pytest.raises(QueueError, match="Choose an active job type"):
        correct(item, operator, job_type="Residential HVAC")
    with pytest.raises(QueueError, match="Choose an active job type"):
        correct(item, operator, job_type="Water Heater Repair")


def test_a_correction_based_on_an_old_version_is_refused(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    first, second = capture_blocked(tenant, 2)
    correct(first, lead_operator)
    answer = signed_in(operator).post(url(second), answers(tenant) | {"step": "apply"})
    assert answer.status_code == 422 and "it is version 1 now" in answer.text
    assert reload(second).state == State.BLOCKED


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_corrections_the_second_gets_an_error(
    operator: User, lead_operator: User, tenant: Tenant
) -> None:
    items = capture_blocked(tenant, 2)
    chosen = roles(tenant)
    both_read, results = threading.Barrier(2), []

    def correct_once(item: SyncItem, actor: User) -> None:
        try:
            with scope.operator(actor, reason="test"):
                page = binding_blocked.page_of(item)
                assert page is not None and page.version == 0
                both_read.wait()
                made = bindings.correct_binding(item=item, actor=actor, chosen=chosen, based_on=0, reason=REASON)
                results.append(str(made.binding))
        except QueueError as error:
            results.append(str(error))

    at_once(correct_once, items, (operator, lead_operator))
    won, lost = sorted(results, reverse=True)
    assert won == "tune-up-tempe v1" and lost.startswith("Someone else") and "corrected this binding" in lost
    with scope.worker():
        assert PageBinding.objects.filter(page_path=PATH).count() == 1
    assert sorted(reload(item).state for item in items) == [State.BLOCKED, State.QUEUED]


def test_a_page_that_was_bound_in_the_meantime_gets_no_second_binding(operator: User, tenant: Tenant) -> None:
    """The first correction was committed after the second had read the page, and before it chose a slug."""
    first, second = capture_blocked(tenant, 2)
    with scope.operator(operator, reason="test"):
        page = binding_blocked.page_of(second)
    assert page is not None
    correct(first, operator)
    with (
        scope.operator(operator, reason="test"),
        pytest.raises(IntegrityError, match="page_binding_version_once"),
        transaction.atomic(),
    ):
        bindings._next_version(page, roles(tenant), item=second, actor=operator, reason=REASON)


def test_two_paths_with_the_same_slug_get_different_slugs(operator: User, tenant: Tenant) -> None:
    for path in ("/a-b", "/a/b"):
        (item,) = capture_blocked(tenant, path=path)
        correct(item, operator)
    with scope.worker():
        slugs = list(PageBinding.objects.filter(page_path__in=("/a-b", "/a/b")).values_list("slug", flat=True))
    assert len(set(slugs)) == 2 and "a-b" in slugs


def test_a_made_up_path_cannot_be_bound(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant, path="/<script>alert(1)</script>")
    client = signed_in(operator)
    page = client.get(url(item))
    assert "cannot be bound" in page.text and "<script>alert" not in page.text
    answer = client.post(url(item), answers(tenant) | {"step": "apply"})
    assert answer.status_code == 422 and "cannot be bound" in answer.text


def test_the_services_refuse_who_may_not_act(viewer: User, tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant)
    with scope.operator(viewer, reason="test"), pytest.raises(QueueError, match="not act"):
        bindings.correct_binding(item=item, actor=viewer, chosen=roles(tenant), based_on=0, reason=REASON)
    with scope.operator(viewer, reason="test"), pytest.raises(QueueError, match="not act"):
        bindings.start_release(item=item, actor=viewer, reason=REASON)


def test_a_foreign_page_cannot_send_the_form(operator: User, tenant: Tenant) -> None:
    (item,) = capture_blocked(tenant)
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    for name in ("ops:binding", "ops:release"):
        assert client.post(url(item, name), answers(tenant) | {"step": "apply"}).status_code == 403
    assert reload(item).state == State.BLOCKED


@pytest.mark.parametrize("reason", ["'; DROP TABLE leads_lead; --", "<b>х</b> \u202egnp", "a" * 500, "🛠️ ok"])
def test_any_reason_is_stored_as_typed(signed_in: SignIn, operator: User, tenant: Tenant, reason: str) -> None:
    (item,) = capture_blocked(tenant)
    client = signed_in(operator)
    shown = client.post(url(item), answers(tenant) | {"reason": reason, "step": "preview"})
    assert shown.status_code == 200 and "<b>х" not in shown.text
    assert client.post(url(item), answers(tenant) | {"reason": reason, "step": "apply"}).status_code == 302
    assert audit_entries(operator, "syncqueue.correct_binding")[0].reason == reason


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"reason": "a\x00b"}, {"reason": "a" * 501}, {"based_on": "x"}])
def test_a_wrong_answer_is_refused_with_a_sentence(
    signed_in: SignIn, operator: User, tenant: Tenant, wrong: dict[str, str]
) -> None:
    (item,) = capture_blocked(tenant)
    answer = signed_in(operator).post(url(item), answers(tenant) | wrong | {"step": "apply"})
    assert answer.status_code == 422 and "There is a problem" in answer.text
    assert reload(item).state == State.BLOCKED


def test_the_preview_costs_the_same_for_1_item_and_for_40(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    for count in (2, 38):
        item, *_ = capture_blocked(tenant, count)
        with CaptureQueriesContext(connection) as queries:
            client.post(url(item), answers(tenant) | {"step": "preview"})
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_notice_has_no_release_page_without_a_request(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = SyncItem.objects.create(tenant=tenant, kind=Kind.TAXONOMY_IMPORT, dedupe_key="x")
    assert signed_in(operator).get(url(item)).status_code == 404
    assert signed_in(operator).get(url(item, "ops:release")).status_code == 404
