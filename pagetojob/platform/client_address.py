"""The address that a request came from, as far as it can be trusted. It feeds rate limits."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the client's address behind our own proxies (`TRUSTED_PROXIES`); empty when there is none."""
    return address_behind_proxies(
        peer=request.META.get("REMOTE_ADDR", ""),
        forwarded=request.headers.get("X-Forwarded-For", ""),
        proxies=settings.TRUSTED_PROXIES,
    )


def address_behind_proxies(*, peer: str, forwarded: str, proxies: int) -> str:
    """Return the address that our outermost proxy was called from; empty when neither value is an address.

    `peer` is the other end of the connection, `forwarded` the X-Forwarded-For header. Each of our `proxies` appends
    its caller, so the client is that many entries from the end. Entries before it can be forged and are ignored.
    """
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded and proxies > 0 else []
    candidate = hops[-proxies] if len(hops) >= proxies > 0 else peer
    return _normalized(candidate) or _normalized(peer)


def network(address: str) -> str:
    """Return the network by which limits count an address.

    An IPv6 client controls a whole /64; clients without an address share one counter.
    """
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ip_address(address).version == 6 else address
    except ValueError:
        return ""


def _normalized(text: str) -> str:
    """Return one spelling per address; an IPv4 address mapped to IPv6 becomes IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return str(getattr(address, "ipv4_mapped", None) or address)
