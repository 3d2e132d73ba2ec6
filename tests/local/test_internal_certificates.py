"""The certificate between Caddy and gunicorn: made once, renewed in time, and its key readable by one user only."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from pagetojob.local import internal_certificates as certificates


def end_of(folder: Path) -> datetime:
    return x509.load_pem_x509_certificate((folder / certificates.CERTIFICATE).read_bytes()).not_valid_after_utc


def test_a_valid_certificate_stays(tmp_path: Path) -> None:
    assert certificates.make(tmp_path)
    before = (tmp_path / certificates.CERTIFICATE).read_bytes()
    assert not certificates.make(tmp_path)
    assert (tmp_path / certificates.CERTIFICATE).read_bytes() == before
    assert (tmp_path / certificates.KEY).stat().st_mode & 0o777 == 0o600
    names = x509.load_pem_x509_certificate(before).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["web", "localhost"]


def test_it_is_renewed_a_year_before_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(certificates, "_VALID", timedelta(days=364))
        certificates.make(tmp_path)
    assert certificates.make(tmp_path)
    assert end_of(tmp_path) > datetime.now(UTC) + timedelta(days=4 * 365)
    (tmp_path / certificates.KEY).unlink()
    assert certificates.make(tmp_path)
