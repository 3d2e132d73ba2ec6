"""Alarms reach people: incidents, grouped messages, acknowledgment and escalation.

A new alarm waits briefly for others that have the same cause, and they share one message. If the first person does not
acknowledge it in time, both are notified, then everyone who can act. An alarm that another request or
refused sender joins is a new alarm, even if it was acknowledged.
"""

import logging
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.outbound.errors import GatewayError, RefusedError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.outbound.texts import provider, texts_are_on
from pagetojob.platform.postgresql.locks import try_lock
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeChannel, User
from syncqueue import selectors
from syncqueue.notices import escalation
from syncqueue.notices.channels import text_report_url
from syncqueue.notices.outbox import claim, settle, skip
from syncqueue.notices.outgoing import MessageState
from syncqueue.notices.quiet import quiet_until
from syncqueue.refused_senders import newest_refusal

from .alarm_places import AlarmNotice, notice_of
from .alarms import BY_KEY
from .models import AlarmIncident, AlarmMessage
from .monitoring import read_health
from .on_call import Contact, contacts_of, people_by_id, people_for

#: Alarms for which people are notified at night: a request waits that no one may know of, the next one would, visitors
#: cannot send one or soon cannot, nothing is sent, or changes are not backed up.
URGENT = frozenset(
    {
        *("untold", "unopened", "notices", "unreachable", "forms", "certificate-urgent"),
        *("dispatcher", "worker", "due", "disk", "wal-unarchived"),
    }
)
#: Time to wait for alarms with the same cause, to acknowledge before the next person is notified, and then to repeat.
GATHER = timedelta(seconds=20)
ACKNOWLEDGE = {True: timedelta(minutes=5), False: timedelta(minutes=15)}
REPEAT = timedelta(minutes=30)
LAST_LEVEL = 2
#: An alarm that is active again so soon continues its incident, so that a flapping one sends no flood.
CONTINUES = timedelta(minutes=15)
_LOCK = 0x616C726D
_MOST = 50
log = logging.getLogger(__name__)


def watch_alarms() -> int:
    """Open and end incidents, enqueue messages, and send those that are due; return how many were sent.

    A periodic task, and `manage.py watch_alarms` for a timer that does not depend on our workers. Safe to run twice.
    """
    with scope.worker():
        if try_lock(_LOCK):
            now = timezone.now()
            track(read_health().holding, now)
            notify(now)
    return send_messages()


def track(holding: Collection[str], now: datetime) -> None:
    """Open an incident for each new alarm, end those that are no longer active, and notice further requests."""
    active = {row.key: row for row in AlarmIncident.objects.filter(ended_at__isnull=True)}
    AlarmIncident.objects.filter(pk__in=[row.pk for key, row in active.items() if key not in holding]).update(
        ended_at=now, notify_at=None
    )
    for key in sorted(holding):
        newest = _newest(key)
        row = active.get(key) or _continued(key, now)
        if row is None:
            AlarmIncident.objects.create(key=key, began_at=now, newest=newest, notify_at=now + GATHER)
            log.error("alarm began", extra={"alarm": key})
        elif newest > row.newest:
            AlarmIncident.objects.filter(pk=row.pk).update(
                newest=newest, level=0, acknowledged_at=None, acknowledged_by=None, notify_at=now + GATHER
            )


def notify(now: datetime) -> int:
    """Enqueue one message per person and channel about all incidents that are due; return how many messages."""
    due = AlarmIncident.objects.filter(ended_at__isnull=True, acknowledged_at__isnull=True, notify_at__lte=now)
    rows = list(due.order_by("began_at", "pk"))
    if not rows:
        return 0
    people: dict[int, User] = {}
    about: dict[int, list[AlarmIncident]] = {}
    for row in rows:
        for person in people_for(row.level, now):
            people[person.pk] = person
            about.setdefault(person.pk, []).append(row)
        wait = REPEAT if row.level >= LAST_LEVEL else ACKNOWLEDGE[row.key in URGENT]
        AlarmIncident.objects.filter(pk=row.pk).update(level=row.level + 1, notify_at=now + wait)
    contacts = contacts_of(list(people.values()))
    messages = [
        AlarmMessage(
            user=people[pk],
            channel=channel,
            incidents=[row.pk for row in about[pk]],
            state=MessageState.QUEUED,
            due_at=_due(contacts[pk], about[pk], now),
        )
        for pk in people
        for channel in _channels(contacts[pk])
    ]
    for message in messages:
        message.save(force_insert=True)
    if not messages:
        log.error("alarm without a recipient", extra={"alarms": [row.key for row in rows]})
    return len(messages)


def send_messages() -> int:
    """Send the messages that are due, one at a time, since there are few; return how many were accepted."""
    sent = 0
    for _ in range(_MOST):
        with scope.worker():
            rows = claim(AlarmMessage.objects.all(), most=1)
            if not rows:
                break
            [message] = rows
            incidents = _still_waiting(message)
            person = people_by_id([message.user_id])[message.user_id]
            contact, email = contacts_of([person])[person.pk], person.email
            if not incidents or not person.is_active:
                skip(message, "The alarm ended or was acknowledged.")
                continue
            alarms = [notice_of(BY_KEY[row.key]) for row in incidents if row.key in BY_KEY]
        result = _send(message, contact, email, alarms)
        with scope.worker():
            settle(message, result)
        sent += isinstance(result, str)
    return sent


def mark_of(incident: AlarmIncident) -> str:
    """Return the mark of an incident as a page shows it. A request that joins it changes the mark."""
    return f"{incident.public_id}:{incident.newest}"


