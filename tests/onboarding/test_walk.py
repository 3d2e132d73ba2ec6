"""From nothing to a live contractor with a delivered lead, by a single person, with the number of forms sent."""

import email
import email.policy
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.onboarding import recipients
from pagetojob.platform.accounts.errors import LinkGone
from pagetojob.platform.accounts.models import Invitation
from pagetojob.platform.accounts.services import invitations
from pagetojob.platform.derived_keys import link_token
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Membership, StateChange, Tenant, User
from pagetojob.titanmap.drafts import mark_of
from pagetojob.titanmap.models import PageBinding, PageDraft
from syncqueue.connectors import deliver
from syncqueue.item_actions import GATE_CLOSED
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.services.delivery import drain
from tests.support.cast import SignIn
from tests.support.factories import make_tenant
from tests.support.nightly import sampled
from tests.support.runs import work_runs
from tests.support.visitor import filled_in

pytestmark = pytest.mark.django_db
SLUG = "blue-mesa-plumbing"
#: Forms that the operator sends, without the confirmation of the test message, which the contractor sends.
FORMS_SENT = 17


class Operator:
    """An operator with a browser, who counts the forms sent."""

    def __init__(self, client: Client) -> None:
        self.client, self.sent = client, 0

    def at(self, step: str) -> Any:
        return self.client.get(reverse("onboarding:step", args=[SLUG, step]))

    def send(self, path: str, typed: dict[str, Any]) -> str:
        """Send a form, which must be accepted, and return the page that follows."""
        self.sent += 1
        answer = self.client.post(path, typed, follow=True)
        assert answer.status_code == 200 and answer.redirect_chain, answer.context.get("form")
        assert "message--error" not in answer.text, re.findall(r'message--error">(.*?)<', answer.text)
        return answer.text

    def fill(self, step: str, **changes: str) -> str:
        """Send the form of a step as it is shown, with changes."""
        form = self.at(step).context["form"]
        typed = {name: form[name].value() for name in form.fields}
        typed = {name: value for name, value in typed.items() if value not in (None, False)}
        return self.send(reverse("onboarding:step", args=[SLUG, step]), typed | changes)

    def press(self, step: str, button: str, number: int = 0) -> str:
        """Press a button of a step: one of the forms without visible fields."""
        page = self.at(step).text
        forms = re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.S)
        path, body = [action for action in forms if button in action[1]][number]
        return self.send(path, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body)))


@pytest.fixture
def desk(operator: User, signed_in: SignIn) -> Operator:
    return Operator(signed_in(operator))


def confirm_test_message(folder: Path) -> None:
    """Do what the contractor does: use the link in the test message."""
    assert recipients.send_due_tests() == 1
    texts = [
        email.message_from_bytes(mail.read_bytes(), policy=email.policy.default).get_content()
        for mail in (folder / "mail").glob("*.eml")
    ]
    (path,) = re.findall(r"/notices/confirm/\S+", "".join(texts))
    assert Client().post(path).status_code == 200


