"""Run handler that makes requested proof packets. It is here because attribution cannot import the PDF maker."""

from collections.abc import Iterator
from functools import partial

from attribution.packets.sealing import FLAG, oldest_unmade, seal
from pagetojob.gates.services import why_off
from pagetojob.platform.pdf import PdfFailed, PdfMakerMissing, make_pdf
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, keep_lease
from pagetojob.platform.tenants import scope


def work(run: Run) -> Iterator[Progress]:
    """Make all pending packets of one tenant, oldest first. Handler of runs of kind `attribution.packet`."""
    done = 0
    while True:
        with scope.worker():
            packet = oldest_unmade(run.tenant_id)
            why = why_off(FLAG, run.tenant) if packet else ""
        if packet is None:
            return
        if why:
            raise RunStopped(f"{why} Request the packet again later.")
        try:
            seal(packet, make_pdf=partial(make_pdf, alive=partial(keep_lease, run)))
        except PdfMakerMissing as error:
            raise RunStopped(f"Packets cannot be made on this machine. {error}") from error
        except PdfFailed as error:
            raise RunStopped("The PDF of a packet could not be made. Try again; the log has the reason.") from error
        done += 1
        yield Progress(done=done, total=None, cursor=packet.pk)
