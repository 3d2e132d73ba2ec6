"""Read the text of a PDF file of a stranger in a child process, with limits on memory, time and output. Pure."""

import json
import logging
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from pagetojob.platform.limited_process import Allowance, ChildFailed, read_order, run_limited

if TYPE_CHECKING:
    from pypdf import PdfReader

#: Far less than the lease of a run and the time limit of a task: a run checkpoints after each file.
ALLOWANCE = Allowance(memory=512 * 1024**2, seconds=20, output=64 * 1024**2, niceness=10)


class FileText(NamedTuple):
    """The text of a file. It is not complete if a part, such as a picture, may contain text that was not read."""

    text: str
    is_complete: bool


NOT_READ = FileText("", is_complete=False)


def text_of_pdf(content: bytes) -> FileText:
    """Return the text of pages, links, comments, form fields and properties. Nothing of a damaged or locked file."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as answer:
        source.write(content)
        try:
            run_limited("pagetojob.retention.pdf_text", None, source=source, answer=answer, allowance=ALLOWANCE)
            text, is_complete = json.loads(answer.read())
        except (ChildFailed, ValueError):
            return NOT_READ
    return FileText(str(text), is_complete is True)


def main() -> None:
    """Read a PDF from standard input, and write its text as JSON. Any error ends the child."""
    read_order()
    from pypdf import PdfReader  # noqa: PLC0415 - only the child loads the parser

    logging.disable()
    reader = PdfReader(BytesIO(sys.stdin.buffer.read()))
    texts, is_complete = [*_properties(reader)], not reader.attachments
    for page in reader.pages:
        text = page.extract_text()
        texts += [text, *_annotations(page)]
        is_complete = is_complete and bool(text.strip()) and not page.images.keys()
    sys.stdout.write(json.dumps(["\n".join(texts), is_complete]))


def _properties(reader: "PdfReader") -> Iterator[str]:
    yield from (str(value) for value in (reader.metadata or {}).values())
    yield from (str(field.value) for field in (reader.get_fields() or {}).values() if field.value is not None)


def _annotations(page: Any) -> Iterator[str]:
    for reference in page.annotations or ():
        note = reference.get_object()
        target = note.get("/A")
        values = (note.get("/Contents"), note.get("/T"), target.get_object().get("/URI") if target else None)
        yield from (str(value) for value in values if value is not None)


if __name__ == "__main__":
    main()
