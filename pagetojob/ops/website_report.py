"""Run handler that makes the PDF of a monthly website report. It is here because drift cannot import the PDF maker."""

import base64
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from django.template.loader import render_to_string
from django.utils import timezone

from drift.report import ReportPicture, month_of
from pagetojob.claims.selectors import disclaimers
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import FileRefused, read_file, store_file
from pagetojob.platform.pdf import PdfFailed, PdfMakerMissing, make_pdf
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, keep_lease, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

RUN = "drift.report"
#: PDFs that the people of a tenant can make: each is stored, and takes a browser of a worker that all tenants share.
MOST_A_DAY = 20


class TooManyReports(Exception):
    """Raised for a further PDF on the same day. The message is for people."""


def ask(*, tenant: Tenant, first: date, actor: User) -> tuple[Run, bool]:
    """Request the PDF of a month's report. Return the run, and whether it is new: one at a time per tenant.

    Raises TooManyReports.
    """
    today = Run.objects.filter(tenant=tenant, kind=RUN, created_at__gt=timezone.now() - timedelta(days=1))
    if today.count() >= MOST_A_DAY:
        raise TooManyReports(
            f"{MOST_A_DAY} PDFs were made in the last 24 hours. Download the last one, or try tomorrow."
        )
    params = {"month": f"{first:%Y-%m}", "words": f"Website report of {first:%B %Y} as PDF"}
    return start_run(tenant=tenant, kind=RUN, params=params, actor=actor, reason="A PDF of the report was requested.")


def work(run: Run) -> Iterator[Progress]:
    """Make the PDF of the current report and store it; older ones stay. Handler of runs of kind `drift.report`."""
    tenant, first = run.tenant, date.fromisoformat(f"{run.params['month']}-01")
    with scope.tenant(tenant.pk), timezone.override(tenant.shown_zone):
        month = month_of(tenant, first)
        month = replace(month, pictures=list(filter(None, map(_with_data, month.pictures))))
        html = render_to_string("drift/report_paper.html", {"month": month, "disclaimers": disclaimers()})
    try:
        pdf = make_pdf(html, alive=partial(keep_lease, run))
    except PdfMakerMissing as error:
        raise RunStopped(f"PDFs cannot be made on this machine. {error}") from error
    except PdfFailed as error:
        raise RunStopped("The PDF could not be made. Try again; the log has the reason.") from error
    with scope.tenant(tenant.pk):
        store_file(tenant=tenant, content=io.BytesIO(pdf), name=_name(tenant, first), purpose=Purpose.PACKET)
    yield Progress(done=1, total=1, cursor=None)


def _with_data(entry: ReportPicture) -> ReportPicture | None:
    """Return the entry with the bytes of its picture; None if the picture was erased."""
    file = entry.picture.file
    try:
        content = base64.b64encode(b"".join(read_file(file))).decode()
    except FileRefused:
        return None
    return replace(entry, data=f"data:{file.content_type};base64,{content}")


def newest(tenant: Tenant, first: date) -> File | None:
    """Return the newest PDF of a month's report. Makes one query, in the tenant's scope."""
    made = File.objects.filter(tenant=tenant, purpose=Purpose.PACKET, name=_name(tenant, first))
    return made.order_by("-id").first()


def last_run(tenant: Tenant, first: date) -> Run | None:
    """Return the last run requested for a month. Makes one query, in the tenant's scope."""
    runs = Run.objects.filter(tenant=tenant, kind=RUN, params__month=f"{first:%Y-%m}")
    return runs.order_by("-id").first()


def _name(tenant: Tenant, first: date) -> str:
    return f"website-report-{tenant.slug}-{first:%Y-%m}.pdf"
