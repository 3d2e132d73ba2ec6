"""Domain names: from text that people typed, and back to text."""

import re

import dns.exception
import dns.name
import idna

#: Letters, digits, hyphens and underscores, which service names such as _dmarc begin with.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")


class BadName(ValueError):
    """Raised for a text that is no domain name."""


def parse_name(typed: str) -> dns.name.Name:
    """Return the absolute name that `typed` means, in lower case, with international labels in their ASCII form."""
    labels = typed.strip().removesuffix(".").split(".") if typed.isascii() else _international(typed)
    labels = [label.lower() for label in labels]
    if not all(_LABEL.match(label) for label in labels):
        raise BadName(f"{typed[:80]!r} is not a domain name.")
    try:
        return dns.name.Name([*(label.encode("ascii") for label in labels), b""])
    except dns.exception.DNSException:
        raise BadName(f"{typed[:80]!r} is too long for a domain name.") from None


def _international(typed: str) -> list[str]:
    try:
        mapped = idna.uts46_remap(typed.strip()[:300], std3_rules=False).removesuffix(".")
        return [label if label.isascii() else idna.alabel(label).decode("ascii") for label in mapped.split(".")]
    except (idna.IDNAError, UnicodeError):
        raise BadName(f"{typed[:80]!r} is not a domain name.") from None


def name_within(domain: dns.name.Name, typed: str) -> dns.name.Name:
    """Return the name of a record of `domain`: "@" is the domain, "www" is below it, and full names stay as they are.

    A name is full if it ends with a dot, with the domain, or with the last two labels of the domain.
    """
    if typed.strip() == "@":
        return domain
    name = parse_name(typed)
    registered = dns.name.Name(domain.labels[-3:])
    if typed.strip().endswith(".") or (len(registered) == 3 and name.is_subdomain(registered)):
        return name
    try:
        return name.relativize(dns.name.root).concatenate(domain)
    except dns.exception.DNSException:
        raise BadName(f"{typed[:80]!r} is too long for a name below the domain.") from None


def show(name: dns.name.Name) -> str:
    """Return the name in lower case and without its final dot; the root is a dot."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else "."
