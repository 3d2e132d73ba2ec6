"""One spelling for an e-mail address. Pure."""

import unicodedata


def normalised_email(typed: str) -> str:
    """What two spellings of one address have in common: width, composition, case and blanks around it do not count.

    Letters that only look alike, such as a dotless i, stay different.
    """
    return unicodedata.normalize("NFKC", typed).strip().lower()
