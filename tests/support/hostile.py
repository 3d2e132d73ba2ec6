"""A server on loopback that says, byte by byte, what a path is told to; and its own authority for TLS."""

import datetime
import gzip
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

type Said = Iterable[bytes]


def plain(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """One whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def zipped(data: bytes) -> bytes:
    """Without the second at which it was made: what names a test must be the same in each process that collects it."""
    return gzip.compress(data, mtime=0)


def to(place: str, status: str = "302 Found") -> bytes:
    return plain(b"elsewhere", f"Location: {place}", status=status)


class Hostile:
    """`says[path]` gives what is sent for it, in pieces; `heard` holds each request as it came."""

    def __init__(self, context: ssl.SSLContext | None = None, *, port: int = 0) -> None:
        self.says: dict[str, Callable[[], Said]] = {}
        self.heard: list[str] = []
        self.released = threading.Event()
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def say(self, path: str, *pieces: bytes) -> None:
        self.says[path] = lambda: pieces

    def close(self) -> None:
        self.released.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
        self._listener.close()

    def wait(self, seconds: float) -> None:
        """For a path that takes its time: over at once when the test is."""
        self.released.wait(seconds)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                got = connection.recv(65_536)
                if not got:
                    break
                request += got
            head, _, body = request.partition(b"\r\n\r\n")
            length = next(
                (int(line[16:]) for line in head.lower().split(b"\r\n") if line[:16] == b"content-length: "), 0
            )
            while len(body) < length and (got := connection.recv(65_536)):
                body, request = body + got, request + got
            self.heard.append(request.decode("latin-1"))
            path = request.split(b" ")[1].decode("latin-1") if request else ""
            for piece in self.says.get(path, lambda: [plain(b"nothing here", status="404 Not Found")])():
                connection.sendall(piece)
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        connection.close()


@contextmanager
def hostile(context: ssl.SSLContext | None = None) -> Generator[Hostile]:
    server = Hostile(context)
    try:
        yield server
    finally:
        server.close()


def certificate_for(names: list[str], folder: Path) -> tuple[Path, ssl.SSLContext]:
    """(file of the authority, context of a server) for these names and 127.0.0.1; good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    authority, secret = folder / "authority.pem", folder / "key.pem"
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, secret)
    return authority, context