@pytest.mark.parametrize("person", sampled(["operator", "admin_user"], keep=1))
def test_a_single_person_brings_a_contractor_live(
    person: str, request: pytest.FixtureRequest, operator: User, signed_in: SignIn, tmp_path: Path
) -> None:
    by: User = request.getfixturevalue(person)
    desk = Operator(signed_in(by))
    started = {"name": "Blue Mesa Plumbing", "zip": "37402", "trades": ["plumbing"], "phone": "(423) 253-0100"}
    assert "was added as a draft" in desk.send(reverse("onboarding:new"), started)
    tenant = Tenant.objects.get(slug=SLUG)
    desk.fill("business", license_numbers="TN: 4711", color="#0b5cad")
    notices = reverse("onboarding:step", args=[SLUG, "notices"])
    desk.send(notices, {"email": "office@blue-mesa.example", "label": "Office", "reason": "setup"})
    confirm_test_message(tmp_path)
    desk.fill("hours", mon="08:00-17:00", tue="08:00-17:00")
    desk.fill("area", service_area="Chattanooga area", zones="City: Chattanooga, 37402")
    assert "19 services would be added" in desk.press("services", "Propose")
    desk.press("services", "Add these services")
    work_runs()
    assert "Drain Cleaning" in desk.press("services", "Publish 20 changes")
    desk.fill("booking", business_units="Plumbing Service: 1201", booking_providers="Website: 77")
    for _ in range(2):  # the home page, then the next of the same trade
        desk.press("pages", "Write draft")
    with scope.tenant(tenant.pk):
        drafts = list(PageDraft.objects.order_by("page_path"))
    assert [draft.page_path for draft in drafts] == ["/", "/drain-cleaning"]
    framed = desk.client.get(reverse("onboarding:framed-page", args=[SLUG, drafts[1].public_id]))
    assert "Slow drain or clogged drain" in framed.text and framed["X-Frame-Options"] == "SAMEORIGIN"
    for draft in drafts:
        page = desk.client.get(reverse("onboarding:phone", args=[SLUG, draft.public_id]))
        assert "No visitor can see this draft." in page.text
        act = reverse("onboarding:act", args=[SLUG, "publish-page"])
        assert "was published" in desk.send(act, {"page": draft.slug, "seen": mark_of(draft)})
    desk.fill("legal", checked="on")
    assert "The preview link is below." in desk.press("launch", "Open preview")
    assert "Test request" in desk.press("launch", "Send a test request")
    drain(deliver, worker="test")
    assert desk.client.get(reverse("onboarding:setup", args=[SLUG]))["Location"].endswith("/setup/launch")
    ready = desk.at("launch").text
    assert "7 of 7 required steps complete" in ready and '<button class="button">Go live' in ready
    assert f"{tenant.name} is live." in desk.press("launch", "Go live")
    assert desk.sent == FORMS_SENT

    visitor = Client()
    home = visitor.get(reverse("intake:home", args=[SLUG]))
    assert "Plumbing help from Blue Mesa Plumbing" in home.text and "Chattanooga" in home.text
    answers = filled_in(
        rendered=home.context["form"]["rendered"].value(), service="Drain Cleaning", phone="(423) 253-0199"
    )
    assert visitor.post(reverse("intake:request", args=[SLUG]) + "?page=/", answers).status_code == 302
    drain(deliver, worker="test")
    with scope.tenant(tenant.pk):
        lead = Lead.objects.get(excluded_as="")
        assert SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION).state == State.DELIVERED
        booking = SyncItem.objects.get(lead=lead, kind=Kind.BOOKING_REQUEST)
        assert (booking.state, booking.cause) == (State.BLOCKED, GATE_CLOSED), booking.missing
        assert lead.consent_text.startswith("Blue Mesa Plumbing may contact me") and lead.consent_version == 1
        assert set(PageBinding.objects.values_list("page_path", flat=True)) == {"/", "/drain-cleaning"}
    with scope.operator(operator, "a test"):
        assert set(StateChange.objects.filter(tenant=tenant).values_list("by", flat=True)) == {by.pk}


def test_a_draft_that_was_rewritten_is_not_published_from_the_page_of_its_first_text(
    desk: Operator, tenant: Tenant
) -> None:
    typed = {"trade": "plumbing", "page": "drain-cleaning"}
    desk.client.post(reverse("onboarding:act", args=[tenant.slug, "draft"]), typed)
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="drain-cleaning")
        PageDraft.objects.update(headline="Free repairs for everyone")
    typed = {"page": draft.slug, "seen": mark_of(draft)}
    page = desk.client.post(reverse("onboarding:act", args=[tenant.slug, "publish-page"]), typed, follow=True)
    assert "This draft was changed in the meantime" in page.text
    with scope.tenant(tenant.pk):
        assert PageDraft.objects.get(pk=draft.pk).state == "draft"


def test_a_page_of_a_public_website_needs_a_second_person(desk: Operator, tenant: Tenant) -> None:
    answer = desk.client.post(
        reverse("onboarding:act", args=[tenant.slug, "draft"]), {"trade": "plumbing", "page": "drain-cleaning"}
    )
    assert answer.status_code == 302
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.get(slug="drain-cleaning")
    typed = {"page": draft.slug, "seen": mark_of(draft)}
    page = desk.client.post(reverse("onboarding:act", args=[tenant.slug, "publish-page"]), typed, follow=True)
    assert "waits for a second person" in page.text
    with scope.tenant(tenant.pk):
        assert PageDraft.objects.get(pk=draft.pk).state == "in review"


@pytest.mark.parametrize("act", ["stage", "approve", "publish", "draft", "publish-page", "discard", "test", "go-live"])
def test_an_action_without_its_values_changes_nothing(desk: Operator, tenant: Tenant, act: str) -> None:
    page = desk.client.post(reverse("onboarding:act", args=[tenant.slug, act]), follow=True)
    assert page.status_code == 200 and "message--error" in page.text
    assert Tenant.objects.get(pk=tenant.pk).state == Lifecycle.LIVE


@pytest.mark.parametrize("value", ["\x00", "9" * 5000, "../../etc/passwd", "\ud800"])
@pytest.mark.parametrize("act", ["stage", "approve", "publish", "draft", "publish-page", "discard", "go-live"])
def test_an_action_with_hostile_values_is_refused(desk: Operator, tenant: Tenant, act: str, value: str) -> None:
    typed = dict.fromkeys(("trade", "page", "version", "upload", "mark", "seen"), value)
    body = urlencode(typed, errors="surrogatepass")
    url = reverse("onboarding:act", args=[tenant.slug, act])
    page = desk.client.post(url, body, content_type="application/x-www-form-urlencoded", follow=True)
    assert page.status_code == 200 and "message--error" in page.text


