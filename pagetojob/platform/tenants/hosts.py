"""Hosts of public websites: one normal form, and a skeleton that is equal for hosts that are easily confused. Pure."""

import string
import unicodedata

import idna

LONGEST_HOST = 253
#: Characters of a host name that people read as another character.
_SIMILAR = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "8": "b"})
#: Slugs that no contractor gets. They are, or may become, pages of ours; the others, with `PUBLIC_SUFFIX`, would be
#: hosts that people take for ours, or that browsers and mail programs ask unprompted.
_RESERVED = frozenset(
    {
        *("new", "admin", "api", "www", "ops", "portal", "static", "status", "help", "support", "account", "login"),
        *("secure", "security", "billing", "app", "assets", "cdn", "media", "demo", "test", "staging", "dev"),
        *("mail", "email", "webmail", "smtp", "imap", "pop", "mx", "mta-sts", "autoconfig", "autodiscover"),
        *("postmaster", "hostmaster", "webmaster", "abuse", "ns", "dns", "ftp", "sftp", "ssh", "vpn", "proxy"),
        *("localhost", "wpad", "isatap", "host", "server", "web", "db"),
    }
)
_SIMILAR_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


class BadHost(ValueError):
    """Raised for a text that is no public host; the message is for people."""


def normalized(typed: str) -> str:
    """Return a host in lower-case punycode. Raises BadHost.

    Letters outside the Latin script are refused: people confuse them with Latin letters.
    """
    host = unicodedata.normalize("NFKC", typed).strip().rstrip(".").lower()
    try:
        normal = idna.encode(host, uts46=True).decode()
        readable = idna.decode(normal)
    except (idna.IDNAError, UnicodeError) as error:
        raise BadHost("Enter a domain such as www.example.com, without https:// and without a path.") from error
    if len(normal) > LONGEST_HOST or "." not in normal or normal.rpartition(".")[2].isdigit():
        raise BadHost("Enter a domain such as www.example.com, without https:// and without a path.")
    if any(char.isalpha() and not unicodedata.name(char, "").startswith("LATIN") for char in readable):
        raise BadHost("Use Latin letters only: letters of other scripts can be mistaken for them.")
    return normal


def is_reserved(slug: str) -> bool:
    """Return whether no contractor may have this slug. A reserved one is reserved with a number too, such as `ns1`."""
    return slug.rstrip(string.digits) in _RESERVED


def skeleton(host: str) -> str:
    """Return a text that is equal for similar normalized hosts, such as `acrne.com`, `acme.com` and `acmé.com`."""
    letters = unicodedata.normalize("NFKD", idna.decode(host))
    plain = "".join(char for char in letters if not unicodedata.combining(char)).lower()
    for pair, single in _SIMILAR_PAIRS:
        plain = plain.replace(pair, single)
    return plain.translate(_SIMILAR)
