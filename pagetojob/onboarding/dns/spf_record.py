"""Grammar of SPF records (RFC 7208, sections 4.5, 4.6, 5 and 7). Pure."""

import ipaddress
import re
from dataclasses import dataclass

#: Mechanisms and modifiers that cost a lookup (section 4.6.4).
COSTLY = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
_VERSION = re.compile(r"v=spf1(?= |\Z)", re.IGNORECASE)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)\Z", re.IGNORECASE | re.DOTALL)
_MECHANISM = re.compile(
    r"([+?~-]?)([a-z][a-z0-9_.-]*)(?::([^/]*(?:/(?![0-9/])[^/]*)*))?((?:/[0-9]+)?(?://[0-9]+)?)\Z", re.IGNORECASE
)
_MACRO = re.compile(r"%(?:[%_-]|\{[slodiphcrtv][0-9]*r?[.+,/_=-]*\})", re.IGNORECASE)
_LITERAL = re.compile(r"[!-$&-~]*\Z")
_TOP_LABEL = re.compile(r"(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\Z", re.IGNORECASE)


class BadSpf(Exception):
    """Raised for a record that receivers reject with a permanent error."""


@dataclass(frozen=True)
class Term:
    """A mechanism or the redirect modifier. `target` is its domain as written, without a final dot."""

    text: str
    qualifier: str
    name: str
    target: str


@dataclass(frozen=True)
class SpfRecord:
    """Mechanisms up to `all`, the terms behind it, and the redirect, which `all` disables."""

    mechanisms: tuple[Term, ...]
    unreachable: tuple[Term, ...]
    redirect: Term | None

    @property
    def all(self) -> Term | None:
        """Return the `all` mechanism."""
        return self.mechanisms[-1] if self.mechanisms and self.mechanisms[-1].name == "all" else None


def spf_records(texts: tuple[str, ...]) -> list[str]:
    """Return the texts that are SPF records."""
    return [text for text in texts if _VERSION.match(text)]


def parse_spf(text: str) -> SpfRecord:
    """Parse an SPF record. Raises BadSpf."""
    mechanisms: list[Term] = []
    modifiers: dict[str, Term] = {}
    for word in filter(None, text[len("v=spf1") :].split(" ")):
        if modifier := _MODIFIER.match(word):
            _add_modifier(modifiers, word, modifier[1].lower(), modifier[2])
        else:
            mechanisms.append(_mechanism(word))
    end = next((place + 1 for place, term in enumerate(mechanisms) if term.name == "all"), len(mechanisms))
    everything = any(term.name == "all" for term in mechanisms)
    redirect = None if everything else modifiers.get("redirect")
    return SpfRecord(tuple(mechanisms[:end]), tuple(mechanisms[end:]), redirect)


def _add_modifier(modifiers: dict[str, Term], word: str, name: str, value: str) -> None:
    if name in ("redirect", "exp"):
        if name in modifiers:
            raise BadSpf(f"{name}= occurs twice")
        _check_domain(word, value)
    elif _without_macros(value) is None:
        raise BadSpf(f"“{_cut(word)}” contains an invalid macro")
    modifiers.setdefault(name, Term(_cut(word), "+", name, value.removesuffix(".")))


def _mechanism(word: str) -> Term:
    match = _MECHANISM.match(word)
    if not match:
        raise BadSpf(f"“{_cut(word)}” is not valid")
    qualifier, name, target, lengths = match[1] or "+", match[2].lower(), match[3], match[4]
    if name in ("ip4", "ip6"):
        _check_network(word, name, f"{target or ''}{lengths}")
        return Term(_cut(word), qualifier, name, "")
    if name not in ("all", "include", "a", "mx", "ptr", "exists"):
        raise BadSpf(f"“{_cut(word)}” is not a mechanism")
    if (name in ("include", "exists") and target is None) or (name == "all" and target is not None):
        raise BadSpf(f"“{_cut(word)}” is not valid")
    _check_lengths(word, name, lengths)
    if target is not None:
        _check_domain(word, target)
    return Term(_cut(word), qualifier, name, (target or "").removesuffix("."))


def _check_lengths(word: str, name: str, lengths: str) -> None:
    if lengths and name not in ("a", "mx"):
        raise BadSpf(f"“{_cut(word)}” is not valid")
    ip4, _, ip6 = lengths.removeprefix("/").partition("//") if not lengths.startswith("//") else ("", "", lengths[2:])
    for length, most in ((ip4, 32), (ip6, 128)):
        if length and (len(length) > 3 or int(length) > most or (length[0] == "0" and length != "0")):
            raise BadSpf(f"“{_cut(word)}” has an invalid prefix length")


def _check_network(word: str, name: str, network: str) -> None:
    family = ipaddress.IPv4Network if name == "ip4" else ipaddress.IPv6Network
    address, slash, length = network.partition("/")
    try:
        family(f"{address}/{length}" if slash else address, strict=False)
    except ValueError:
        address = ""
    if not address or (slash and not length.isdigit()):
        raise BadSpf(f"“{_cut(word)}” is not a valid network")


def _check_domain(word: str, target: str) -> None:
    """Check a domain-spec (section 7.1): it ends with a macro, or with a label that is not all digits."""
    literal = _without_macros(target)
    if not target or literal is None:
        raise BadSpf(f"“{_cut(word)}” has no valid domain")
    if target.endswith(("}", "%%", "%_", "%-")):
        return
    before, dot, last = target.removesuffix(".").rpartition(".")
    if not (dot and before and _TOP_LABEL.match(last)):
        raise BadSpf(f"“{_cut(word)}” has no valid domain")


def _without_macros(text: str) -> str | None:
    """Return the text without its macros; None if other text in it is not valid."""
    literal = _MACRO.sub("", text)
    return literal if _LITERAL.match(literal) else None


def _cut(word: str) -> str:
    shown = word.encode("ascii", "backslashreplace").decode()
    return shown if len(shown) <= 60 else shown[:57] + "…"
