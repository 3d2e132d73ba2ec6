"""Owners change hours, phones and zones, pause the website and remove people: at once, audited, with undo."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from pagetojob.onboarding.lifecycle import change_state
from pagetojob.onboarding.models import SetupChange
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import (
    BusinessProfile,
    HostKind,
    Membership,
    NoticeRecipient,
    PublicHost,
    Tenant,
    User,
)
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.notices import recipients
from syncqueue.services import site
from tests.support.cast import SignIn
from tests.support.factories import make_membership, make_user
from tests.support.gates import wish

PAGE = "/portal/settings/"


def values_of(client: Client, step: str) -> dict[str, Any]:
    """What a browser would send if nothing was edited."""
    form = client.get(f"{PAGE}{step}").context["form"]
    return {bound.html_name: bound.value() or "" for bound in form}


def undo(client: Client, step: str) -> None:
    change = client.get(f"{PAGE}{step}").context["last"]
    client.post(f"{PAGE}{step}/undo", {"number": change.number})


def profile(tenant: Tenant) -> BusinessProfile:
    with scope.tenant(tenant.pk):
        return BusinessProfile.objects.get(tenant=tenant)


def test_a_day_is_not_called_optional(office: Client) -> None:
    """An empty day means that the office is closed, so a person who skips one changes the website."""
    page = office.get(f"{PAGE}hours").text
    assert "Leave a day empty if the office is closed." in page and "(optional)" not in page
    assert "(optional)" in office.get(f"{PAGE}phones").text


def test_hours_are_on_the_website_within_a_second_and_can_be_undone(
    tenant: Tenant, owner: User, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, clock = profile(tenant).hours, [1000.0]
    monkeypatch.setattr("syncqueue.services.site.time.monotonic", lambda: clock[0])
    with scope.tenant(tenant.pk):
        site.read_page(tenant, "/")
    sent = values_of(office, "hours") | {"mon": "06:00-20:00", "holidays": "2026-12-25 Christmas Day"}
    assert office.post(f"{PAGE}hours", sent).status_code == 302
    clock[0] += 1.0
    with scope.tenant(tenant.pk):
        shown = site.read_page(tenant, "/").site.hours
        assert shown["mon"] == [["06:00", "20:00"]] and shown["holidays"] == {"2026-12-25": "Christmas Day"}
        assert AuditEntry.objects.get(action="titanmap.set_hours").actor_id == owner.pk
    page = office.get(f"{PAGE}hours").text
    assert owner.name in page and " MST" in page
    undo(office, "hours")
    assert profile(tenant).hours == before


def test_hours_name_their_zone_in_common_words(office: Client) -> None:
    page = office.get(f"{PAGE}hours").text
    assert "Mountain time without daylight saving (Phoenix)" in page and "America/Phoenix" not in page
    assert 'value="7:00 AM to 6:00 PM"' in page


def test_a_form_that_shows_older_hours_changes_nothing(tenant: Tenant, office: Client) -> None:
    old = values_of(office, "hours")
    office.post(f"{PAGE}hours", values_of(office, "hours") | {"mon": "06:00-20:00"})
    answer = office.post(f"{PAGE}hours", old | {"tue": "06:00-20:00"})
    assert answer.status_code == 422 and "Changes since you opened this form" in answer.text
    assert profile(tenant).hours["mon"] == [["06:00", "20:00"]]


def test_phones_are_checked_and_can_be_undone(tenant: Tenant, office: Client) -> None:
    before = profile(tenant).phone
    sent = values_of(office, "phones") | {"phone": "12", "confirm_phone": ""}
    assert office.post(f"{PAGE}phones", sent).status_code == 422
    sent |= {"phone": "(480) 555-0100", "other_phones": "Emergencies: (480) 555-0199", "confirm_phone": "on"}
    assert office.post(f"{PAGE}phones", sent).status_code == 302
    now = profile(tenant)
    assert (now.phone, now.other_phones) == (
        "(480) 555-0100", [{"label": "Emergencies", "number": "(480) 555-0199"}],
    )  # fmt: skip
    undo(office, "phones")
    assert profile(tenant).phone == before


@pytest.mark.parametrize(
    ("step", "field", "text"),
    [
        ("phones", "other_phones", "Certified ServiceTitan partner hotline: (480) 555-0199"),
        ("hours", "holidays", "2026-12-25 We are an official ServiceTitan certified partner"),
    ],
)
def test_a_setting_that_the_website_shows_claims_nothing_unproven(
    tenant: Tenant, office: Client, step: str, field: str, text: str
) -> None:
    answer = office.post(f"{PAGE}{step}", values_of(office, step) | {field: text})
    assert answer.status_code == 422 and "unproven claim" in answer.text and text in answer.text
    assert "ServiceTitan" not in str(profile(tenant).__dict__)


def test_a_zone_is_paused_on_the_website_and_nothing_else_is_published(tenant: Tenant, office: Client) -> None:
    with scope.tenant(tenant.pk):
        zone = TaxonomyItem.objects.filter(tenant=tenant, family=Family.ZONE, active=True).first()
        assert zone is not None
        zone.published, zone.detail = zone.to_publish(), "a draft"
        zone.save()
    assert '<option value="expansion">New area</option>' in office.get(f"{PAGE}zones").text
    sent = values_of(office, "zones") | {str(zone.public_id): "paused"}
    assert office.post(f"{PAGE}zones", sent).status_code == 302
    assert f"<dt>{zone.name}</dt><dd>Paused</dd>" in office.get(PAGE).text, "as visitors read it"
    with scope.tenant(tenant.pk):
        zone.refresh_from_db()
        assert (zone.zone_state, zone.public.zone_state) == ("paused", "paused")
        assert zone.public.detail != "a draft"
    undo(office, "zones")
    with scope.tenant(tenant.pk):
        zone.refresh_from_db()
        assert zone.public.zone_state != "paused"


def press(client: Client, to: str) -> str:
    version = client.get(PAGE).context["tenant"].version
    return client.post(f"{PAGE}pause", {"to": to, "seen": version}, follow=True).text


def test_an_owner_pauses_and_resumes_the_website(tenant: Tenant, owner: User, office: Client) -> None:
    with scope.worker():
        NoticeRecipient.objects.filter(tenant=tenant).update(confirmed_at=None)
    unconfirmed = "Notice recipients: Send a test message; the recipient confirms it by its link."
    page = office.get(PAGE).text
    assert "If you pause it, it cannot be resumed before this is complete:" in page and unconfirmed in page
    assert "The website is paused." in press(office, "paused")
    tenant.refresh_from_db()
    assert tenant.state == "paused"
    page = press(office, "live")
    assert "Not ready to go live: notice recipients." in page and unconfirmed in page
    with scope.worker():
        NoticeRecipient.objects.filter(tenant=tenant).update(confirmed_at=timezone.now())
    page = press(office, "live")
    tenant.refresh_from_db()
    assert tenant.state == "live" and "complete:" not in page
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.get(action="onboarding.paused").actor_id == owner.pk
    assert "was changed in the meantime" in office.post(f"{PAGE}pause", {"to": "paused", "seen": 0}, follow=True).text


def test_the_settings_state_that_the_form_of_a_live_website_is_off(tenant: Tenant, office: Client) -> None:
    assert "Visitors can send requests." in office.get(PAGE).text
    wish(tenant, "booking-request-fallback", killed=True)
    page = office.get(PAGE).text
    assert "PageToJob has switched the request form off" in page and "Visitors can send requests." not in page


def test_the_settings_link_to_the_website_at_its_proven_domain(tenant: Tenant, operator: User, office: Client) -> None:
    ours = f"{settings.PUBLIC_URL}/sites/{tenant.slug}"
    assert f'<a href="{ours}/">{ours}</a>' in office.get(PAGE).text
    host = "www.blue-mesa.example"
    with scope.operator(operator, "test"):
        row = PublicHost.objects.create(tenant=tenant, kind=HostKind.OWN_DOMAIN, host=host, skeleton=host)
    assert host not in office.get(PAGE).text, "DNS has not proved it"
    with scope.operator(operator, "test"):
        PublicHost.objects.filter(pk=row.pk).update(verified_at=timezone.now())
    assert f"//{host}" in office.get(PAGE).text


def test_the_settings_of_a_closed_website_promise_nothing(tenant: Tenant, office: Client) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(state="closed", version=tenant.version + 1)
    page = office.get(PAGE).text
    assert "/sites/" not in page
    assert "It is not on the internet any more." in page and "We will tell you" not in page


def test_an_owner_does_not_resume_what_an_operator_paused_and_closes_nothing(
    tenant: Tenant, operator: User, office: Client
) -> None:
    with scope.operator(operator, "test"):
        change_state(tenant=tenant, to="paused", by=operator, reason="not paid")
    assert "PageToJob paused the website." in press(office, "live")
    tenant.refresh_from_db()
    assert tenant.state == "paused"
    press(office, "closed")
    tenant.refresh_from_db()
    assert tenant.state == "paused"


def test_only_owners_change_settings(tenant: Tenant, reviewer: User, signed_in: SignIn) -> None:
    client = signed_in(reviewer)
    for page in ("", "hours", "phones", "zones"):
        assert client.get(f"{PAGE}{page}").status_code == 404
    assert client.post(f"{PAGE}pause", {"to": "paused", "seen": tenant.version}).status_code == 404
    with scope.tenant(tenant.pk):
        assert not SetupChange.objects.exists()


def test_an_invitation_states_what_each_role_may_do(office: Client) -> None:
    page = office.get("/portal/people/").text
    assert "Owner: also changes settings" in page and "Reviewer: answers requests" in page


def test_an_owner_removes_a_colleague_and_never_the_last_owner(
    tenant: Tenant, owner: User, office: Client, signed_in: SignIn
) -> None:
    colleague = make_user()
    make_membership(tenant=tenant, user=colleague, role="owner")
    theirs = signed_in(colleague)
    assert theirs.get(PAGE).status_code == 200
    office.post(f"/portal/people/remove/{colleague.public_id}")
    assert theirs.get("/portal/").status_code == 404, "at once"
    office.post(f"/portal/people/remove/{owner.public_id}")
    assert "You cannot remove yourself." in office.get("/portal/people/").text
    assert Membership.objects.filter(tenant=tenant, user=owner).exists()
    with scope.tenant(tenant.pk):
        assert AuditEntry.objects.filter(action="accounts.remove_member").count() == 1


@pytest.mark.parametrize("is_removed", [False, True])
def test_an_owner_is_warned_that_a_removed_person_still_gets_requests(
    tenant: Tenant, owner: User, office: Client, is_removed: bool
) -> None:
    """Whoever left would otherwise go on receiving names and phone numbers of visitors."""
    colleague = make_user(email="Kim@desert-peak.example")
    make_membership(tenant=tenant, user=colleague, role="reviewer")
    with scope.tenant(tenant.pk):
        row = recipients.add(
            tenant=tenant, channel="email", address="kim+requests@desert-peak.example", by=owner, reason="test"
        ).recipient
        if is_removed:
            recipients.remove(recipient=row, by=owner, reason="test")
    page = office.post(f"/portal/people/remove/{colleague.public_id}", follow=True).text
    assert "no longer has access" in page
    assert ("New requests are still sent to Kim@desert-peak.example" in page) is not is_removed
