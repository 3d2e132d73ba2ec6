"""Strict URL parser for outbound calls, so that no two parsers can disagree about the host. No I/O.

Forms that browsers repair (odd numbers, full-width digits, backslashes, extra spaces) are refused instead: a
legitimate URL does not need them, and a refused URL cannot be interpreted differently by a later parser.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

import idna

from .errors import RefusedError
from .networks import IP

MAX_URL = 4096
PORTS = {"http": 80, "https": 443}
_SHAPE = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::([0-9]{1,5}))?")
_PLAIN = re.compile(r"([^:\[\]]+)(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_DOT_LOOKALIKES = frozenset("\u3002\uff0e\uff61\u2024\ufe52")
#: Top-level names that never belong to the public internet, even if a resolver returns an address.
OWN_NAMES = frozenset(
    {"localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "onion", "alt"}
)
_OWN_ENDINGS = ("home.arpa", "in-addr.arpa", "ip6.arpa")
_UNESCAPED = frozenset(range(0x21, 0x7F)) - set(b'"<>\\^`{|}')
#: Matches nearly every URL and avoids the slower check per character.
_VISIBLE = re.compile(r"[!-\[\]-~]*")
_UNESCAPED_ONLY = re.compile("[" + re.escape("".join(map(chr, sorted(_UNESCAPED)))) + "]*")

SENTENCES = {
    "url-length": "The address is longer than 4,096 characters.",
    "url-characters": "The address contains a space, a control or invisible character, or a backslash.",
    "url-shape": "The address does not have the form scheme://host/path.",
    "scheme": "Only http and https addresses are allowed.",
    "userinfo": "The address contains a user name or password.",
    "port": "Only ports 80 and 443 are allowed.",
    "host-empty": "The address has no host.",
    "host-encoded": "The host contains percent-encoding.",
    "host-brackets": "The text in brackets is not a plain IPv6 address.",
    "host-disguised": "The host contains lookalikes of plain characters.",
    "host-number": "The host is a number but not a plain dotted IPv4 address.",
    "host-name": "The host is not a valid name.",
    "host-own": "The host name belongs to a private network.",
    "address-unspecified": "The host is this machine.",
    "address-loopback": "The host is this machine.",
    "address-metadata": "The host is a cloud metadata service.",
    "address-link-local": "The host is a link-local address.",
    "address-private": "The host address belongs to a private network.",
    "address-shared": "The host address is shared within a provider's network.",
    "address-multicast": "The host is a multicast address.",
    "address-reserved": "The host is a reserved address, not part of the public internet.",
    "address-relay": "The host is a relay address.",
    "address-embedded": "The host is an IPv6 address that contains an IPv4 address.",
    "address-zone": "The host is an address with a zone ID.",
}


class AddressRefused(RefusedError):
    """The URL may not be called. `code` is a key of SENTENCES."""

    def __init__(self, code: str) -> None:
        super().__init__(code, SENTENCES[code])


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port. Two URLs are same-origin, or a URL is listed, if all three are equal."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True)
class Address:
    """Parsed URL. `target` is path and query in ASCII; `ip` is set if the host is an IP address."""

    origin: Origin
    target: str
    ip: IP | None

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def read(url: str, *, listed: frozenset[Origin] = frozenset()) -> Address:
    """Parse an absolute http or https URL. Does not resolve the host; its IP addresses are checked later.

    An origin in `listed` may have any port and a private host name. Raises AddressRefused.
    """
    if len(url) > MAX_URL:
        raise AddressRefused("url-length")
    check_characters(url)
    shape = _SHAPE.fullmatch(url)
    if shape is None:
        raise AddressRefused("url-shape")
    scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
    if scheme not in PORTS:
        raise AddressRefused("scheme")
    host, ip, port = _authority(authority)
    origin = Origin(scheme, host, PORTS[scheme] if port is None else port)
    if origin not in listed:
        if origin.port not in PORTS.values():
            raise AddressRefused("port")
        if ip is None and _is_own(host):
            raise AddressRefused("host-own")
    return Address(origin, _target(rest), ip)


def read_origin(url: str) -> Origin:
    """Parse an origin from settings, such as http://localhost:8080. Raises AddressRefused."""
    check_characters(url)
    shape = _SHAPE.fullmatch(url)
    if shape is None or shape[1].lower() not in PORTS:
        raise AddressRefused("url-shape")
    scheme = shape[1].lower()
    host, _, port = _authority(shape[2])
    return Origin(scheme, host, PORTS[scheme] if port is None else port)


