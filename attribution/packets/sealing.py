"""Requests packets and makes them. Files and hashes are stored in one transaction and never made again."""

import io
import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from attribution.errors import NoSuchPeriod, PacketsOff
from attribution.likely_revenue import ALLOWANCES
from attribution.linkage import calibration
from attribution.models import Packet, PacketDigest, PacketFile, PacketPart, Payment, Statement
from attribution.outcomes.checking import MOVED
from attribution.statements import canonical_form
from attribution.statements.restating import current_lines, unsigned_changes
from pagetojob.claims.selectors import disclaimers
from pagetojob.gates.services import why_off
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.canonical import canonical_json, sha256_hex
from pagetojob.platform.files.models import Purpose
from pagetojob.platform.files.services import content_of, store_file
from pagetojob.platform.runs.services import start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.transparency import services as transparency
from pagetojob.transparency.models import EntryKind

from .document import SCHEMA, WORDS, SealedMonth, campaigns, document
from .files import NAMES, packet_files

#: Kind of the run that makes requested packets. The operations package registers the handler, since it renders PDFs.
RUN = "attribution.packet"
FLAG = "campaign-proof"
log = logging.getLogger(__name__)


def ask_packet(
    *, tenant: Tenant, campaign: str, first: date, last: date, actor: User, reason: str, without: Sequence[str] = ()
) -> tuple[Packet, bool]:
    """Request a packet of closed months; return it and whether it is new. A run makes its files.

    `without` names later changes that the actor confirmed to leave out; they are recorded with the actor's name.
    A repeated request with unchanged inputs returns the first packet. Raises NoSuchPeriod or PacketsOff.
    """
    with transaction.atomic(), scope.tenant(tenant.pk):
        if why := why_off(FLAG, tenant):
            raise PacketsOff(why)
        inputs = _inputs(tenant, campaign, first, last)
        text = canonical_json(inputs)
        packet, new = Packet.objects.get_or_create(
            tenant=tenant,
            inputs_sha256=sha256_hex(text),
            defaults={
                "campaign": campaign,
                "first_month": first,
                "last_month": last,
                "inputs": text,
                "asked_by": actor,
            },
        )
        if new:
            left_out = {"left_out": (None, "; ".join(without))} if without else {}
            record_change("attribution.ask_packet", packet, actor=actor, reason=reason, **left_out)
        if not packet.files.exists():
            start_run(tenant=tenant, kind=RUN, params={}, actor=actor, reason=reason)
    return packet, new


def campaigns_of(tenant: Tenant) -> list[str]:
    """Return the campaigns for which a packet can be requested. Two queries; needs a scope that reads statements."""
    rows = Statement.objects.filter(tenant=tenant).prefetch_related("restatements")
    return campaigns(_sealed(row) for row in rows)


def oldest_unmade(tenant_id: int) -> Packet | None:
    """Return the oldest packet without files. Makes one query; needs a scope that reads packets."""
    return Packet.objects.filter(tenant=tenant_id, files=None).select_related("tenant").order_by("id").first()


def seal(packet: Packet, *, make_pdf: Callable[[str], bytes]) -> bool:
    """Make and store the files of a packet; return False if another worker was first. Raises what `make_pdf` raises."""
    with scope.tenant(packet.tenant_id):
        inputs, months = _stored_inputs(packet)
    made = packet_files(document(inputs, months), months, make_pdf=make_pdf)
    try:
        with transaction.atomic(), scope.tenant(packet.tenant_id):
            for part, content in made.items():
                _store(packet, part, content)
    except IntegrityError:
        return False  # another worker was first; keep its files
    log.info("packet sealed", extra={"packet": str(packet.public_id)})
    return True


def _store(packet: Packet, part: PacketPart, content: bytes) -> None:
    file = store_file(tenant=packet.tenant, content=io.BytesIO(content), name=NAMES[part], purpose=Purpose.PACKET)
    PacketFile.objects.create(tenant=packet.tenant, packet=packet, part=part, file=file)
    PacketDigest.objects.bulk_create([PacketDigest(sha256=file.sha256)], ignore_conflicts=True)
    transparency.submit(EntryKind.PACKET, file.sha256)


