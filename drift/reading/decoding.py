"""Decode the bytes of a page in any encoding, and refuse what cannot be read or costs too much to parse. Pure.

An HTML parser searches its stack of open elements at each tag, and repeats unclosed formatting in each paragraph, as
the standard requires. 100,000 nested elements took 15 s, and unclosed fonts can grow without limit, so both are counted
first, in a single pass over the characters.
"""

import codecs
import re

from .errors import PageRefused
from .vocabulary import topic

_WORDS = topic("decoding")
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

DEEPEST = 400
MOST_REPEATED = 500_000
#: The parser compares each attribute of an element with those before it: 200,000 took more than a minute. The limit
#: is for a single element; the squares of the numbers of several are added. Shorter tags have too few to matter.
MOST_ATTRIBUTES, _MANY = 10_000, 1_000
#: A quote delimits a value directly after `=` only: `alt="5" pipe"` has the attributes `alt` and `pipe"`.
_ATTRIBUTE = (
    r"(?:=[^ \t\n\r\f/>=]*+|[^ \t\n\r\f/>=]++)"
    r"(?:[ \t\n\r\f]*+=[ \t\n\r\f]*+(?:\"[^\"]*+\"?+|'[^']*+'?+|[^ \t\n\r\f>]*+))?+"
)
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_TAG = re.compile(
    r"<!--(?:-?>|.*?--!?>|.*)|<(script|style|textarea|title|xmp)\b(?:.*?</\1|.*)"
    rf"|<(/?)([a-z][^ \t\n\r\f/>]*+)((?:[ \t\n\r\f/]++|{_ATTRIBUTE})*+)",
    re.IGNORECASE | re.DOTALL,
)


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


def refuse_costly(html: str) -> None:
    """Raise PageRefused if parsing the page would be disproportionately expensive."""
    depth = open_formatting = repeated = compared = 0
    for tag in _TAG.finditer(html):
        name = (tag[3] or "").lower()
        if not name:
            continue
        step = -1 if tag[2] else 1
        if name in _WORDS.formatting:
            open_formatting = max(0, open_formatting + step)
        if name not in _WORDS.light:  # with a required end tag, so that it adds to the depth
            depth = max(0, depth + step)
        repeated += max(0, open_formatting - 20)
        if depth > DEEPEST or repeated > MOST_REPEATED:
            raise PageRefused("too deep", f"The page nests its elements more than {DEEPEST} levels deep.")
        if len(tag[0]) > _MANY:
            compared += sum(1 for _ in _ATTRIBUTES.finditer(tag[4])) ** 2
        if compared > MOST_ATTRIBUTES**2:
            raise PageRefused("too wide", "The elements of the page have too many attributes.")
