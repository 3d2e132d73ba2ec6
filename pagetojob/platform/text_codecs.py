"""The codec of a text file in Unicode, by its first bytes. Pure."""

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xef\xbb\xbf", "utf-8-sig", "UTF-8"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)


def unicode_codec(start: bytes) -> tuple[str, str] | None:
    """Return the codec and its name by the byte order mark, or UTF-16 if the NUL bytes suggest it; else None."""
    marked = next(((codec, name) for mark, codec, name in _MARKS if start.startswith(mark)), None)
    return marked or _by_its_nuls(start)


def _by_its_nuls(start: bytes) -> tuple[str, str] | None:
    """Detect UTF-16 without a byte order mark: every other byte of Latin text is NUL."""
    pairs = len(start) // 2
    even, odd = start[::2].count(0), start[1::2].count(0)
    if pairs and odd > pairs * 0.6 and even < pairs * 0.1:
        return "utf-16-le", "UTF-16"
    if pairs and even > pairs * 0.6 and odd < pairs * 0.1:
        return "utf-16-be", "UTF-16"
    return None
