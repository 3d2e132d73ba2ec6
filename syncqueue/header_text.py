"""Text for a header, an address or a text message. Pure."""

import unicodedata


def header_text(text: str) -> str:
    """Return header-safe text: no line breaks, control or bidirectional characters; single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def without_invisible(typed: str) -> str:
    """Return an address without surrounding space and invisible characters, which a visitor may paste with it.

    A lead stores what was typed.
    """
    return "".join(char for char in typed if unicodedata.category(char) != "Cf").strip()