def check_characters(text: str) -> None:
    """Raise AddressRefused for a backslash, whitespace, or a control, invisible, surrogate or unassigned character."""
    if _VISIBLE.fullmatch(text):
        return
    if "\\" in text or any(unicodedata.category(character)[0] in "CZ" for character in text):
        raise AddressRefused("url-characters")


@lru_cache(maxsize=256)
def _authority(authority: str) -> tuple[str, IP | None, int | None]:
    if "@" in authority:
        raise AddressRefused("userinfo")
    if "%" in authority:
        raise AddressRefused("host-encoded")
    if authority.startswith("["):
        match = _BRACKETED.fullmatch(authority)
        if match is None:
            raise AddressRefused("host-brackets")
        ip = _bracketed(match[1])
        return str(ip), ip, _port(match[2])
    if not authority or authority.startswith(":"):
        raise AddressRefused("host-empty")
    match = _PLAIN.fullmatch(authority)
    if match is None:
        raise AddressRefused("port" if "[" not in authority and "]" not in authority else "host-brackets")
    host, host_ip = _host(match[1])
    return host, host_ip, _port(match[2])


def _bracketed(text: str) -> IPv6Address:
    try:
        return IPv6Address(text)
    except ValueError:
        raise AddressRefused("host-brackets") from None


def _port(text: str | None) -> int | None:
    if text is None:
        return None
    if text.startswith("0") or not 0 < int(text) < 65536:
        raise AddressRefused("port")
    return int(text)


def _host(text: str) -> tuple[str, IPv4Address | None]:
    """Return the host in lower-case ASCII, and its IPv4 address if it is one."""
    name = text.lower() if text.isascii() else _ascii_name(text)
    if len(name) > 253:
        raise AddressRefused("host-name")
    labels = name.split(".")
    # Some parsers treat any host that ends in a number as an IPv4 address.
    if _NUMBER.fullmatch(labels[-1] or labels[-2 if len(labels) > 1 else -1]):
        try:
            return name, IPv4Address(name)  # accepts only four plain decimal numbers
        except ValueError:
            raise AddressRefused("host-number") from None
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused("host-name")
    if any(label.startswith("xn--") and not _is_punycode(label) for label in labels):
        raise AddressRefused("host-name")
    return name, None


def _ascii_name(text: str) -> str:
    """Return an international name in ASCII form. Raises AddressRefused for lookalikes of ASCII characters."""
    if _DOT_LOOKALIKES & set(text):
        raise AddressRefused("host-disguised")
    for label in text.split("."):
        plain = unicodedata.normalize("NFKC", label).lower()
        if (not label.isascii() and plain.isascii()) or plain != unicodedata.normalize("NFC", label).lower():
            raise AddressRefused("host-disguised")
    try:
        return ".".join(
            label.lower() if label.isascii() else idna.encode(label, uts46=True).decode("ascii")
            for label in text.split(".")
        )
    except (idna.IDNAError, UnicodeError):
        raise AddressRefused("host-name") from None


def _is_punycode(label: str) -> bool:
    """Return True if an xn-- label is the canonical encoding of a non-ASCII name."""
    try:
        name = idna.decode(label)
        return not name.isascii() and idna.encode(name).decode("ascii") == label
    except (idna.IDNAError, UnicodeError):
        return False


def _is_own(host: str) -> bool:
    labels = host.split(".")
    return len(labels) == 1 or labels[-1] in OWN_NAMES or any(f".{host}".endswith(f".{end}") for end in _OWN_ENDINGS)


def _target(rest: str) -> str:
    """Return path and query as sent in the request, percent-encoded."""

    path = rest if rest.startswith("/") else f"/{rest}"
    if _UNESCAPED_ONLY.fullmatch(path):
        return path
    return "".join(chr(byte) if byte in _UNESCAPED else f"%{byte:02X}" for byte in path.encode("utf-8", "strict"))
