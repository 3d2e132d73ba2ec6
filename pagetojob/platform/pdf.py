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
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

#: Below the time limit of a task, so that a packet that takes too long is an error in the log and not a dead worker.
SECONDS = 75
#: Time limit in a run: well below its lease, so that no other worker takes it over.
RUN_SECONDS = 40
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


def make_pdf(html: str, *, seconds: float | None = None, attachments: Sequence[Attachment] = ()) -> bytes:
    """Return a tagged PDF (PDF/UA-1) of one HTML document. The same input gives the same PDF on the same machine.

    Raises PdfMakerMissing if a library is missing, and PdfFailed for any other error. Blocks for up to `seconds`
    (default SECONDS) and uses about 350 MB in a child process.
    """
    limit = SECONDS if seconds is None else seconds
    job = {"html": html, "attachments": [_as_json(attachment) for attachment in attachments]}
    known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The font cache goes to a temporary folder, which is writable for any user and removed afterwards.
    with tempfile.TemporaryDirectory(prefix="ptj-pdf-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - our own module, with no argument from outside
                [sys.executable, "-m", __name__],
                input=json.dumps(job).encode(),
                capture_output=True,
                cwd=Path(__file__).resolve().parents[2],
                env={"LANG": "C.UTF-8", "XDG_CACHE_HOME": folder, **known},
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PdfFailed(f"It took longer than {limit:g} s.") from error
    errors = done.stderr.decode(errors="replace").strip()
    if done.returncode == MISSING:
        reason = errors.rpartition("\n")[2]
        raise PdfMakerMissing(f"Install {' '.join(SYSTEM_PACKAGES)} (Debian package names) and WeasyPrint: {reason}")
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise PdfFailed(f"The process ended with {done.returncode}. {errors[-1000:]}")
    if errors:
        log.warning("PDF maker reported warnings", extra={"said": errors[-1000:]})
    return done.stdout


def _as_json(attachment: Attachment) -> dict[str, str]:
    return {
        "name": attachment.name,
        "description": attachment.description,
        "content": base64.b64encode(attachment.content).decode(),
        "moment": attachment.moment.astimezone(UTC).isoformat(),
    }


def main() -> int:
    """Run the child process. Its input is trusted to be our own HTML."""
    _bound()
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


def _bound() -> None:
    """Limit memory and CPU time to what a packet needs. The limits hold even if the parent is killed."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    sys.exit(main())
