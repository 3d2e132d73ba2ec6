"""Decode the bytes of a page in any encoding. Pure."""

import codecs
import re

from .errors import PageRefused

MOST_BYTES = 10_000_000
#: The first bytes of PDF, image, ZIP, gzip, program and font files.
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF", b"wOF")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([a-zA-Z0-9_:-]{2,30})", re.IGNORECASE)
_LOOKED_AT = 4096
_ODD = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffd]")
#: Encodings that are often declared for UTF-8 and the other way round.
_WESTERN = ("utf", "ascii", "iso8859-1", "cp1252")
#: UTF-8 that was decoded as Windows-1252 and saved again. Hours and prices depend on these dashes.
_MOJIBAKE = (("â€™", "’"), ("â€“", "–"), ("â€”", "—"), ("â€œ", "“"), ("â€\x9d", "”"), ("Â\xa0", "\xa0"), ("Â®", "®"))  # noqa: RUF001


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Decode invalid bytes in a UTF-8 page as Windows-1252, because they were usually pasted from Windows."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("drift.windows", _as_windows)


def decode(data: bytes, *, charset: str = "") -> str:
    """Return the text of a page. `charset` is the one that its server declared. Raises PageRefused."""
    if len(data) > MOST_BYTES:
        raise PageRefused("too big", f"The page has {len(data):,} bytes. The maximum is {MOST_BYTES:,} bytes.")
    if not data.strip(b" \t\r\n\f\x00\xef\xbb\xbf\xff\xfe"):
        raise PageRefused("empty", "The page is empty.")
    if data.startswith(_BINARY):
        raise PageRefused("binary", "This is not a page but another kind of file, such as a PDF or an image.")
    text = data.decode(_encoding(data, charset), "drift.windows").lstrip("\ufeff")
    head = text[:_LOOKED_AT]
    if len(_ODD.findall(head)) > len(head) // 20:
        raise PageRefused("binary", "The file is not text: too many bytes are not characters.")
    for wrong, right in _MOJIBAKE:
        text = text.replace(wrong, right)
    return text.replace("\x00", "")


def _encoding(data: bytes, charset: str) -> str:
    """Return the declared encoding, or UTF-8 if it is Western, unknown or not one of text."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    meta = _META.search(data[:_LOOKED_AT])
    for declared in (charset, meta[1].decode("ascii") if meta else ""):
        try:
            name = codecs.lookup(declared).name
            b"\xff".decode(name, "drift.windows")
        except (LookupError, ValueError):
            continue
        return "utf-8" if name.startswith(_WESTERN) else name
    return "utf-8"