@transaction.atomic
def acknowledge(*, incidents: Collection[AlarmIncident], by: User) -> int:
    """Acknowledge active incidents, so that no one else is notified of them; return how many. Operator scope.

    An incident that another request has joined since it was read stays as it is.
    """
    as_read = [Q(pk=row.pk, newest=row.newest) for row in incidents]
    rows = AlarmIncident.objects.filter(
        reduce(or_, as_read, Q(pk=None)), ended_at__isnull=True, acknowledged_at__isnull=True
    )
    keys = [row.key for row in rows]
    changed = rows.update(acknowledged_at=Now(), acknowledged_by=by, notify_at=None)
    if changed:
        record(
            action="ops.acknowledge_alarm",
            subject=f"alarms:{','.join(sorted(keys))}"[:80],
            reason="Alarms were acknowledged.",
            actor=by,
        )
    return changed


@transaction.atomic
def undo_acknowledge(*, incident: AlarmIncident, by: User) -> bool:
    """Undo an acknowledgment: people are notified again."""
    rows = AlarmIncident.objects.filter(pk=incident.pk, ended_at__isnull=True, acknowledged_at__isnull=False)
    changed = rows.update(acknowledged_at=None, acknowledged_by=None, notify_at=Now())
    if changed:
        record(
            action="ops.undo_acknowledge",
            subject=f"alarms:{incident.key}",
            reason="An acknowledgment was undone.",
            actor=by,
        )
    return bool(changed)


def incidents_now() -> list[AlarmIncident]:
    """Return the active incidents, those that no one acknowledged first. Two queries."""
    rows = list(AlarmIncident.objects.filter(ended_at__isnull=True))
    people = people_by_id(row.acknowledged_by_id for row in rows)
    for row in rows:
        row.acknowledged_by = people.get(row.acknowledged_by_id or 0)
    return sorted(rows, key=lambda row: (row.acknowledged_at is not None, row.began_at))


def newest_messages() -> list[AlarmMessage]:
    """Return the newest messages to people. Two queries."""
    rows = list(AlarmMessage.objects.order_by("-created_at", "-pk")[:20])
    people = people_by_id(row.user_id for row in rows)
    for row in rows:
        row.user = people[row.user_id]
    return rows


def _continued(key: str, now: datetime) -> AlarmIncident | None:
    """Return the incident that ended just now and continues; None if there is none."""
    row = AlarmIncident.objects.filter(key=key, ended_at__gt=now - CONTINUES).order_by("-pk").first()
    if row is not None:
        waits = row.acknowledged_at is None
        AlarmIncident.objects.filter(pk=row.pk).update(ended_at=None, notify_at=now + GATHER if waits else None)
    return row


def _newest(key: str) -> int:
    """Return a number that grows when an alarm is about another request or sender; 0 for other alarms."""
    if key == "untold":
        return selectors.newest_late_notice()
    if key == "unopened":
        return escalation.newest_late_request()
    if key == "refused-reports":
        return newest_refusal()
    return 0


def _channels(contact: Contact) -> list[NoticeChannel]:
    return [NoticeChannel.EMAIL, *([NoticeChannel.TEXT] if contact.phone and texts_are_on() else [])]


def _due(contact: Contact, incidents: Collection[AlarmIncident], now: datetime) -> datetime:
    """Return when to send: at the end of the person's quiet hours, unless an alarm is urgent."""
    if any(row.key in URGENT for row in incidents):
        return now
    return quiet_until(contact.quiet_from, contact.quiet_until, zone=contact.time_zone, now=now) or now


def _still_waiting(message: AlarmMessage) -> list[AlarmIncident]:
    rows = AlarmIncident.objects.filter(pk__in=message.incidents, ended_at__isnull=True, acknowledged_at__isnull=True)
    return list(rows.order_by("began_at", "pk"))


def _paragraph(notice: AlarmNotice, page: str) -> str:
    """Return the alarm with its runbook, because its page may not be reachable."""
    alarm, place = notice.alarm, notice.place
    lines = [alarm.sentence]
    if place:
        lines += [f"Contractor: {place.contractor}", *([f"Phone: {place.phone}"] if place.phone else [])]
        lines += [f"Open: {place.url}"]
    lines += [*notice.details, f"Impact: {alarm.lost}", "Check:", *(f"- {check}" for check in alarm.checks)]
    lines += ["Do:", *(f"{number}. {step}" for number, step in enumerate(alarm.steps, 1))]
    return "\n".join([*lines, f"Runbook: {page}#{alarm.key}\n"])


def _send(message: AlarmMessage, contact: Contact, email: str, alarms: Collection[AlarmNotice]) -> str | GatewayError:
    page = settings.PUBLIC_URL + reverse("core:ops-alarms")
    count = f"{len(alarms)} alarms" if len(alarms) > 1 else "alarm"
    try:
        if message.channel == NoticeChannel.TEXT:
            words = " ".join(notice.alarm.sentence for notice in alarms)[: 280 - len(page)]
            body = f"PageToJob {count}: {words} Acknowledge: {page}"
            return provider().send(to=contact.phone, body=body, status_url=text_report_url(message.public_id)).sid
        lines = [_paragraph(notice, page) for notice in alarms]
        first = next(iter(alarms)).alarm.sentence if len(alarms) == 1 else f"{len(alarms)} are active"
        receipt = send_mail(
            message_id=message_id_for(message.public_id),
            to=email,
            subject=f"PageToJob {count}: {first}",
            body="\n".join([*lines, f"Acknowledge at {page}\nOtherwise the next person is notified.\n"]),
        )
    except GatewayError as error:
        return error
    except StopIteration:
        return RefusedError("own-fault", "The alarm no longer exists.")
    return receipt.message_id
