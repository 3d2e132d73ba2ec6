"""Recipients: several per business, by email, text message and webhook; changes are audited and can be undone."""

from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.models import SyncItem
from syncqueue.notices import attention, recipients, secrets_of_webhooks
from syncqueue.notices.models import WebhookSecret
from syncqueue.notices.recipients import RecipientRefused
from tests.support.factories import make_lead, make_tenant
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
WHY = "The office asked for it."


def test_a_business_has_recipients_of_every_channel(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        before = len(recipients.list_recipients(tenant))
        for channel, address in (
            ("email", "office@blue-mesa.com"),
            ("text", "(602) 555-0123"),
            ("webhook", "https://crm.blue-mesa.com/hooks"),
        ):
            recipients.add(tenant=tenant, channel=channel, address=address, by=owner, reason=WHY)
        rows = recipients.list_recipients(tenant)[before:]
    assert [row.address for row in rows] == [
        "office@blue-mesa.com",
        "+16025550123",
        "https://crm.blue-mesa.com/hooks",
    ]
    assert all(row.test_due_at and not row.confirmed_at for row in rows)


def test_a_test_message_is_another_chance_for_an_address_that_bounced(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        row = recipients.add(tenant=tenant, channel="email", address="a@blue-mesa.com", by=owner, reason=WHY).recipient
    with scope.worker():
        marked: dict[str, Any] = {
            "bounced_at": timezone.now(),
            "bounce_reason": "It is full.",
            "complained_at": timezone.now(),
        }
        NoticeRecipient.objects.filter(pk=row.pk).update(**marked, test_due_at=None)
    with scope.tenant(tenant.pk):
        recipients.request_test(recipient=row, by=owner)
        row.refresh_from_db()
    assert row.test_due_at and (row.bounced_at, row.bounce_reason, row.complained_at) == (None, "", None)


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("email", "office"),
        ("email", ""),
        ("email", "root@localhost"),
        ("email", "office@[127.0.0.1]"),
        ("text", "12"),
        ("webhook", "http://crm.example.com/"),
        ("webhook", "https://127.0.0.1/hooks"),
        ("webhook", "https://user:password@crm.blue-mesa.com/"),
        ("pigeon", "home"),
    ],
)
def test_an_address_that_cannot_be_reached_is_refused(tenant: Tenant, owner: User, channel: str, address: str) -> None:
    with scope.tenant(tenant.pk), pytest.raises(RecipientRefused):
        recipients.add(tenant=tenant, channel=channel, address=address, by=owner, reason=WHY)


def test_changes_are_audited_and_undone_once(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        added = recipients.add(tenant=tenant, channel="text", address="(602) 555-0123", by=owner, reason=WHY)
        row = added.recipient
        quiet = {"quiet_from": time(21), "quiet_until": time(7)}
        change = recipients.change(recipient=row, by=owner, reason=WHY, label="Night", level=1, **quiet)
        assert change
        assert recipients.change(recipient=row, by=owner, reason=WHY, level=1) is None
        removal = recipients.remove(recipient=row, by=owner, reason=WHY)
        with pytest.raises(RecipientRefused):
            recipients.undo(change=change, by=owner)  # it was removed since
        assert recipients.undo(change=removal, by=owner).quiet_from == time(21)
        with pytest.raises(RecipientRefused):
            recipients.undo(change=removal, by=owner)
        assert recipients.undo(change=change, by=owner).level == 0
        recipients.undo(change=added.change, by=owner)
        assert row.pk not in [listed.pk for listed in recipients.list_recipients(tenant)]
        again = recipients.add(tenant=tenant, channel="text", address="602-555-0123", by=owner, reason=WHY)
        assert again.recipient.pk == row.pk
    with scope.worker():
        actions = AuditEntry.objects.filter(tenant=tenant, action__contains="recipient").values_list("action")
        assert len(actions) >= 6


@pytest.mark.django_db(transaction=True)
def test_recipients_that_are_added_at_once_are_limited_like_others(owner: User) -> None:
    tenant = make_tenant()
    with scope.tenant(tenant.pk):
        for number in range(recipients.MOST_RECIPIENTS - 1):
            recipients.add(tenant=tenant, channel="email", address=f"a{number}@blue-mesa.com", by=owner, reason=WHY)

    def add(name: str) -> bool:
        try:
            with scope.tenant(tenant.pk):
                recipients.add(tenant=tenant, channel="email", address=f"{name}@blue-mesa.com", by=owner, reason=WHY)
        except RecipientRefused:
            return False
        return True

    assert sorted(at_once(add, "wxyz")) == [False] * 3 + [True]


def test_undoing_a_removal_does_not_exceed_the_limit(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        present = len(recipients.list_recipients(tenant))
        for number in range(recipients.MOST_RECIPIENTS - present):
            row = recipients.add(
                tenant=tenant, channel="email", address=f"a{number}@blue-mesa.com", by=owner, reason=WHY
            ).recipient
        removal = recipients.remove(recipient=row, by=owner, reason=WHY)
        other = recipients.add(tenant=tenant, channel="email", address="b@blue-mesa.com", by=owner, reason=WHY)
        with pytest.raises(RecipientRefused, match="at most 20"):
            recipients.undo(change=removal, by=owner)
        recipients.undo(change=other.change, by=owner)
        assert recipients.undo(change=removal, by=owner).active


def test_a_webhook_secret_is_sealed_and_shown_once(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        added = recipients.add(
            tenant=tenant, channel="webhook", address="https://crm.blue-mesa.com/hooks", by=owner, reason=WHY
        )
        stored = WebhookSecret.objects.get()
        assert added.secret.encode() not in bytes(stored.box)
    assert added.secret not in repr(added)
    assert secrets_of_webhooks.load(added.recipient) == added.secret


def test_settings_of_a_business_have_defaults_and_bounds(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        assert recipients.notice_settings(tenant.pk).target_minutes == 15
        changes = recipients.change_settings(tenant=tenant, by=owner, reason=WHY, target_minutes=5)
        assert changes == {"target_minutes": (15, 5)}
        with pytest.raises(RecipientRefused):
            recipients.change_settings(tenant=tenant, by=owner, reason=WHY, target_minutes=0)


def test_another_tenant_sees_no_recipient(tenant: Tenant, owner: User) -> None:
    with scope.tenant(tenant.pk):
        recipients.add(tenant=tenant, channel="email", address="office@blue-mesa.com", by=owner, reason=WHY)
    with scope.tenant(make_tenant().pk):
        assert not NoticeRecipient.objects.filter(tenant=tenant).exists()


def test_a_request_is_opened_and_answered_once(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
        assert attention.mark_opened(lead, by="Front desk")
        assert not attention.mark_opened(lead, by="Another")
        assert attention.attention_of(lead).opened_by == "Front desk"
        assert attention.mark_answered(lead)
        attention.undo_answered(lead)
        assert attention.attention_of(lead).answered_at is None


def test_the_list_of_notices_links_the_item_that_carries_a_notice(
    tenant: Tenant, add: Callable[..., NoticeRecipient], capture: Callable[..., Lead], ops: Client
) -> None:
    add("email", "office@blue-mesa.com")
    lead = capture()
    with scope.worker():
        item = SyncItem.objects.get(lead=lead, kind="business_notification")
    assert f'<a href="/ops/items/{item.public_id}">queued</a>' in ops.get("/ops/notices/").text
