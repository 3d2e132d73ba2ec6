"""Follow-up steps after a disconnect: block waiting items, check the fallback, notify the business, make the PDF.

Each step is a `vault.FollowUp` row, and a run processes them. If it is killed, it resumes with the first row that is
not done. Each step is idempotent; the email is sent under one Message-ID.
"""

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.template.loader import render_to_string

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import decide
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.outbound.errors import RefusedError, TransientError, UnclearError
from pagetojob.platform.outbound.mail import message_id_for, send_mail
from pagetojob.platform.pdf import PdfFailed, PdfMakerMissing, make_pdf
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile
from pagetojob.servicetitan.connections.receipts import receipt_html
from pagetojob.servicetitan.vault.models import FollowUp, Step
from syncqueue.services.gate_closed import recheck_gates_now

#: After this many attempts a step is left to people, and the receipt says so.
MOST_TRIES = 100
#: Well below the lease of a run, so that no other worker takes it over.
PDF_SECONDS = 40
FALLBACK = "booking-request-fallback"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Paid:
    """Outcome of a step: a sentence for the receipt, and the PDF if the step made one."""

    said: str
    pdf: bytes = b""


def work(run: Run) -> Iterator[Progress]:
    """Process all pending follow-ups of one tenant, oldest first. Handler of runs of kind `vault.follow_up`."""
    done, last = 0, 0
    while debt := _next(run.tenant_id, after=last):
        last = debt.pk
        _pay(debt)
        done += 1
        yield Progress(done=done, total=None, cursor=last)


def _next(tenant_id: int, *, after: int) -> FollowUp | None:
    with scope.worker():
        rows = FollowUp.objects.filter(tenant_id=tenant_id, done_at=None, pk__gt=after).order_by("pk")
        return rows.select_related("receipt__connection", "tenant").first()


def _pay(debt: FollowUp) -> None:
    """Do one step and store its outcome. A step that cannot be done yet stays pending."""
    paid = _STEPS[Step(debt.step)](debt)
    mine = FollowUp.objects.filter(pk=debt.pk, done_at=None)
    if paid is None and debt.tries + 1 < MOST_TRIES:
        with scope.worker():
            mine.update(tries=F("tries") + 1)
        return
    paid = paid or Paid(_LEFT_TO_PEOPLE.get(Step(debt.step), "It could not be done in many tries."))
    # Store the file and the step's outcome in one commit, so that a crash leaves neither.
    with transaction.atomic():
        file = _kept(debt, paid.pdf) if paid.pdf else None
        with scope.worker():
            if not mine.update(tries=F("tries") + 1, outcome=paid.said, done_at=Now(), file=file):
                transaction.set_rollback(True)  # another worker was first, and its file stays
    log.info("followed up", extra={"receipt": str(debt.receipt.public_id), "step": debt.step})


def _kept(debt: FollowUp, pdf: bytes) -> File:
    name = f"disconnect-receipt-{debt.receipt.public_id}.pdf"
    with scope.tenant(debt.tenant_id):
        return store_file(tenant=debt.tenant, content=io.BytesIO(pdf), name=name, purpose=Purpose.PACKET, actor=None)


def _block_items(debt: FollowUp) -> Paid:
    asked = recheck_gates_now(tenant_id=debt.tenant_id)
    return Paid(
        f"{asked.rescheduled} waiting tries were brought forward to their shut gate; {asked.blocked} items are blocked."
    )


def _verify_fallback(debt: FollowUp) -> Paid:
    with scope.worker():
        on = decide(FALLBACK, debt.tenant, Environment.PRODUCTION).open
        told = BusinessProfile.objects.filter(tenant_id=debt.tenant_id).exclude(notify_email="").exists()
    if on and told:
        return Paid("The request form is on, and the business is told of each request by e-mail.")
    log.error("no fallback after a disconnect", extra={"tenant_id": debt.tenant_id, "form": on, "told": told})
    form, address = "on" if on else "off", "an" if told else "no"
    return Paid(f"Look at it now: the request form is {form}, and {address} address is told.")


def _tell_tenant(debt: FollowUp) -> Paid | None:
    with scope.worker():
        profile = BusinessProfile.objects.filter(tenant_id=debt.tenant_id).first()
    if profile is None:
        return Paid("There is no address to tell. Tell the business by phone.")
    receipt = debt.receipt
    body = render_to_string("ops/mail/disconnected.txt", {"receipt": receipt, "tenant": debt.tenant})
    try:
        send_mail(
            message_id=message_id_for(debt.public_id),
            to=profile.notify_email,
            subject="Your ServiceTitan connection was ended",
            body=body,
        )
    except (TransientError, UnclearError):
        return None
    except RefusedError:
        return Paid("The mail server refused the address. Tell the business by phone.")
    return Paid("The business was told by e-mail.")


def _make_pdf(debt: FollowUp) -> Paid | None:
    """Make the PDF in a separate process, which takes a few seconds. Without PDF support, point to the page instead."""
    with scope.tenant(debt.tenant_id):
        html = receipt_html(debt.receipt)
    try:
        return Paid("The PDF is kept here.", make_pdf(html, seconds=PDF_SECONDS))
    except PdfMakerMissing as error:
        return Paid(f"No PDF can be made on this machine; print the page instead. {error}"[:300])
    except PdfFailed:
        log.exception("the PDF of a receipt failed", extra={"receipt": str(debt.receipt.public_id)})
        return None


_LEFT_TO_PEOPLE = {
    Step.TELL_TENANT: "It could not be done in many tries. Tell the business by phone.",
    Step.MAKE_PDF: "The PDF could not be made in many tries. Print the page instead.",
    Step.RENEW_PDF: "The PDF could not be made in many tries. Print the page instead.",
}
_STEPS: dict[Step, Callable[[FollowUp], Paid | None]] = {
    Step.BLOCK_ITEMS: _block_items,
    Step.VERIFY_FALLBACK: _verify_fallback,
    Step.TELL_TENANT: _tell_tenant,
    Step.MAKE_PDF: _make_pdf,
    Step.RENEW_PDF: _make_pdf,
}
