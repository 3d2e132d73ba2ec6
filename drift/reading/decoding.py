"""Decode the bytes of a page in any encoding. Pure."""

import codecs
import re

from .errors import PageRefused

MOST_BYTES = 10_000_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
#: The first bytes of PDF, image, ZIP, gzip, program and font files.
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"PK\x03\x04", b"\x1f\x8b", b"\x7fELF", b"wOF")
_META = re.compile(rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([a-zA-Z0-9_:-]{2,30})", re.IGNORECASE)
_LOOKED_AT = 4096
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
    name = _encoding(data, charset)
    text = data.decode(name, "drift.windows" if name == "utf-8" else "replace").lstrip("\ufeff")
    _refuse_binary(text)
    if "â€" in text or "Â" in text:
        for wrong, right in _MOJIBAKE:
            text = text.replace(wrong, right)
    return text.replace("\x00", "")


def _encoding(data: bytes, charset: str) -> str:
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    meta = _META.search(data[:_LOOKED_AT])
    for declared in (charset, meta[1].decode("ascii") if meta else ""):
        if declared and (known := _known(declared)):
            return "utf-8" if known.startswith(("cp1252", "iso8859-1")) and _is_utf8(data) else known
    return "utf-8"


def _known(declared: str) -> str:
    """Return Python's name of a declared encoding as browsers map it; empty if it is not a text encoding."""
    try:
        info = codecs.lookup(declared)
        "x".encode(info.name).decode(info.name)
    except (LookupError, ValueError, TypeError):
        return ""
    if info.name.startswith("utf-16") or info.name.startswith("utf-32"):
        return "utf-8"  # the declaration itself was read as ASCII
    return "cp1252" if info.name in ("iso8859-1", "ascii") else info.name


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(text: str) -> None:
    head = text[:_LOOKED_AT]
    odd = sum(1 for char in head if (char < " " and char not in "\t\n\r\f") or char == "\ufffd")
    if odd > len(head) // 20:
        raise PageRefused("binary", "The file is not text: too many bytes are not characters.")
