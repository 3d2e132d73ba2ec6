"""IP addresses that we may connect to. No I/O.

Checks a list of blocked networks first and `is_global` second. `is_global` alone would allow multicast, relay
addresses that contain a private address, and some addresses that cloud providers use internally.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

type IP = IPv4Address | IPv6Address


def _v4(*networks: str) -> tuple[IPv4Network, ...]:
    return tuple(map(IPv4Network, networks))


def _v6(*networks: str) -> tuple[IPv6Network, ...]:
    return tuple(map(IPv6Network, networks))


#: Blocked networks by reason, in the order of the checks. Callers may show the reason.
BLOCKED_V4: dict[str, tuple[IPv4Network, ...]] = {
    "address-unspecified": _v4("0.0.0.0/8"),
    "address-loopback": _v4("127.0.0.0/8"),
    # 168.63.129.16 is a public address, but inside Azure it reaches the host of the virtual machine.
    "address-metadata": _v4("169.254.169.254/32", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32"),
    "address-link-local": _v4("169.254.0.0/16"),
    "address-private": _v4("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    "address-shared": _v4("100.64.0.0/10"),
    "address-multicast": _v4("224.0.0.0/4"),
    "address-reserved": _v4(
        "192.0.0.0/24", "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "240.0.0.0/4"
    ),
    "address-relay": _v4("192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"),
}
BLOCKED_V6: dict[str, tuple[IPv6Network, ...]] = {
    "address-unspecified": _v6("::/128"),
    "address-loopback": _v6("::1/128"),
    "address-metadata": _v6("fd00:ec2::254/128", "fd20:ce::254/128"),
    # Each of these contains an IPv4 address that a gateway may extract and connect to.
    "address-embedded": _v6(
        "::ffff:0:0/96", "::ffff:0:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"
    ),
    "address-link-local": _v6("fe80::/10"),
    "address-private": _v6("fc00::/7", "fec0::/10"),
    "address-multicast": _v6("ff00::/8"),
    "address-reserved": _v6("100::/64", "100:0:0:1::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16"),
    "address-relay": _v6("2620:4f:8000::/48"),
}
#: The only IPv6 range that is allocated for the public internet.
ALLOCATED_V6 = IPv6Network("2000::/3")
#: Reasons that do not block an origin listed in settings. Metadata and multicast stay blocked.
ALLOWED_WHEN_LISTED = frozenset({"address-loopback", "address-private", "address-shared"})


def block_reason(ip: IP) -> str | None:
    """Return the reason why `ip` is blocked, or None for an address of the public internet."""
    blocked = BLOCKED_V4 if isinstance(ip, IPv4Address) else BLOCKED_V6
    for reason, networks in blocked.items():
        if any(ip in network for network in networks):
            return reason
    if isinstance(ip, IPv6Address):
        if ip.scope_id is not None:
            return "address-zone"
        if ip not in ALLOCATED_V6:
            return "address-reserved"
        if (int(ip) >> 32) & 0xFDFF_FFFF == 0x0000_5EFE:  # ISATAP: the last four bytes are an IPv4 address
            return "address-embedded"
    return None if ip.is_global else "address-reserved"


def block_reason_when_listed(ip: IP) -> str | None:
    """Check as `block_reason`, but allow this machine and private networks, for an origin listed in settings."""
    reason = block_reason(ip)
    return None if reason in ALLOWED_WHEN_LISTED else reason


def read_ip(text: str) -> IP | None:
    """Parse an IP address in its canonical form; return None for anything else, such as one with a zone ID."""
    try:
        return ip_address(text) if "%" not in text else None
    except ValueError:
        return None
