"""The operators' pages of contractors."""

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS
from pagetojob.onboarding.contractors import prepare
from pagetojob.onboarding.lifecycle import ACTIONS, RESULTS, change_state
from pagetojob.onboarding.previews import MOST_LINKS
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import MOVES, Lifecycle
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, PreviewLink, Tenant, User
from syncqueue.notices.enqueue import reachable
from syncqueue.notices.recipients import remove
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_tenant, make_user

pytestmark = pytest.mark.django_db
DETAILS = {
    "name": "Acme Air", "phone": "(602) 555-0100", "other_phones": "Emergencies: (602) 555-0101",
    "trades": ["cooling", "heating"], "license_numbers": "AZ ROC: 123456", "zip": "85016", "state": "AZ",
    "reason": "from the contractor",
}  # fmt: skip


@pytest.fixture
def acme() -> Tenant:
    tenant = make_tenant(state=Lifecycle.PREVIEW, slug="acme-air", name="Acme")
    prepare(tenant)
    return tenant


def test_the_list_names_state_missing_requirements_and_last_request(ops: Client, acme: Tenant) -> None:
    with scope.tenant(acme.pk):
        make_lead(tenant=acme, excluded_as="test")
    page = ops.get(reverse("onboarding:list")).text
    assert "Acme" in page and "Preview" in page and "requirements missing" in page and "No requests yet" in page
    with scope.tenant(acme.pk):
        make_lead(tenant=acme)
    assert "Last request" in ops.get(reverse("onboarding:list")).text


def test_the_list_costs_the_same_for_any_number(ops: Client, django_assert_max_num_queries: object) -> None:
    for count in (1, 8):
        for _ in range(count):
            make_tenant()
        with django_assert_max_num_queries(18):  # type: ignore[operator]
            assert ops.get(reverse("onboarding:list")).status_code == 200


def test_a_viewer_reads_and_changes_nothing(viewer: User, signed_in: SignIn, acme: Tenant) -> None:
    client, page = signed_in(viewer), reverse("onboarding:contractor", args=[acme.slug])
    text = client.get(page).text
    assert "Launch checklist" in text and "Change state" not in text and "Create preview link" not in text
    assert client.post(f"{page}state", {"to": "closed", "seen": 1, "reason": "no"}).status_code == 404


def test_a_state_is_changed_only_as_it_was_shown(ops: Client, acme: Tenant) -> None:
    url, page = reverse("onboarding:state", args=[acme.slug]), reverse("onboarding:contractor", args=[acme.slug])
    stale = ops.post(url, {"to": "closed", "seen": 0, "reason": "they left"})
    assert stale.status_code == 422 and "was changed in the meantime" in stale.text
    assert ops.post(url, {"to": "closed", "seen": 1, "reason": ""}).status_code == 422
    assert ops.post(url, {"to": "live", "seen": 1, "reason": "go"}).status_code == 422
    assert ops.post(url, {"to": "closed", "seen": 1, "reason": "they left"})["Location"] == page
    text = ops.get(page).text
    assert "Preview to Closed" in text and "they left" in text


@pytest.mark.parametrize(
    ("before", "to", "sentence"),
    [
        ("draft", "preview", "Acme is now in preview. People with a preview link see its website."),
        ("live", "paused", "Acme is now paused. Visitors see its phone number and cannot send a request."),
        ("paused", "closed", "Acme is now closed. Its website is no longer public."),
    ],
)
def test_a_change_of_state_is_stated_in_a_sentence(ops: Client, before: str, to: str, sentence: str) -> None:
    tenant = make_tenant(state=before, slug="acme-air", name="Acme")
    url = reverse("onboarding:state", args=[tenant.slug])
    assert sentence in ops.post(url, {"to": to, "seen": tenant.version, "reason": "as agreed"}, follow=True).text


def test_each_state_that_can_be_reached_has_its_sentence() -> None:
    assert set(RESULTS) == set(ACTIONS) == {to for targets in MOVES.values() for to in targets}


def test_a_number_that_cannot_be_called_is_stored_only_when_confirmed(ops: Client, acme: Tenant) -> None:
    url = reverse("onboarding:business", args=[acme.slug])

    def send(**changes: str) -> int:
        form = ops.get(url).context["form"]
        seen = {"seen": form["seen"].value(), "time_zone": acme.time_zone}
        return ops.post(url, DETAILS | seen | changes).status_code

    assert send(phone="1-800-COOL") == 422
    assert send(phone="1-800-COOL", confirm_phone="on") == 302
    with scope.tenant(acme.pk):
        assert BusinessProfile.objects.get().unusual_phone == "1-800-COOL"
    assert send() == 302
    with scope.tenant(acme.pk):
        assert BusinessProfile.objects.get().unusual_phone == ""


