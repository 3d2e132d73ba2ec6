"""Word lists, written as text. Pure."""


def wordset(words: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(words.split())
