"""A timestamp authority on this machine, for demos and tests: it is run by us, so its dates prove nothing to others.

It signs with `openssl ts`, which must be installed. Its certificates say what it is.
"""

import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NAME = "PageToJob local time authority, for demos only"
ROOT = "authority.pem"
_SIGNER, _KEY, _CONFIG = "signer.pem", "signer.key", "openssl.cnf"
_VALID = timedelta(days=3650)
#: `certs=` must be missing: with it, the answer has a second copy of the certificate and fails the check.
_CONFIGURATION = """\
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
signer_key = {folder}/signer.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1
tsa_name = yes
ess_cert_id_alg = sha256
"""


def make(folder: Path) -> str:
    """Create the authority in a private folder unless it is there; return its root certificate in PEM."""
    if not (folder / ROOT).is_file():
        folder.mkdir(parents=True, exist_ok=True)
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = _certificate(NAME, root_key, None, root_key)
        (folder / _SIGNER).write_bytes(_pem(_certificate(f"{NAME}, signer", key, root, root_key)))
        (folder / _KEY).touch(mode=0o600)
        (folder / _KEY).write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (folder / "serial").write_text("01\n")
        (folder / _CONFIG).write_text(_CONFIGURATION.format(folder=folder))
        (folder / ROOT).write_bytes(_pem(root))
    return (folder / ROOT).read_text()


def reply(folder: Path, request: bytes) -> bytes:
    """Return the answer to a timestamp request. Raises OSError without openssl, or if it fails."""
    with tempfile.TemporaryDirectory() as place:
        question, answer = Path(place) / "request", Path(place) / "answer"
        question.write_bytes(request)
        command = ["openssl", "ts", "-reply", "-config", str(folder / _CONFIG), "-queryfile", str(question)]
        done = subprocess.run(  # noqa: S603
            [*command, "-out", str(answer)], capture_output=True, check=False, timeout=30
        )
        if done.returncode:
            raise OSError(done.stderr.decode(errors="replace")[-300:])
        return answer.read_bytes()


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: x509.Certificate | None, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    """Return the root's certificate without an issuer, else one that may sign timestamps and nothing else."""
    subject, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + _VALID)
    builder = builder.add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    if issuer:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
