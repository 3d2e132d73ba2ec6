"""Create the certificate with which gunicorn encrypts its connection to Caddy.

    python -m pagetojob.local.internal_certificates FOLDER [NAME…]

It is signed by its own key, and Caddy trusts only this certificate. It stays while it is valid for another year.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CERTIFICATE, KEY = "web.crt", "web.key"
#: The name of the service in docker-compose.yml, and those of its health check.
NAMES = ("web", "localhost", "127.0.0.1")
_VALID = timedelta(days=5 * 365)
_RENEWED_BEFORE_END = timedelta(days=365)


def make(folder: Path, names: Sequence[str] = NAMES) -> bool:
    """Create key and certificate unless valid ones exist; return whether they are new."""
    file = folder / CERTIFICATE
    now = datetime.now(UTC)
    if file.is_file() and (folder / KEY).is_file():
        end = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
        if end > now + _RENEWED_BEFORE_END:
            return False
    key = ec.generate_private_key(ec.SECP256R1())
    _write(folder / KEY, _pem_of(key), mode=0o600)
    _write(file, _certificate(key, names, now).public_bytes(serialization.Encoding.PEM), mode=0o644)
    return True


def _certificate(key: ec.EllipticCurvePrivateKey, names: Sequence[str], now: datetime) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "PageToJob web")])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + _VALID)
    builder = builder.add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return builder.add_extension(usage, critical=False).sign(key, hashes.SHA256())


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    encryption = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def _write(file: Path, content: bytes, *, mode: int) -> None:
    file.unlink(missing_ok=True)
    file.touch(mode=mode)
    file.write_bytes(content)
    file.chmod(mode)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m pagetojob.local.internal_certificates", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=NAMES)
    options = parser.parse_args()
    print("Created a certificate." if make(options.folder, options.names) else "The certificate is valid.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
