"""Hosts of links in a text, and hidden links."""

import re

from .words import WORDS

ODD_TLDS = frozenset(WORDS["odd_tlds"])
_COMMON_TLDS = frozenset(WORDS["common_tlds"])
_OBFUSCATED_LINK = re.compile(
    r"[\w-] ?[\[({] ?(?:dot|d0t|\.|\u3002) ?[\])}] ?\w|\w d0t \w|\b\w+ dot (?:com|co|net|org|io|xyz|biz|info)\b|"
    r"hxxps?:|"
    r"\b[\w-]{2,30} \. (?:[\w-]{2,20} \. )?(?:com|co|net|org|io|ly|xyz|biz|info|ru|top|site|me|us)\b|"
    r"\[at\]|\(at\)|\w . c o m\b"
)
#: Parts of each hidden link. Searching for them is much faster than the pattern.
_HIDDEN_PARTS = ("dot", "d0t", "[.", "(.", "{.", "[ .", "( .", " . ", "hxxp", "[at", "(at", "o m", "\u3002")


def hides_link(text: str) -> bool:
    return any(part in text for part in _HIDDEN_PARTS) and bool(_OBFUSCATED_LINK.search(text))


def host_of(word: str) -> str:
    """Return the host of a word that is a link, or an empty text."""
    word = word.strip("()<>[]{}\"'.,;:!?*")
    if "." not in word or len(word) > 500:
        return ""
    bare = word.removeprefix("https://").removeprefix("http://")
    scheme = bare != word or bare.startswith("www.")
    host = re.split(r"[/?#:,)(>\]]", bare, maxsplit=1)[0].removeprefix("www.")
    labels = host.split(".")
    if "@" in host or len(labels) < 2 or not all(label.replace("-", "").isalnum() for label in labels):
        return ""
    known = labels[-1] in _COMMON_TLDS or labels[-1] in ODD_TLDS or f"{host}" in WORDS["shorteners"]
    return host if (scheme or known) and not labels[-1].isdecimal() and len(labels[0]) > 0 else ""


def is_host(host: str, names: list[str]) -> bool:
    return any(host == name or host.endswith("." + name) for name in names)


def is_safe(host: str) -> bool:
    return host.endswith((".gov", ".edu")) or (
        is_host(host, WORDS["safe_hosts"]) and not is_host(host, WORDS["shorteners"])
    )
