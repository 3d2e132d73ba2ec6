"""Read the text of an XLSX or another archive of a stranger in a child process, piece by piece. Pure."""

import codecs
import logging
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO

from pagetojob.platform.limited_process import Allowance, ChildFailed, read_order, run_limited

from .pdf_text import NOT_READ, FileText

#: The text of a workbook of 25 MB is smaller, but an archive of 1 MB can contain gigabytes.
ALLOWANCE = Allowance(memory=128 * 1024**2, seconds=30, output=64 * 1024**2)
#: Parts of workbooks and documents whose text is not read.
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".emf", ".wmf", ".pdf")
_COMPLETE = "complete\n"
_PIECE = 1024**2
#: A tag contains no second "<": otherwise a part with a million of them and no ">" would be read a million times.
_TAGS = re.compile(r"(?:<[^<>]*>)+")


def text_of_workbook(content: bytes) -> FileText:
    """Return the texts of all parts, a line per cell or string; nothing of an archive that is damaged or too large."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(content)
        module = "pagetojob.retention.workbook_text"
        try:
            run_limited(module, None, source=source, answer=answer, allowance=ALLOWANCE)
        except ChildFailed:
            return NOT_READ
        is_complete = answer.readline().decode() == _COMPLETE
        return FileText(answer.read().decode(), is_complete)


def main() -> None:
    """Read an archive from standard input, and write its text. Any error ends the child."""
    read_order()
    logging.disable()
    out = codecs.getwriter("utf-8")(sys.stdout.buffer)
    with zipfile.ZipFile(sys.stdin.buffer) as archive:
        parts = archive.infolist()
        is_complete = not any(part.filename.lower().endswith(PICTURES) for part in parts)
        out.write(_COMPLETE if is_complete else "pictures\n")
        for part in parts:
            with archive.open(part) as stream:
                for text in _texts(stream):
                    out.write(text)
            out.write("\n")


def _texts(stream: IO[bytes]) -> Iterator[str]:
    """Yield the text of a part without tags, also without those that two pieces share."""
    decoder, rest = codecs.getincrementaldecoder("utf-8")("replace"), ""
    while piece := stream.read(_PIECE):
        text = rest + decoder.decode(piece)
        opened = text.rfind("<")
        is_open = opened > text.rfind(">") and len(text) - opened < _PIECE
        text, rest = (text[:opened], text[opened:]) if is_open else (text, "")
        yield _TAGS.sub("\n", text)
    yield _TAGS.sub("\n", rest + decoder.decode(b"", final=True))


if __name__ == "__main__":
    main()
