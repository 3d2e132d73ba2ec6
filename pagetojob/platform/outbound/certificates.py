"""Read the TLS certificate of a host, through the address guard."""

import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import httpcore2

from .addresses import Origin, read
from .dialing import CheckedNetwork, Deadline
from .errors import RefusedError, TransientError
from .resolving import Resolver, SystemResolver, locate

_CONNECT_SECONDS = 5.0
_TOTAL_SECONDS = 10.0
#: A handshake with a long chain has a tenth of this.
_MOST_BYTES = 200_000


@dataclass(frozen=True)
class Certificate:
    """A certificate that is valid now, for the host that sent it."""

    issued_at: datetime
    expires_at: datetime


def read_certificate(
    host: str, *, port: int = 443, listed: frozenset[Origin] = frozenset(), resolver: Resolver | None = None
) -> Certificate:
    """Make a TLS handshake with a host, send nothing, and return its certificate.

    Raises AddressRefused if the host may not be called, RefusedError for a certificate that is not valid, and
    TransientError if there was no handshake.
    """
    address = read(f"https://{host}:{port}/", listed=listed)
    deadline = Deadline(_TOTAL_SECONDS)
    try:
        network = CheckedNetwork(
            locate(address, resolver=resolver or SystemResolver(), listed=listed),
            deadline=deadline,
            connect_seconds=_CONNECT_SECONDS,
            most_bytes=_MOST_BYTES,
        )
        stream = network.connect_tcp(host, port)
        with closing(stream.start_tls(ssl.create_default_context(), server_hostname=address.origin.host)) as secured:
            facts = secured.get_extra_info("socket").getpeercert()
    except ssl.SSLCertVerificationError as error:
        raise RefusedError("certificate", f"The certificate is not valid: {error.verify_message}.") from None
    except (OSError, httpcore2.ConnectError):
        raise TransientError("connect", "The host could not be reached by TLS.") from None
    finally:
        deadline.cancel()
    return Certificate(_time(facts["notBefore"]), _time(facts["notAfter"]))


def _time(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
