"""Write a line on each page of the PDF on standard input. Pure; runs only as a child process."""

import sys
from io import BytesIO

import pikepdf

from pagetojob.platform.files.pdf_marks import Mark
from pagetojob.platform.limited_process import read_order

_SIZE, _LEFT, _BOTTOM = 8, 24, 12


def main() -> None:
    """Mark the PDF as ordered. An encrypted or damaged file, or one with too many pages, ends with an error."""
    order: Mark = read_order()
    with pikepdf.open(BytesIO(sys.stdin.buffer.read())) as paper:
        if paper.is_encrypted or not 0 < len(paper.pages) <= order.most_pages:
            raise SystemExit(1)
        font = paper.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for page in paper.pages:
            _mark(page, font, order.text)
        paper.save(sys.stdout.buffer, deterministic_id=True)
    sys.stdout.flush()


def _mark(page: pikepdf.Page, font: pikepdf.Object, text: str) -> None:
    """Write the line at the lower left, above everything. It is an artifact, so that a screen reader skips it."""
    name = page.add_resource(font, pikepdf.Name.Font)
    left, bottom = float(page.mediabox[0]) + _LEFT, float(page.mediabox[1]) + _BOTTOM
    letters = text.encode("cp1252", "replace").translate(None, b"\r\n")
    for sign in (b"\\", b"(", b")"):
        letters = letters.replace(sign, b"\\" + sign)
    # The page may leave a transformation behind, so its own content is put between q and Q.
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(
        b"\nQ\nq /Artifact BMC BT %s %d Tf 0.35 g %.2f %.2f Td (%s) Tj ET EMC Q\n"
        % (str(name).encode(), _SIZE, left, bottom, letters)
    )


if __name__ == "__main__":
    main()
