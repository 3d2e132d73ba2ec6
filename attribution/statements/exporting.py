"""Exports a closed month as conversions for Google Ads: sealed rows with the click IDs and contacts of their leads."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from django.db import transaction

from attribution.conversions import (
    Adjustment,
    Conversion,
    Preflight,
    adjustments_csv,
    conversions_csv,
    preflight,
    why_not_adjusted,
    why_not_in,
)
from attribution.models import Statement
from attribution.money import COUNTED, NOTHING, Line
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.time_zones import usable_zone
from syncqueue.leads.models import Lead

from . import canonical_form
from .canonical_form import sealed_states

_INVOICE = re.compile(r'"invoice":(\d+)')


@dataclass(frozen=True, slots=True)
class Ready:
    """The uploads of a month: conversions by click ID, conversions by contact, and adjustments from restatements."""

    clicks: Preflight
    contacts: Preflight
    adjustments: tuple[Adjustment, ...]


def ready(statement: Statement, *, now: datetime) -> Ready:
    """Run the preflight of both files and compute the adjustments. Four queries; the caller sets the scope."""
    zone = canonical_form.zone_of(statement.body)
    uploads = _uploads(statement)
    conversions = _conversions(statement, uploads, zone)
    return Ready(
        preflight(conversions, by_contact=False, zone=zone, now=now),
        preflight(conversions, by_contact=True, zone=zone, now=now),
        tuple(_adjustments(uploads, zone, now)),
    )


def export(*, statement: Statement, kind: str, action: str, actor: User, reason: str, now: datetime) -> str:
    """Return the text of one file and record who exported it. Contacts leave the system only as hashes."""
    zone = canonical_form.zone_of(statement.body)
    with transaction.atomic(), scope.tenant(statement.tenant_id):
        files = ready(statement, now=now)
        if kind == "adjustments":
            number, text = (
                sum(not row.why_not for row in files.adjustments),
                adjustments_csv(files.adjustments, action=action, zone=zone),
            )
        else:
            by_contact = kind == "contacts"
            fit = (files.contacts if by_contact else files.clicks).fit
            number, text = len(fit), conversions_csv(fit, by_contact=by_contact, action=action, zone=zone)
        changes = {"kind": (None, kind), "rows": (None, number)}
        record_change("attribution.export_conversions", statement, actor=actor, reason=reason, **changes)
    return text


@dataclass(slots=True)
class _Upload:
    """A counted invoice as uploaded once with a month: its first value, its value since, and when that changed.

    `after` is the upload with another month that still counted when this one was made.
    """

    month: str
    order_id: str
    line: Line
    first: Decimal
    value: Decimal
    changed_at: datetime
    after: "_Upload | None" = None

    @property
    def also_in(self) -> str:
        """Return the month in which the invoice still counts; empty if it does in none."""
        if self.after is None or self.after.value <= 0:
            return ""
        return f"{date.fromisoformat(f'{self.after.month}-01'):%B %Y}"


def _uploads(statement: Statement) -> list[_Upload]:
    """Return what was uploaded of each invoice, first as the month was closed, then after each restatement.

    An invoice that counts again after a retraction, for another lead, or in another month, is uploaded again under
    another order ID: Google accepts an order ID once, ignores changes after a retraction, and a conversion keeps its
    click.
    """
    uploads: dict[int, list[_Upload]] = defaultdict(list)
    for at, month, lines in _states(statement):
        values = _values(lines)
        for invoice, of_invoice in uploads.items():
            if invoice not in values and (last := _last_of(of_invoice, month)):
                _retract(last, at)
        for invoice, (line, value) in values.items():
            _upload(uploads[invoice], month, line, value, at)
    own = f"{statement.month:%Y-%m}"
    return [upload for _, of_invoice in sorted(uploads.items()) for upload in of_invoice if upload.month == own]


def _last_of(uploads: Sequence[_Upload], month: str) -> _Upload | None:
    return next((upload for upload in reversed(uploads) if upload.month == month), None)


def _upload(uploads: list[_Upload], month: str, line: Line, value: Decimal, at: datetime) -> None:
    """Add the value of an invoice in one state of a month to its uploads."""
    last = _last_of(uploads, month)
    if last and (value <= 0 or line.lead != last.line.lead):
        _retract(last, at)
    if last and last.value > 0:
        if last.value != value:
            last.value, last.changed_at = value, at
    elif value > 0 or (value < 0 and not last):
        # A credit was never uploaded.
        uploads[:] = [upload for upload in uploads if upload.first > 0 or upload.month != month]
        earlier = sum(upload.first > 0 for upload in uploads)
        number = f"-{earlier + 1}" if earlier else ""
        after = next((upload for upload in uploads if upload.month != month and upload.value > 0), None)
        uploads.append(_Upload(month, f"{line.invoice}{number}", line, value, value, at, after))


def _retract(upload: _Upload, at: datetime) -> None:
    if upload.value > 0:
        upload.value, upload.changed_at = NOTHING, at


def _conversions(statement: Statement, uploads: Sequence[_Upload], zone: str) -> list[Conversion]:
    """Return the counted invoices with their first counted value. Later changes are adjustments."""
    wanted = {upload.line.lead for upload in uploads}
    leads = {
        str(lead.public_id): lead for lead in Lead.objects.filter(tenant=statement.tenant_id, public_id__in=wanted)
    }
    return [
        Conversion(
            order_id=upload.order_id,
            at=_end_of(upload.line.on, zone),
            value=upload.first,
            clicked_at=lead.received_at,
            click_id=str(lead.source.get("gclid", "")),
            email=lead.email,
            phone=lead.phone_e164,
            also_in=upload.also_in,
        )
        for upload in uploads
        if (lead := leads.get(upload.line.lead)) is not None
    ]


def _adjustments(uploads: Sequence[_Upload], zone: str, now: datetime) -> list[Adjustment]:
    """Return the uploads whose value changed, with the time of the last restatement that changed it."""
    unsupported = why_not_in(zone)
    return [
        Adjustment(
            upload.order_id,
            upload.changed_at,
            upload.value,
            unsupported or why_not_adjusted(converted_at=_end_of(upload.line.on, zone), now=now),
        )
        for upload in uploads
        if upload.value != upload.first
    ]


def _end_of(day: date, zone: str) -> datetime:
    """Return the last second of a day: an export has no time."""
    return datetime.combine(day, time(23, 59, 59), usable_zone(zone))


def _states(statement: Statement) -> list[tuple[datetime, str, list[Line]]]:
    """Return the lines of the month as closed and after each restatement, with the time and the month of each state.

    Also returns those of other months that contain an invoice of this one, so that each upload gets its own order ID.
    """
    wanted = _invoices_in(_bodies(statement))
    rows = Statement.objects.filter(tenant=statement.tenant_id).prefetch_related("restatements")
    states = []
    for bodies in map(_bodies, rows):
        if wanted & _invoices_in(bodies):
            for head, lines in sealed_states(bodies[0], bodies[1:]):
                at = datetime.fromisoformat(head.get("signed_at") or head["closed_at"])
                states.append((at, head["month"], lines))
    return sorted(states, key=lambda state: state[:2])


def _bodies(statement: Statement) -> list[str]:
    """Return the sealed texts of a month: its statement, then its restatements in order."""
    return [statement.body, *(row.body for row in statement.restatements.all())]


def _invoices_in(bodies: Iterable[str]) -> set[str]:
    return {invoice for body in bodies for invoice in _INVOICE.findall(body)}


def _values(lines: Sequence[Line]) -> dict[int, tuple[Line, Decimal]]:
    """Return the conversion value of each counted invoice. Credits reduce the other invoices of their job.

    Any unused part of a credit stays on the credit, below zero, and is not sent to Google.
    """
    by_job: dict[int | None, list[Line]] = defaultdict(list)
    for line in lines:
        if line.bucket in COUNTED:
            by_job[line.job].append(line)
    values: dict[int, tuple[Line, Decimal]] = {}
    for job_lines in by_job.values():
        credit = -sum((line.net for line in job_lines if line.net < 0), NOTHING)
        # Process invoices before credits: what they do not use of the credit stays on the credit.
        for line in sorted(job_lines, key=lambda item: (item.net < 0, item.invoice)):
            taken = min(credit, line.net) if line.net > 0 else NOTHING
            credit -= taken
            if line.net >= 0:
                values[line.invoice] = (line, line.net - taken)
            else:
                left = min(credit, -line.net)
                credit -= left
                values[line.invoice] = (line, -left)
    return values