def invitation_from_desk(desk: Operator, tenant: Tenant) -> Invitation:
    """Have the person at the desk invite an owner of a tenant that has none."""
    tenant.memberships.filter(role="owner").update(role="reviewer")
    asked = desk.client.post(reverse("onboarding:invite-owner", args=[tenant.slug]), {"email": "new@blue-mesa.example"})
    assert asked.status_code == 302 and "/account/confirm" not in asked["Location"]
    return Invitation.objects.get(tenant=tenant, tenant_role="owner")


def test_the_link_of_an_invited_owner_works_while_there_is_no_owner(
    desk: Operator, owner: User, other_tenant: Tenant
) -> None:
    row = invitation_from_desk(desk, other_tenant)
    token = link_token("invitation", row.public_id)
    assert invitations.find(token) == row
    Membership.objects.create(tenant=other_tenant, user=owner, role="owner")
    with pytest.raises(LinkGone):
        invitations.find(token)


@pytest.mark.parametrize("change", [{"ops_role": "viewer"}, {"is_active": False}])
def test_the_link_ends_with_the_rights_of_who_sent_it(
    desk: Operator, operator: User, other_tenant: Tenant, change: dict[str, Any]
) -> None:
    token = link_token("invitation", invitation_from_desk(desk, other_tenant).public_id)
    User.objects.filter(pk=operator.pk).update(**change)
    with pytest.raises(LinkGone):
        invitations.find(token)


def test_an_owner_is_invited_once(desk: Operator, operator: User, other_tenant: Tenant) -> None:
    other_tenant.memberships.filter(role="owner").update(role="reviewer")
    url = reverse("onboarding:invite-owner", args=[other_tenant.slug])
    asked = desk.client.post(url, {"email": "owner@blue-mesa.example"})
    assert asked.status_code == 302
    row = Invitation.objects.filter(tenant=other_tenant, tenant_role="owner").first()
    assert (row is not None) == ("/account/confirm" not in asked["Location"])


def test_the_owner_s_invitation_is_followed_repeated_and_revoked(
    desk: Operator, operator: User, other_tenant: Tenant
) -> None:
    other_tenant.memberships.filter(role="owner").update(role="reviewer")
    launch = reverse("onboarding:launch", args=[other_tenant.slug])

    def press(button: str) -> str:
        forms = re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', desk.client.get(launch).text, re.S)
        path, body = next(form for form in forms if button in form[1])
        typed = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
        return desk.client.post(path, typed, follow=True).text

    desk.client.post(reverse("onboarding:invite-owner", args=[other_tenant.slug]), {"email": "new@blue-mesa.example"})
    page = desk.client.get(launch).text
    assert "new@blue-mesa.example" in page and "Not accepted yet" in page and f"Invited by {operator.name}" in page
    assert "The invitation is revoked." in (page := press("Revoke"))
    assert "Revoked on" in page and "Not accepted yet" not in page
    assert "Not accepted yet" in press("Invite again")
    row = Invitation.objects.get(tenant=other_tenant, revoked_at=None)
    invitations.accept_as_new(
        token=link_token("invitation", row.public_id), name="Robin Vale", password="a long new sentence"
    )
    page = desk.client.get(launch).text
    assert "Accepted by Robin Vale on" in page and "Invite again" not in page
    late = reverse("onboarding:revoke-owner", args=[other_tenant.slug, row.public_id])
    assert "revokes invitations in the portal" in desk.client.post(late, follow=True).text


def test_an_invitation_of_another_contractor_is_not_revoked_here(
    desk: Operator, tenant: Tenant, other_tenant: Tenant
) -> None:
    other = invitation_from_desk(desk, other_tenant)
    url = reverse("onboarding:revoke-owner", args=[tenant.slug, other.public_id])
    assert desk.client.post(url).status_code == 404
    assert Invitation.objects.get(pk=other.pk).revoked_at is None


def test_go_live_is_the_main_button_once_nothing_is_missing(desk: Operator, other_tenant: Tenant) -> None:
    def main_buttons(tenant: Tenant) -> list[str]:
        page = desk.client.get(reverse("onboarding:launch", args=[tenant.slug])).text
        return re.findall(r'<button class="button">([^<]+)', page)

    fresh = make_tenant(slug="fresh", state=Lifecycle.PREVIEW)
    assert main_buttons(fresh) == ["Send a test request"]
    page = desk.client.get(reverse("onboarding:launch", args=[fresh.slug])).text
    assert "Missing now:" in page and "test request</a>" in page
