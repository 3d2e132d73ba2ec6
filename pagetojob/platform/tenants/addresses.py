"""Normalization of email addresses. Pure."""

import unicodedata


def normalised_email(typed: str) -> str:
    """Return the normalized address, so that spellings with different width, composition, case or padding match.

    Letters that only look alike, such as a dotless i, stay different.
    """
    return unicodedata.normalize("NFKC", typed).strip().lower()