def test_recipients_are_added_once_and_turned_off(ops: Client, acme: Tenant) -> None:
    url = reverse("onboarding:recipients", args=[acme.slug])
    typed = {"email": "Office@acme.example", "label": "Office", "reason": "asked for"}
    assert ops.post(url, typed).status_code == 302
    again = ops.post(url, typed | {"email": "office@acme.example"})
    assert again.status_code == 422 and "already on the list" in again.text
    with scope.tenant(acme.pk):
        row = NoticeRecipient.objects.get()
    for act, active in (("stop", False), ("resume", True)):
        ops.post(reverse("onboarding:recipient", args=[acme.slug, row.public_id, act]), {"reason": "asked for"})
        with scope.tenant(acme.pk):
            row.refresh_from_db()
        assert row.active is active
    missing = ops.post(reverse("onboarding:recipient", args=[acme.slug, row.public_id, "erase"]), {"reason": "x"})
    assert missing.status_code == 404


def test_a_recipient_that_its_office_removed_is_not_resumed_from_an_old_page(ops: Client, acme: Tenant) -> None:
    ops.post(
        reverse("onboarding:recipients", args=[acme.slug]),
        {"email": "left@acme.example", "label": "", "reason": "asked for"},
    )
    with scope.tenant(acme.pk):
        row = NoticeRecipient.objects.get()
        remove(recipient=row, by=make_user(), reason="This person left.")
    resume = reverse("onboarding:recipient", args=[acme.slug, row.public_id, "resume"])
    assert "changed in the meantime" in ops.post(resume, {"reason": "asked for"}, follow=True).text
    with scope.tenant(acme.pk):
        assert not reachable(acme.pk).exists()


def test_setup_states_as_many_missing_requirements_as_it_lists(ops: Client, acme: Tenant) -> None:
    page = ops.get(reverse("onboarding:step", args=[acme.slug, "launch"]))
    contractor = ops.get(reverse("onboarding:contractor", args=[acme.slug]))
    stated = sum(len(part.missing) for part in page.context["steps"])
    assert stated == len(page.context["lacking"]) == contractor.context["missing"] > 0
    assert '<span class="setup__state">Recommended</span>' in page.text, "a website can go live without services"
    services = ops.get(reverse("onboarding:step", args=[acme.slug, "services"])).text
    assert "Services: Publish the services that a visitor can request." in services


def test_the_page_of_a_closed_contractor_asks_for_no_launch(ops: Client, acme: Tenant, operator: User) -> None:
    page = reverse("onboarding:contractor", args=[acme.slug])
    asked = ("Continue setup", "Launch checklist", "Put the form on another website")
    assert [text for text in asked if text not in ops.get(page).text] == []
    with scope.operator(operator, reason="test"):
        change_state(tenant=acme, to="closed", by=operator, reason="The contract ended.")
    closed = ops.get(page).text
    assert [text for text in asked if text in closed] == []
    assert ">Settings</a>" in closed, "notices of stored requests still go out, so their addresses can be changed"


def test_at_most_as_many_preview_links_work_as_the_page_shows(ops: Client, acme: Tenant) -> None:
    """With more, the last ones could not be revoked, and a new one was taken for a form that was sent twice."""
    page, create = (reverse(f"onboarding:{name}", args=[acme.slug]) for name in ("contractor", "new-preview"))
    for number in range(MOST_LINKS):
        assert "The preview link is shown below." in ops.post(create, {"seen": number}, follow=True).text
    shown = ops.get(page)
    assert shown.text.count('class="preview-link"') == MOST_LINKS
    refused = ops.post(create, {"seen": MOST_LINKS}, follow=True).text
    assert "20 preview links work already. Revoke one, then create another." in refused
    link = shown.context["previews"][0][0]
    ops.post(reverse("onboarding:revoke-preview", args=[acme.slug, link.public_id]))
    assert "is shown below" in ops.post(create, {"seen": MOST_LINKS - 1}, follow=True).text
    with scope.tenant(acme.pk):
        assert PreviewLink.objects.filter(revoked_at=None).count() == MOST_LINKS


def test_preview_links_are_created_and_revoked(ops: Client, acme: Tenant) -> None:
    page = reverse("onboarding:contractor", args=[acme.slug])
    ops.post(reverse("onboarding:new-preview", args=[acme.slug]))
    assert "/preview/" in ops.get(page).text
    with scope.tenant(acme.pk):
        link = PreviewLink.objects.get()
    ops.post(reverse("onboarding:revoke-preview", args=[acme.slug, link.public_id]))
    assert "/preview/" not in ops.get(page).text


def test_missing_feature_rows_are_added_under_the_name_of_the_person(ops: Client, operator: User) -> None:
    bare = Tenant.objects.create(slug="bare-air", name="Bare Air", time_zone="America/Phoenix")

    for _ in range(2):
        ops.post(reverse("onboarding:feature-rows", args=[bare.slug]))

    with scope.operator(operator, "test"):
        entry = AuditEntry.objects.get(action="onboarding.add_features")
        assert Flag.objects.filter(tenant=bare).count() == len(FLAGS)
    assert entry.actor_id == operator.pk and "booking-request-fallback" in entry.changes["features"][1]
