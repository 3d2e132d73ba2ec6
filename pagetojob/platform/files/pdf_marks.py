"""Marked copies of a PDF: a line on each page that names the reader and the day. Pure."""

import tempfile
from dataclasses import dataclass

from pagetojob.platform.limited_process import Allowance, ChildFailed, Slots, run_limited

MOST_PAGES = 500
_ALLOWANCE = Allowance(seconds=20, output=64 * 1024**2, niceness=10)
_SLOTS = Slots(running=1, waiting=2, wait_seconds=10, lock="pagetojob-pdf-marks")


class PdfNotMarked(Exception):
    """Raised for a PDF that is encrypted, damaged, too long or too heavy, or while too many others are marked."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The line, and the largest number of pages that are marked."""

    text: str
    most_pages: int = MOST_PAGES


def marked(content: bytes, text: str) -> bytes:
    """Return the PDF with `text` at the foot of each page. A child process does it. Raises PdfNotMarked."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(content)
        source.flush()
        try:
            with _SLOTS.taken():
                module = "pagetojob.platform.files.pdf_marker"
                run_limited(module, Mark(text), source=source, answer=answer, allowance=_ALLOWANCE)
        except ChildFailed as error:
            raise PdfNotMarked from error
        return answer.read()
