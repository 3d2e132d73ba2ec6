"""Follow-up steps after a disconnect: block waiting items, check the fallback, notify the business, make the PDF.

Each step is a `vault.FollowUp` row, and a run processes them. If it is killed, it resumes with the first row that is
not done. Each step is idempotent; the email is sent under one Message-ID.
"""

import hashlib
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
from pagetojob.platform.tenants.recipients import notice_address
from pagetojob.servicetitan.connections.receipts import receipt_html
from pagetojob.servicetitan.vault.models import FollowUp, Step
from pagetojob.transparency import services as transparency
from pagetojob.transparency.models import EntryKind
from pagetojob.transparency.verify import name_digest
from syncqueue.services.gated_items import recheck_gates_now

from . import ids_read

#: After this many attempts a step is left to people, and the receipt says so.
MOST_TRIES = 100
#: Time limit of a receipt's PDF, well below the lease of the run. A receipt has two pages, and a step that fails is
#: attempted again by itself.
PDF_SECONDS = 40
FALLBACK = "booking-request-fallback"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepResult:
    """Outcome of a step: a sentence for the receipt, and the file if the step made one."""

    sentence: str
    content: bytes = b""


def work(run: Run) -> Iterator[Progress]:
    """Process all pending follow-ups of one tenant, oldest first. Handler of runs of kind `vault.follow_up`."""
    done, last = 0, 0
    while follow_up := _next(run.tenant_id, after=last):
        last = follow_up.pk
        _run_step(follow_up)
        done += 1
        yield Progress(done=done, total=None, cursor=last)


def _next(tenant_id: int, *, after: int) -> FollowUp | None:
    with scope.worker():
        rows = FollowUp.objects.filter(tenant_id=tenant_id, done_at=None, pk__gt=after).order_by("pk")
        return rows.select_related("receipt__connection", "tenant").first()


def _run_step(follow_up: FollowUp) -> None:
    """Do one step and store its outcome. A step that cannot be done yet stays pending."""
    result = _STEPS[Step(follow_up.step)](follow_up)
    mine = FollowUp.objects.filter(pk=follow_up.pk, done_at=None)
    if result is None and follow_up.tries + 1 < MOST_TRIES:
        with scope.worker():
            mine.update(tries=F("tries") + 1)
        return
    result = result or StepResult(_LEFT_TO_PEOPLE.get(Step(follow_up.step), "It failed after many attempts."))
    # Store the file and the step's outcome in one commit, so that a crash leaves neither.
    with transaction.atomic():
        file = _store(follow_up, result.content) if result.content else None
        with scope.worker():
            if not mine.update(tries=F("tries") + 1, outcome=result.sentence, done_at=Now(), file=file):
                transaction.set_rollback(True)  # another worker was first, and its file stays
    log.info("follow-up done", extra={"receipt": str(follow_up.receipt.public_id), "step": follow_up.step})


def _store(follow_up: FollowUp, content: bytes) -> File:
    what, kind = ("ids-read", "csv") if follow_up.step == Step.LIST_READ else ("disconnect-receipt", "pdf")
    name = f"{what}-{follow_up.receipt.public_id}.{kind}"
    with scope.tenant(follow_up.tenant_id):
        file = store_file(tenant=follow_up.tenant, content=io.BytesIO(content), name=name, purpose=Purpose.PACKET)
        transparency.submit(EntryKind.RECEIPT, file.sha256, name=name_digest(file.name))
        return file


def _block_items(follow_up: FollowUp) -> StepResult:
    asked = recheck_gates_now(tenant_id=follow_up.tenant_id)
    return StepResult(
        f"Retrying items that were rescheduled to meet the closed gate: {asked.rescheduled}. "
        f"Blocked items: {asked.blocked}."
    )


def _verify_fallback(follow_up: FollowUp) -> StepResult:
    with scope.worker():
        on = decide(FALLBACK, follow_up.tenant, Environment.PRODUCTION).open
        notified = bool(notice_address(follow_up.tenant_id))
    if on and notified:
        return StepResult("The request form is on, and the business is notified of each request by email.")
    log.error("no fallback after a disconnect", extra={"tenant_id": follow_up.tenant_id, "form": on, "told": notified})
    form, address = "on" if on else "off", "an" if notified else "no"
    return StepResult(
        f"Check this now: the request form is {form}, and {address} email address is set for notifications."
    )


def _tell_tenant(follow_up: FollowUp) -> StepResult | None:
    with scope.worker():
        address = notice_address(follow_up.tenant_id)
    if not address:
        return StepResult("No email address is set. Call the business to notify them.")
    receipt = follow_up.receipt
    simulated = receipt.connection.is_simulated
    context = {"receipt": receipt, "tenant": follow_up.tenant, "simulated": simulated}
    try:
        send_mail(
            message_id=message_id_for(follow_up.public_id),
            to=address,
            subject=f"Your {'simulator' if simulated else 'ServiceTitan'} connection has ended",
            body=render_to_string("ops/mail/disconnected.txt", context),
        )
    except (TransientError, UnclearError):
        return None
    except RefusedError:
        return StepResult("The mail server refused the address. Call the business to notify them.")
    return StepResult("The business was notified by email.")


def _list_read(follow_up: FollowUp) -> StepResult:
    """List every ID that was read by API, and state its number and hash in the sentence, which the PDF repeats."""
    with scope.tenant(follow_up.tenant_id):
        ids = ids_read.ids_read(follow_up.receipt.connection)
    if not ids:
        return StepResult("Nothing was read by API through this connection.")
    content = ids_read.as_csv(ids)
    kinds = ", ".join(f"{len(numbers):,} {kind}" for kind, numbers in sorted(ids.items()))
    return StepResult(f"Read by API: {kinds}. SHA-256 of the list: {hashlib.sha256(content).hexdigest()}", content)


def _make_pdf(follow_up: FollowUp) -> StepResult | None:
    """Make the PDF in a separate process, which takes a few seconds. Without PDF support, point to the page instead."""
    with scope.tenant(follow_up.tenant_id):
        html = receipt_html(follow_up.receipt)
    try:
        return StepResult("The PDF is stored here.", make_pdf(html, seconds=PDF_SECONDS))
    except PdfMakerMissing as error:
        return StepResult(f"No PDF can be made on this machine; print the page instead. {error}"[:300])
    except PdfFailed:
        log.exception("receipt PDF failed", extra={"receipt": str(follow_up.receipt.public_id)})
        return None


_LEFT_TO_PEOPLE = {
    Step.TELL_TENANT: "It failed after many attempts. Call the business to notify them.",
    Step.MAKE_PDF: "The PDF failed after many attempts. Print the page instead.",
    Step.RENEW_PDF: "The PDF failed after many attempts. Print the page instead.",
}
_STEPS: dict[Step, Callable[[FollowUp], StepResult | None]] = {
    Step.BLOCK_ITEMS: _block_items,
    Step.VERIFY_FALLBACK: _verify_fallback,
    Step.TELL_TENANT: _tell_tenant,
    Step.LIST_READ: _list_read,
    Step.MAKE_PDF: _make_pdf,
    Step.RENEW_PDF: _make_pdf,
}
