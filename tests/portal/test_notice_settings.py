"""Owners choose who is notified and how fast a request should be answered; each change can be undone."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.onboarding.setup import values
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant
from syncqueue.notices import recipients
from syncqueue.notices.models import RecipientChange
from syncqueue.selectors import requests

PAGE = "/portal/settings/notices"


def add(client: Client, channel: str, address: str, **settings: object) -> str:
    sent = {"channel": channel, "address": address, "level": 0, "wants_digest": "on", **settings}
    return client.post(PAGE, sent, follow=True).text


def undo_newest(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        change = RecipientChange.objects.filter(undone_at=None).first()
    assert change is not None
    client.post(f"{PAGE}/changes/{change.public_id}/undo")


def test_a_recipient_is_added_changed_removed_and_each_is_undone(tenant: Tenant, office: Client) -> None:
    assert "A test message is on its way to +16025550123" in add(office, "text", "(602) 555-0123", label="Sam")
    assert "already on the list" in add(office, "text", "602-555-0123")
    with scope.tenant(tenant.pk):
        row = NoticeRecipient.objects.get(phone="+16025550123")
    office.post(f"{PAGE}/{row.public_id}", {"label": "Sam", "level": 2, "active": "on", "wants_digest": "on"})
    assert "After 2 times the target." in office.get(PAGE).text
    assert "If no one has opened the request within 2 times the target" in office.get(f"{PAGE}/{row.public_id}").text
    undo_newest(office, tenant)
    assert "After 2 times the target." not in office.get(PAGE).text
    office.post(f"{PAGE}/{row.public_id}", {"label": "Sam", "level": 1, "active": "on"})
    assert "After the target." in office.get(PAGE).text
    undo_newest(office, tenant)
    office.post(f"{PAGE}/{row.public_id}/remove")
    assert "Text message: +16025550123" not in office.get(PAGE).text
    undo_newest(office, tenant)
    assert "Text message: +16025550123" in office.get(PAGE).text
    assert office.post(f"{PAGE}/{row.public_id}/eat").status_code == 404


def test_the_notice_settings_state_that_no_person_gets_a_message(tenant: Tenant, office: Client) -> None:
    notes = "no person gets a message"
    assert notes not in office.get(PAGE).text
    add(office, "webhook", "https://crm.desert-peak.example/")
    add(office, "text", "(602) 555-0123")
    with scope.tenant(tenant.pk):
        rows = NoticeRecipient.objects.filter(tenant=tenant)
        rows.filter(channel="email").update(active=False)
        assert notes not in office.get(PAGE).text, "the webhook is not confirmed"
        rows.filter(channel="webhook").update(confirmed_at=timezone.now())
    assert notes in office.get(PAGE).text, "the number is not confirmed"
    with scope.tenant(tenant.pk):
        rows.filter(channel="text").update(confirmed_at=timezone.now())
    assert notes not in office.get(PAGE).text


def test_an_owner_lets_customers_reply_to_a_confirmed_email_address(tenant: Tenant, office: Client) -> None:
    assert "an email address only" in add(office, "text", "(602) 555-0123", takes_replies="on")
    add(office, "email", "desk@desert-peak.example", label="Desk")
    with scope.tenant(tenant.pk):
        row = NoticeRecipient.objects.get(label="Desk")
        NoticeRecipient.objects.filter(pk=row.pk).update(confirmed_at=timezone.now())
        assert recipients.reply_address(tenant.pk) == ""
    office.post(f"{PAGE}/{row.public_id}", {"label": "Desk", "level": 0, "active": "on", "takes_replies": "on"})
    assert "Customers may reply to it." in office.get(PAGE).text
    with scope.tenant(tenant.pk):
        assert recipients.reply_address(tenant.pk) == "desk@desert-peak.example"
    undo_newest(office, tenant)
    with scope.tenant(tenant.pk):
        assert recipients.reply_address(tenant.pk) == ""


def test_a_change_from_before_the_setting_of_replies_can_be_undone(tenant: Tenant, office: Client) -> None:
    add(office, "email", "desk@desert-peak.example", label="Desk")
    with scope.tenant(tenant.pk):
        row = NoticeRecipient.objects.get(label="Desk")
    office.post(f"{PAGE}/{row.public_id}", {"label": "Sam", "level": 0, "active": "on", "wants_digest": "on"})
    with scope.tenant(tenant.pk):
        change = RecipientChange.objects.get(undone_at=None, after__label="Sam")
        del change.before["takes_replies"], change.after["takes_replies"]
        assert recipients.undo(change=change, by=change.by).label == "Desk"


def test_no_removed_recipient_is_active(tenant: Tenant, office: Client) -> None:
    """It would get personal data, and no list shows it."""
    add(office, "email", "night@example.com")
    row = newest(tenant)
    for facts in ({"removed_at": timezone.now()}, {"removed_at": timezone.now(), "active": True}):
        with (
            pytest.raises(IntegrityError, match="notice_recipient_removed_is_inactive"),
            transaction.atomic(),
            scope.tenant(tenant.pk),
        ):
            NoticeRecipient.objects.filter(pk=row.pk).update(**facts)
    office.post(f"{PAGE}/{row.public_id}/remove")
    assert newest(tenant).removed_at is not None and not newest(tenant).active


def test_the_secret_of_a_webhook_is_shown_once_and_is_in_no_cookie(tenant: Tenant, office: Client) -> None:
    page = add(office, "webhook", "https://hooks.example.com/ptj")
    assert "whsec_" in page
    assert "whsec_" not in office.get(PAGE).text
    assert "whsec_" not in str(office.cookies)
    assert "cannot be sent to this address" in add(office, "webhook", "http://10.0.0.1/")


def test_the_target_is_that_of_the_timer(tenant: Tenant, office: Client) -> None:
    page = office.post(f"{PAGE}/target", {"target_minutes": 45, "escalates": "on"}, follow=True).text
    assert "The target was 15 minutes." in page and "Undo this change" in page
    with scope.tenant(tenant.pk):
        assert requests.timer_of(tenant).target_seconds == 45 * 60
        change = values.last_change(tenant, "target")
    assert change is not None
    for words in ("Target and escalation: the last change was undone.", "Someone else changed this in the meantime"):
        answer = office.post("/portal/settings/target/undo", {"number": change.number}, follow=True)
        assert words in answer.text and answer.request["PATH_INFO"] == PAGE
    with scope.tenant(tenant.pk):
        assert requests.timer_of(tenant).target_seconds == 15 * 60
    assert office.get("/portal/settings/target").status_code == 404, "it is on the page of notices"
    assert "between one minute and a week" in office.post(f"{PAGE}/target", {"target_minutes": 0}, follow=True).text


def test_quiet_hours_need_both_ends(tenant: Tenant, office: Client) -> None:
    sent = {"channel": "email", "address": "night@example.com", "level": 0, "quiet_from": "20:00"}
    answer = office.post(PAGE, sent)
    assert answer.status_code == 422 and "Quiet hours need a start and another end" in answer.text


@pytest.mark.parametrize(("channel", "address"), [("email", "someone@else.example"), ("text", "(602) 555-0123")])
def test_no_address_is_flooded_with_test_messages(tenant: Tenant, office: Client, channel: str, address: str) -> None:
    """A worker sends what is due every 15 seconds, to any address that an owner enters."""
    add(office, channel, address)
    row = newest(tenant)
    assert [office.post(f"{PAGE}/{row.public_id}/test").status_code for _ in range(3)] == [302, 302, 429]


def test_adding_an_address_again_sends_no_more_test_messages(tenant: Tenant, office: Client) -> None:
    for typed in ("(602) 555-0123", "602.555.0123", "6025550123"):
        add(office, "text", typed)
        assert office.post(f"{PAGE}/{newest(tenant).public_id}/remove").status_code == 302
    answer = office.post(PAGE, {"channel": "text", "address": "602 555 0123", "level": 0})
    assert answer.status_code == 429 and int(answer["Retry-After"]) >= 60
    assert newest(tenant).removed_at is not None, "the refused action is undone"


def test_other_spellings_of_an_address_send_no_more_test_messages(tenant: Tenant, office: Client) -> None:
    for name in ("someone", "some.one+1", "SomeOne+2"):
        assert "A test message is on its way" in add(office, "email", f"{name}@gmail.com")
    answer = office.post(PAGE, {"channel": "email", "address": "s.omeone@gmail.com", "level": 0})
    assert answer.status_code == 429


def test_a_developer_tests_a_webhook_more_often_than_a_person_is_written_to(tenant: Tenant, office: Client) -> None:
    add(office, "webhook", "https://hooks.example.com/ptj")
    test = f"{PAGE}/{newest(tenant).public_id}/test"
    statuses = [office.post(test).status_code for _ in range(20)]
    assert statuses == [302] * 19 + [429]


def test_too_many_test_messages_lead_back_to_the_page_with_the_button(tenant: Tenant, office: Client) -> None:
    """The button posts to an address that has no page."""
    add(office, "email", "someone@else.example")
    test = f"{PAGE}/{newest(tenant).public_id}/test"
    for _ in range(3):
        answer = office.post(test, headers={"Referer": f"http://testserver{PAGE}"})
    assert answer.status_code == 429 and f'href="{PAGE}">Back' in answer.text
    for page in ("https://[", "https://elsewhere.example/x", "http://testserver//elsewhere.example/"):
        answer = office.post(test, headers={"Referer": page})
        assert answer.status_code == 429 and "elsewhere" not in answer.text


def newest(tenant: Tenant) -> NoticeRecipient:
    with scope.tenant(tenant.pk):
        return NoticeRecipient.objects.filter(tenant=tenant).latest("pk")