def _inputs(tenant: Tenant, campaign: str, first: date, last: date) -> dict[str, Any]:
    """Return everything that determines a packet. Equal months, restatements and disclaimers give an equal text."""
    rows = list(
        Statement.objects.filter(tenant=tenant, month__range=(first, last))
        .prefetch_related("restatements")
        .order_by("month")
    )
    if not rows or rows[0].month != first or rows[-1].month != last:
        raise NoSuchPeriod("A packet contains closed months only. Close each month of the period first.")
    _need_distinct_invoices(rows)
    _need_restated_payments(tenant, rows)
    moments = [row.closed_at for row in rows] + [
        restatement.signed_at for row in rows for restatement in row.restatements.all()
    ]
    if campaign and campaign not in campaigns(_sealed(row) for row in rows):
        raise NoSuchPeriod("There are no leads or invoices of this campaign in these months.")
    return {
        "schema": SCHEMA,
        "tenant": str(tenant.public_id),
        "name": tenant.name,
        "demo": tenant.is_demo,
        "time_zone": ", ".join(dict.fromkeys(canonical_form.zone_of(row.body) for row in rows)),
        "campaign": campaign,
        "months": [
            {
                "month": f"{row.month:%Y-%m}",
                "number": row.number,
                "statement": row.sha256,
                "restatements": [restatement.sha256 for restatement in row.restatements.all()],
            }
            for row in rows
        ],
        "check": settings.PUBLIC_URL + reverse("check-a-packet"),
        "as_of": max(moments).isoformat(),
        "reliability": [asdict(curve) for curve in calibration.measured()],
        "range": max(ALLOWANCES),
        "disclaimers": disclaimers(),
        "words": WORDS,
    }


def _need_distinct_invoices(rows: Iterable[Statement]) -> None:
    """Raise NoSuchPeriod if an invoice is in two months, because it moved and the month it left was not restated."""
    months: dict[int, date] = {}
    for row in rows:
        for line in current_lines(row):
            if (other := months.setdefault(line.invoice, row.month)) != row.month:
                raise NoSuchPeriod(
                    f"Invoice {line.invoice} is in {other:%B %Y} and in {row.month:%B %Y}, so it would count twice. "
                    "Sign the restatement of the month that it left first."
                )


def _need_restated_payments(tenant: Tenant, rows: Sequence[Statement]) -> None:
    """Raise NoSuchPeriod if a payment moved between two of the months and one of them was not restated since.

    The months together would count it twice, or, for a refund, not at all.
    """
    months = {line.invoice: row.month for row in rows for line in current_lines(row)}
    parts = Payment.objects.filter(tenant=tenant, invoice_external_id__in=months)
    moved = parts.filter(external_id__in=parts.filter(status=MOVED).values("external_id"))
    paid: dict[int, set[int]] = defaultdict(set)
    for payment, invoice in moved.values_list("external_id", "invoice_external_id"):
        paid[payment].add(invoice or 0)
    apart = (invoices for invoices in paid.values() if len({months[invoice] for invoice in invoices}) > 1)
    concerned = set().union(*apart)
    affected = {months[invoice] for invoice in concerned}
    unsigned = unsigned_changes(tenant, [row for row in rows if row.month in affected])
    for row in rows:
        changed = unsigned[row.pk].changes if row.pk in unsigned else ()
        if wrong := concerned & {change.invoice for change in changed}:
            raise NoSuchPeriod(
                f"A payment was moved to or from invoice {min(wrong)} of {row.month:%B %Y}. Sign the restatement of "
                "that month first, so that the payment counts once."
            )


def _sealed(row: Statement) -> SealedMonth:
    return SealedMonth(row.body, tuple(restatement.body for restatement in row.restatements.all()))


def _stored_inputs(packet: Packet) -> tuple[dict[str, Any], list[SealedMonth]]:
    """Return a packet's inputs and the sealed texts that they name by hash. Later restatements are not included."""
    inputs = json.loads(packet.inputs)
    months = []
    for named in inputs["months"]:
        row = Statement.objects.prefetch_related("restatements").get(tenant=packet.tenant_id, sha256=named["statement"])
        bodies = {restatement.sha256: restatement.body for restatement in row.restatements.all()}
        months.append(SealedMonth(row.body, tuple(bodies[sha256] for sha256 in named["restatements"])))
    return inputs, months


def compare_again(packet: Packet, *, make_pdf: Callable[[str], bytes]) -> dict[str, tuple[bytes, bytes]]:
    """Make a packet's files again; return (stored, new) bytes by file name. Stores nothing."""
    with scope.tenant(packet.tenant_id):
        inputs, months = _stored_inputs(packet)
        rows = PacketFile.objects.filter(packet=packet).select_related("file")
        stored = {PacketPart(row.part): content_of(row.file) for row in rows}
    made = packet_files(document(inputs, months), months, make_pdf=make_pdf)
    return {NAMES[part]: (stored[part], made[part]) for part in NAMES}
