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
from pagetojob.platform.text_codecs import unicode_codec

from .pdf_text import NOT_READ, FileText

#: The text of a workbook of 25 MB is smaller, but an archive of 1 MB can contain gigabytes.
ALLOWANCE = Allowance(memory=128 * 1024**2, seconds=30, output=64 * 1024**2)
#: Parts of workbooks and documents whose text is not read: pictures, and files that contain files.
UNREAD = (
    *(".png", ".jpg", ".jpeg", ".gif", ".tif", ".tiff", ".bmp", ".webp", ".emf", ".wmf", ".pdf"),
    *(".zip", ".gz", ".7z", ".rar", ".xls", ".xlsx", ".xlsm", ".doc", ".docx", ".ppt", ".pptx", ".ods", ".odt"),
)
_EMBEDDED = "/embeddings/"
_COMPLETE = "complete\n"
_PIECE = 1024**2
#: Bit of a part whose name is in UTF-8.
_UTF_8 = 0x800
#: A tag contains no second "<": otherwise a part with a million of them and no ">" would be read a million times.
_TAGS = re.compile(r"(?:<[^<>]*>)+")
_NO_WORD = re.compile(r"[/\\_.-]+")
#: The code points of bytes that were decoded with "surrogateescape".
_ESCAPED = re.compile("[\udc80-\udcff]")
_OF_WINDOWS = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


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
        names = [part.filename.lower() for part in parts]
        is_complete = not any(name.endswith(UNREAD) or _EMBEDDED in name for name in names)
        out.write(_COMPLETE if is_complete else "not complete\n")
        for part in parts:
            out.write("\n".join((*_names(part), "")))
            with archive.open(part) as stream:
                for text in _texts(stream):
                    out.write(text)
            out.write("\n")


def _names(part: zipfile.ZipInfo) -> list[str]:
    """Return the name of a part in each encoding that its sender may have used, as words.

    A name without the flag of UTF-8 is in the code page of its sender, which the archive does not contain.
    """
    names = {part.filename}  # may be from an extra field for Unicode, which the directory contains next to the name
    if not part.flag_bits & _UTF_8:
        raw = part.orig_filename.encode("cp437")
        names |= {_read_as_windows(raw.decode("utf-8", "surrogateescape")), raw.decode("cp437"), raw.decode("cp850")}
    return sorted({_NO_WORD.sub(" ", name) for name in names})


def _read_as_windows(text: str) -> str:
    """Read the escaped bytes, which are not UTF-8, as text of Windows: a file without a byte order mark is in either.

    A handler of errors would be called for each byte, which takes ten times as long.
    """
    return text.translate(_OF_WINDOWS) if _ESCAPED.search(text) else text


def _texts(stream: IO[bytes]) -> Iterator[str]:
    """Yield the text of a part without tags, also without those that two pieces share."""
    piece = stream.read(_PIECE)
    codec, _ = unicode_codec(piece) or ("utf-8", "")
    decoder, rest = codecs.getincrementaldecoder(codec)("surrogateescape" if codec == "utf-8" else "replace"), ""
    while piece:
        text = rest + decoder.decode(piece)
        opened = text.rfind("<")
        is_open = opened > text.rfind(">") and len(text) - opened < _PIECE
        text, rest = (text[:opened], text[opened:]) if is_open else (text, "")
        yield _TAGS.sub("\n", _read_as_windows(text))
        piece = stream.read(_PIECE)
    yield _TAGS.sub("\n", _read_as_windows(rest + decoder.decode(b"", final=True)))


if __name__ == "__main__":
    main()
