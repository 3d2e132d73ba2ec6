"""Make a PDF from HTML in a separate process: `python -m pagetojob.platform.pdf` filters standard input.

WeasyPrint and the libraries it loads stay out of every process that serves, delivers or holds a secret. Its memory goes
back to the machine when it ends, a crash of one of those libraries is one failed packet, and whatever the HTML says, no
file and no address is read. Knows nothing of Django.
"""

import contextlib
import hashlib
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

#: Below the time limit of a task, so that a packet that takes too long is an error in the log and not a dead worker.
SECONDS = 75
#: Of address space, not of memory used: a packet of 120 pages needs about a third of it.
MEMORY_BYTES = 2 * 1024**3
#: What is missing where WeasyPrint cannot load its libraries, by the names of Debian.
SYSTEM_PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")
MISSING = 69  # EX_UNAVAILABLE of sysexits.h
#: The child sees these and no other variable: none of them holds a secret.
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


def make_pdf(html: str, *, seconds: float | None = None) -> bytes:
    """A tagged PDF of one HTML document. The same HTML gives the same PDF on the same machine.

    Raises PdfMakerMissing where a library is missing, PdfFailed for everything else that can go wrong. Takes up to
    `seconds` (SECONDS unless said) and about 350 MB in a child process; blocks meanwhile.
    """
    limit = SECONDS if seconds is None else seconds
    known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # The list of fonts is kept in a folder that can be written whoever we are, and is gone afterwards.
    with tempfile.TemporaryDirectory(prefix="ptj-pdf-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - our own module, with no argument from outside
                [sys.executable, "-m", __name__],
                input=html.encode(),
                capture_output=True,
                cwd=Path(__file__).resolve().parents[2],
                env={"LANG": "C.UTF-8", "XDG_CACHE_HOME": folder, **known},
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PdfFailed(f"It took longer than {limit:g} s.") from error
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode == MISSING:
        reason = said.rpartition("\n")[2]
        raise PdfMakerMissing(f"Install {' '.join(SYSTEM_PACKAGES)} (names of Debian) and WeasyPrint: {reason}")
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        raise PdfFailed(f"The process ended with {done.returncode}. {said[-1000:]}")
    if said:
        log.warning("the PDF maker complained", extra={"said": said[-1000:]})
    return done.stdout


def main() -> int:
    """The child. Its input is trusted to be HTML of ours and nothing more."""
    _bound()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        # WeasyPrint prints its own advice to standard output, where the PDF belongs.
        with contextlib.redirect_stdout(sys.stderr):
            import weasyprint  # noqa: PLC0415 - this process alone may load it
            from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the parent reads it
        return MISSING
    html = sys.stdin.buffer.read()
    pdf = weasyprint.HTML(
        string=html.decode(), url_fetcher=URLFetcher(allowed_protocols=["data"], fail_on_errors=True)
    ).write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=hashlib.sha256(html).hexdigest()[:32].encode())
    sys.stdout.buffer.write(pdf)
    return 0


def _bound() -> None:
    """No more memory and time than a packet needs; holds even when the parent is killed."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - there is none on Windows

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


if __name__ == "__main__":
    sys.exit(main())
