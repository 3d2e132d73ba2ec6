"""Recipients of a business's notices: list, add, change, remove and undo. Call inside a scope of the tenant.

An address itself never changes. Each change is audited and can be undone while nothing else changed the recipient.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform import phones
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.addresses import AddressRefused, read
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.networks import block_reason
from pagetojob.platform.outbound.signed_hooks import fresh_secret
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient, Tenant, User

from ..email_addresses import mailbox, usable_email
from . import secrets_of_webhooks
from .enqueue import reachable
from .escalation import check_soon
from .models import LONGEST_TARGET_MINUTES, NoticeSettings, RecipientChange

MOST_RECIPIENTS = 20
MOST_LEVEL = 5
#: The settings of a recipient that a person changes.
SETTINGS = ("label", "active", "level", "quiet_from", "quiet_until", "wants_digest", "takes_replies")
#: The settings before a recipient was added.
_NOT_LISTED = {"removed": True}
#: Changes that were stored before this setting existed lack it.
_NOT_YET_STORED = {"takes_replies": False}


class RecipientRefused(Exception):
    """The change is not possible. The message is for people."""


@dataclass(frozen=True)
class Added:
    """A new recipient, and for a webhook its signing secret, which is shown only once."""

    recipient: NoticeRecipient
    change: RecipientChange
    secret: str = field(default="", repr=False)


def list_recipients(tenant: Tenant) -> list[NoticeRecipient]:
    """Return the recipients that are not removed, in the order of their levels. Runs one query."""
    rows = NoticeRecipient.objects.filter(tenant=tenant, removed_at__isnull=True)
    return list(rows.order_by("level", "pk"))


def is_without_person(rows: Iterable[NoticeRecipient]) -> bool:
    """Return whether new requests go to webhooks only. Pure."""
    channels = {row.channel for row in rows if row.active and (row.channel == NoticeChannel.EMAIL or row.confirmed_at)}
    return channels == {NoticeChannel.WEBHOOK}


def reply_address(tenant_id: int) -> str:
    """Return the address that customers may reply to; empty without one. Runs one query.

    Only an address that the business published for this, that was confirmed, and that accepts messages.
    """
    rows = reachable(tenant_id).filter(channel=NoticeChannel.EMAIL, takes_replies=True, confirmed_at__isnull=False)
    return rows.order_by("level", "pk").values_list("email", flat=True).first() or ""


def is_notified(tenant: Tenant, email: str) -> bool:
    """Return whether notices go to the mailbox of an email address. Runs one query."""
    return any(mailbox(row.email) == mailbox(email) for row in list_recipients(tenant) if row.email and row.active)


def added_at(recipient: NoticeRecipient) -> datetime | None:
    """Return when a recipient was added, the last time if it was removed in between. Runs one query."""
    added = RecipientChange.objects.filter(recipient=recipient, before=_NOT_LISTED)
    return added.values_list("at", flat=True).first()


@transaction.atomic
def add(*, tenant: Tenant, channel: str, address: str, by: User, reason: str, **settings: Any) -> Added:
    """Add a recipient, which is sent a test message. `settings` are named in SETTINGS. Raises RecipientRefused.

    A removed recipient with the same address comes back; its address has to be confirmed again.
    """
    place = _place(channel, address)
    _check(channel, settings)
    _lock_list(tenant.pk)
    _need_room(tenant.pk)
    known = {f"{name}__iexact": value for name, value in place.items() if value}
    row = NoticeRecipient.objects.filter(tenant=tenant, channel=channel, **known).first()
    listed = RecipientRefused("This address is already on the list.")
    if row and row.removed_at is None:
        raise listed
    facts = {**settings, "active": True, "removed_at": None, "confirmed_at": None, "test_due_at": timezone.now()}
    if row:
        NoticeRecipient.objects.filter(pk=row.pk).update(**facts, bounced_at=None, bounce_reason="", complained_at=None)
        row.refresh_from_db()
    else:
        with raise_on_conflict(listed):
            row = NoticeRecipient.objects.create(tenant=tenant, channel=channel, **place, **facts)
    secret = new_secret(recipient=row) if channel == NoticeChannel.WEBHOOK else ""
    record_change("notices.add_recipient", row, actor=by, reason=reason)
    return Added(row, _remember(row, _NOT_LISTED, by), secret)


@transaction.atomic
def change(*, recipient: NoticeRecipient, by: User, reason: str, **settings: Any) -> RecipientChange | None:
    """Change settings of a recipient; None if they are as given. Raises RecipientRefused."""
    _check(recipient.channel, settings)
    row = _locked(recipient)
    before = _values(row)
    changes = {name: (getattr(row, name), value) for name, value in settings.items() if getattr(row, name) != value}
    if not changes:
        return None
    NoticeRecipient.objects.filter(pk=row.pk).update(**{name: value for name, (_, value) in changes.items()})
    row.refresh_from_db()
    record_change("notices.change_recipient", row, actor=by, reason=reason, **changes)
    return _remember(row, before, by)


@transaction.atomic
def remove(*, recipient: NoticeRecipient, by: User, reason: str) -> RecipientChange:
    """Remove a recipient. Its pending notices are not sent. Raises RecipientRefused."""
    row = _locked(recipient)
    before = _values(row)
    NoticeRecipient.objects.filter(pk=row.pk).update(removed_at=Now(), active=False)
    row.refresh_from_db()
    record_change("notices.remove_recipient", row, actor=by, reason=reason)
    return _remember(row, before, by)


@transaction.atomic
def undo(*, change: RecipientChange, by: User) -> NoticeRecipient:
    """Undo a change.

    Raises RecipientRefused if the recipient was changed since, the change is undone already, or a removed recipient
    has no room any more.
    """
    _lock_list(change.tenant_id)
    row = NoticeRecipient.objects.select_for_update().get(tenant=change.tenant_id, pk=change.recipient_id)
    open_changes = RecipientChange.objects.filter(pk=change.pk, undone_at__isnull=True)
    known = _NOT_YET_STORED | change.after
    if _values(row) != known or not open_changes.update(undone_at=Now()):
        raise RecipientRefused("This recipient was changed in the meantime.")
    values = dict(change.before)
    removed = values.pop("removed", False)
    if row.removed_at and not removed:
        _need_room(change.tenant_id)
    facts = {**_read(values), "removed_at": timezone.now() if removed else None}
    if removed:
        facts["active"] = False
    NoticeRecipient.objects.filter(pk=row.pk).update(**facts)
    row.refresh_from_db()
    record_change("notices.undo_recipient", row, actor=by, reason="A change of this recipient was undone.")
    return row


def last_changes(tenant: Tenant, *, most: int) -> list[RecipientChange]:
    """Return the newest changes that can be undone, with their recipients. Runs one query.

    The erasure of a person empties their changes.
    """
    rows = RecipientChange.objects.filter(tenant=tenant, undone_at__isnull=True).exclude(after={})
    return list(rows.select_related("recipient", "by")[:most])


@transaction.atomic
def request_test(*, recipient: NoticeRecipient, by: User) -> None:
    """Enqueue another test message, which clears the mark of an address that bounced. Raises RecipientRefused."""
    row = _locked(recipient)
    NoticeRecipient.objects.filter(pk=row.pk).update(
        test_due_at=Now(), bounced_at=None, bounce_reason="", complained_at=None
    )
    record_change("notices.test_recipient", row, actor=by, reason="A test message was requested.")


def new_secret(*, recipient: NoticeRecipient) -> str:
    """Make a signing secret for a webhook, seal it, and return it. The one before it ends at once."""
    secret = fresh_secret()
    secrets_of_webhooks.store(recipient, secret)
    return secret


def notice_settings(tenant_id: int) -> NoticeSettings:
    """Return the settings of a business, or the defaults, which are not stored. Runs one query."""
    return NoticeSettings.objects.filter(tenant=tenant_id).first() or NoticeSettings(tenant_id=tenant_id)


@transaction.atomic
def change_settings(*, tenant: Tenant, by: User, reason: str, **values: Any) -> dict[str, tuple[Any, Any]]:
    """Set `target_minutes`, `escalates` or `digest_is_on`; return the changes. Undo by setting the earlier values.

    Raises RecipientRefused.
    """
    minutes = values.get("target_minutes", 1)
    if not 1 <= minutes <= LONGEST_TARGET_MINUTES:
        raise RecipientRefused("The target is between one minute and a week.")
    NoticeSettings.objects.get_or_create(tenant=tenant)
    row = NoticeSettings.objects.select_for_update().get(tenant=tenant)
    changes = {name: (getattr(row, name), value) for name, value in values.items() if getattr(row, name) != value}
    if changes:
        NoticeSettings.objects.filter(pk=row.pk).update(**{name: value for name, (_, value) in changes.items()})
        record_change("notices.change_settings", row, actor=by, reason=reason, **changes)
    if changes.keys() & {"target_minutes", "escalates"}:
        check_soon(tenant.pk)
    return changes


def _place(channel: str, address: str) -> dict[str, str]:
    """Return the fields of an address. Raises RecipientRefused for one that cannot be reached."""
    typed = address.strip()
    if channel == NoticeChannel.EMAIL:
        if usable_email(typed) != typed:
            raise RecipientRefused("Enter an email address, such as office@example.com.")
        return {"email": typed}
    if channel == NoticeChannel.TEXT:
        number = phones.e164(typed)
        if not number:
            raise RecipientRefused("Enter a phone number that can receive text messages, such as (602) 555-0123.")
        return {"phone": number}
    if channel != NoticeChannel.WEBHOOK:
        raise RecipientRefused("Choose email, text message or webhook.")
    if problem := _webhook_problem(typed):
        raise RecipientRefused(f"Notices cannot be sent to this address. {problem}")
    if len(typed) > 300:
        raise RecipientRefused("The address is longer than 300 characters.")
    return {"url": typed}


def _webhook_problem(url: str) -> str:
    """Return why we may not call an address; empty if we may. Its name is resolved and checked at each delivery."""
    listed = listed_origins()
    try:
        address = read(url, listed=listed)
    except AddressRefused as error:
        return error.sentence
    if address.origin in listed:
        return ""
    if address.origin.scheme != "https":
        return "It must begin with https://."
    return "It is not on the public internet." if address.ip and block_reason(address.ip) else ""


def _check(channel: str, settings: dict[str, Any]) -> None:
    unknown = set(settings) - set(SETTINGS)
    if unknown:
        raise TypeError(f"unknown settings: {sorted(unknown)}")
    if not 0 <= settings.get("level", 0) <= MOST_LEVEL:
        raise RecipientRefused(f"The level is between 0 and {MOST_LEVEL}.")
    if settings.get("takes_replies") and channel != NoticeChannel.EMAIL:
        raise RecipientRefused("Customers can reply to an email address only.")
    hours = [settings.get("quiet_from"), settings.get("quiet_until")]
    if (hours[0] is None) != (hours[1] is None) or (hours[0] is not None and hours[0] == hours[1]):
        raise RecipientRefused("Quiet hours need a start and another end, or neither.")


def _lock_list(tenant_id: int) -> None:
    """Let no one else add a recipient until the end of the transaction, so that each counts the one before."""
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)


def _need_room(tenant_id: int) -> None:
    """Raise RecipientRefused if a business has as many recipients as it may have. Call after `_lock_list`."""
    if NoticeRecipient.objects.filter(tenant=tenant_id, removed_at__isnull=True).count() >= MOST_RECIPIENTS:
        raise RecipientRefused(f"A business has at most {MOST_RECIPIENTS} recipients.")


def _locked(recipient: NoticeRecipient) -> NoticeRecipient:
    rows = NoticeRecipient.objects.select_for_update().filter(tenant=recipient.tenant_id, removed_at__isnull=True)
    row = rows.filter(pk=recipient.pk).first()
    if row is None:
        raise RecipientRefused("This recipient was removed in the meantime.")
    return row


def _values(row: NoticeRecipient) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in SETTINGS}
    plain = {name: value.isoformat() if isinstance(value, time) else value for name, value in values.items()}
    return plain | {"removed": row.removed_at is not None}


def _read(values: dict[str, Any]) -> dict[str, Any]:
    hours = {name: time.fromisoformat(values[name]) for name in ("quiet_from", "quiet_until") if values.get(name)}
    return values | hours


def _remember(row: NoticeRecipient, before: dict[str, Any], by: User) -> RecipientChange:
    return RecipientChange.objects.create(
        tenant_id=row.tenant_id, recipient=row, before=before, after=_values(row), by=by
    )
