"""Lists of small words, written as a sentence. Pure."""


def wordset(words: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(words.split())
