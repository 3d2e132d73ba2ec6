"""Text for a header or a text message. Pure."""


def header_text(text: str) -> str:
    """Return header-safe text: no line breaks, control or bidirectional characters; single spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
