"""Make a PDF from HTML in a separate process: `python -m pagetojob.platform.pdf` reads JSON and writes the PDF.

This keeps WeasyPrint and its libraries out of every process that serves requests, delivers items or holds a secret. Its
memory is freed when the process exits, a library crash fails only one packet, and the process reads no file or URL that
the HTML refers to. Does not use Django.
"""

import base64
import contextlib
import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

#: Processor time of one PDF, six times that of a packet of 110 pages. This ends a document that is too large or never
#: ends, at the same point on a busy machine as on an idle one.
CPU_SECONDS = 60
#: Elapsed time, only against a process that waits forever: 18 times the processor time of a packet, because processes
#: that wait for a processor are slower but not wrong. Below `HEAVY_TIME_LIMIT_SECONDS`, so that it is an error in the
#: log and not a dead worker.
SECONDS = 180
#: Time between two calls of `alive`: a few for each lease of a run.
ALIVE_SECONDS = 15
#: Limit on address space, not on used memory: a packet of 120 pages needs about a third of it.
MEMORY_BYTES = 2 * 1024**3
#: Debian packages with the libraries that WeasyPrint loads.
SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
MISSING = 69  # EX_UNAVAILABLE of sysexits.h
#: Environment variables passed to the child process. None of them contains a secret.
PASSED_ON = (
    *("PATH", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
)
log = logging.getLogger(__name__)


class PdfError(Exception):
    """Base of the errors of this module."""


class PdfMakerMissing(PdfError):
    """This machine cannot make PDFs. Says what to install."""


class PdfFailed(PdfError):
    """The PDF could not be made, though everything is installed."""


@dataclass(frozen=True)
class Attachment:
    """A file inside a PDF. Readers see its name, its description and its date."""

    name: str
    description: str
    content: bytes
    moment: datetime


def make_pdf(
    html: str,
    *,
    seconds: float = SECONDS,
    cpu_seconds: int = CPU_SECONDS,
    attachments: Sequence[Attachment] = (),
    alive: Callable[[], None] = lambda: None,
) -> bytes:
    """Return a tagged PDF (PDF/UA-1) of one HTML document. The same input gives the same PDF on the same machine.

    Raises PdfMakerMissing if a library is missing, and PdfFailed for any other error. Blocks for up to `seconds`, calls
    `alive` every ALIVE_SECONDS in that time, and uses about 350 MB in a child process.
    """
    job = {"html": html, "attachments": [_as_json(attachment) for attachment in attachments]}
    known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The font cache goes to a temporary folder, which is writable for any user and removed afterwards.
    with (
        tempfile.TemporaryDirectory(prefix="ptj-pdf-") as folder,
        _as_input(json.dumps(job).encode(), folder) as given,
        subprocess.Popen(  # noqa: S603 - our own module, and a number
            [sys.executable, "-m", __name__, str(cpu_seconds)],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
            env={"LANG": "C.UTF-8", "XDG_CACHE_HOME": folder, **known},
        ) as child,
    ):
        try:
            pdf, errors = _wait(child, seconds, alive)
        finally:
            child.kill()  # does nothing to a child that has ended
    return _result(child.returncode, pdf, errors.decode(errors="replace").strip(), cpu_seconds)


def _as_input(job: bytes, folder: str) -> IO[bytes]:
    """Return an open file without a name, for the child to read whenever it is ready.

    After a time limit, `communicate` sends nothing more to a pipe, and a child that loads its libraries on a busy
    machine reads late.
    """
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    file.write(job)
    file.seek(0)
    return file


def _wait(child: subprocess.Popen[bytes], seconds: float, alive: Callable[[], None]) -> tuple[bytes, bytes]:
    """Return the output of the child. Raises PdfFailed after these seconds, and what `alive` raises."""
    until = time.monotonic() + seconds
    while True:
        try:
            return child.communicate(timeout=min(ALIVE_SECONDS, max(0.0, until - time.monotonic())))
        except subprocess.TimeoutExpired as error:
            if time.monotonic() >= until:
                raise _failed(f"It took longer than {seconds:g} s.") from error
        alive()


def _result(code: int, pdf: bytes, errors: str, cpu_seconds: int) -> bytes:
    if code == MISSING:
        reason = errors.rpartition("\n")[2]
        raise PdfMakerMissing(f"Install {' '.join(SYSTEM_PACKAGES)} (Debian package names) and WeasyPrint: {reason}")
    if code == -signal.SIGXCPU:
        raise _failed(f"It needed more than {cpu_seconds} s of processor time.")
    if code or not pdf.startswith(b"%PDF-"):
        raise _failed(f"The process ended with {code}. {errors[-1000:]}")
    if errors:
        log.warning("PDF maker reported warnings", extra={"said": errors[-1000:]})
    return pdf


def _failed(reason: str) -> PdfFailed:
    """Log the reason, which screens leave out, and return the error."""
    log.warning("PDF failed", extra={"reason": reason})
    return PdfFailed(reason)


def _as_json(attachment: Attachment) -> dict[str, str]:
    return {
        "name": attachment.name,
        "description": attachment.description,
        "content": base64.b64encode(attachment.content).decode(),
        "moment": attachment.moment.astimezone(UTC).isoformat(),
    }


def main() -> int:
    """Run the child process. Its input is trusted to be our own HTML."""
    _bound(int(sys.argv[1]))
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        # WeasyPrint prints hints to standard output, which must contain only the PDF.
        with contextlib.redirect_stdout(sys.stderr):
            import weasyprint  # noqa: PLC0415 - this process alone may load it
            from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads it
        return MISSING
    text = sys.stdin.buffer.read()
    job = json.loads(text)
    attachments = [
        weasyprint.Attachment(
            string=base64.b64decode(row["content"]),
            name=row["name"],
            description=row["description"],
            created=datetime.fromisoformat(row["moment"]),
            modified=datetime.fromisoformat(row["moment"]),
        )
        for row in job["attachments"]
    ]
    pdf = weasyprint.HTML(
        string=job["html"], url_fetcher=URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
    ).write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(text).hexdigest()[:32].encode(),
        attachments=attachments,
    )
    sys.stdout.buffer.write(pdf)
    return 0


def _bound(cpu_seconds: int) -> None:
    """Limit memory and CPU time to what a packet needs. The limits hold even if the parent is killed."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        # The first limit sends a signal that tells the parent why the child ended. The second cannot be ignored.
        resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


if __name__ == "__main__":
    sys.exit(main())
