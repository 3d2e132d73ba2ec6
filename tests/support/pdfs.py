"""Small PDF files, made without a library."""

import zlib


def pdf(text: str = "", *, link: str = "", has_picture: bool = False) -> bytes:
    """A file of one page with a line of text, a link to an address, and a picture."""
    drawn = f"BT /F1 12 Tf 40 700 Td ({text}) Tj ET" if text else ""
    content = zlib.compress(f"{drawn}{' /I1 Do' if has_picture else ''}".encode())
    annotation = f"/Annots [<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(mailto:{link})>>>>]" if link else ""
    picture = b"/XObject<</I1 6 0 R>>" if has_picture else b""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%b>>%b>>"
        % (picture, annotation.encode()),
        b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/XObject/Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>%b"
        % b"stream\n0\nendstream",
    ]
    file = b"%PDF-1.7\n"
    offsets = []
    for number, part in enumerate(parts, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj%b endobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(parts) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return file + head + table + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(file))
