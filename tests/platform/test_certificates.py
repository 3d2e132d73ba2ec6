"""A certificate is read by a handshake with an address that passed the guard."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pagetojob.platform.outbound.addresses import AddressRefused, Origin
from pagetojob.platform.outbound.certificates import read_certificate
from pagetojob.platform.outbound.errors import RefusedError, TransientError
from tests.support.hostile import certificate_for, hostile


class Here:
    """A resolver by which every name leads to this machine."""

    def resolve(self, host: str) -> list[str]:
        return ["127.0.0.1"]


def test_the_dates_of_a_valid_certificate_are_read_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, context = certificate_for(["site.example"], tmp_path)
    with hostile(context) as server:
        listed = frozenset(Origin("https", name, server.port) for name in ("site.example", "other.example"))

        def ask(host: str) -> timedelta:
            certificate = read_certificate(host, port=server.port, listed=listed, resolver=Here())
            assert certificate.issued_at < datetime.now(UTC)
            return certificate.expires_at - datetime.now(UTC)

        with pytest.raises(RefusedError, match="not valid: self-signed certificate"):
            ask("site.example")
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert timedelta(hours=23) < ask("site.example") < timedelta(hours=25)
        with pytest.raises(RefusedError, match="not valid: Hostname mismatch"):
            ask("other.example")
        assert not any(server.heard)


def test_an_address_in_our_network_is_not_called() -> None:
    with pytest.raises(AddressRefused):
        read_certificate("site.example", resolver=Here())


def test_a_host_without_tls_is_a_passing_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransientError, match="could not be reached by TLS"):
        read_certificate(
            "site.example",
            port=port,
            listed=frozenset({Origin("https", "site.example", port)}),
            resolver=Here(),
        )
