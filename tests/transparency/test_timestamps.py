"""Timestamps of checkpoints by a real authority (`openssl ts`): asked for, checked, bundled, and refused if wrong."""

import base64
import hashlib
import json
import shutil
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from rfc3161_client.errors import VerificationError

from pagetojob.platform.canonical import canonical_json
from pagetojob.transparency import local_authority, selectors, services, timestamps, verify
from pagetojob.transparency.bundles import NotProvable, make_bundle
from pagetojob.transparency.models import CheckpointTimestamp, EntryKind
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG, Trust

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed"),
]
SIGNER = new_signer("log.example", LOG)
CONTENT = b'{"pages": []}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    local_authority.make(folder)
    return folder


@pytest.fixture(autouse=True)
def dated_log(settings: Any, authority: Path) -> None:
    settings.LOG_SIGNING_KEYS, settings.LOG_WITNESS_KEYS, settings.LOG_REVOKED_KEYS = SIGNER.secret(), "", ""
    settings.LOG_LOCAL_AUTHORITY, settings.LOG_AUTHORITY_URL = str(authority), ""
    settings.LOG_AUTHORITY_CERTIFICATE = local_authority.make(authority)
    services.submit(EntryKind.EVIDENCE_FILE, hashlib.sha256(CONTENT).hexdigest())
    services.sequence()


def trust(certificate: str) -> Trust:
    return Trust([SIGNER.key], [], certificate)


def test_a_checkpoint_is_dated_once_and_its_bundle_is_valid(settings: Any, client: Client) -> None:
    with pytest.raises(NotProvable):
        make_bundle({"result.note": CONTENT})
    assert (timestamps.date_newest(), timestamps.date_newest()) == (1, 0)
    bundle = make_bundle({"result.note": CONTENT})
    result = verify.verify(bundle, trust(settings.LOG_AUTHORITY_CERTIFICATE))
    assert result["valid"], result
    [dated] = [line for line in map(str, result["checks"]) if "Time stamp:" in line]
    assert str(CheckpointTimestamp.objects.get().dated_at.year) in dated
    page = client.get("/log/").text
    assert "a local time authority on this machine. It proves nothing to others." in page


def test_a_bundle_waits_for_a_dated_state_and_uses_the_newest(settings: Any) -> None:
    timestamps.date_newest()
    first = CheckpointTimestamp.objects.get().checkpoint_id
    services.submit(EntryKind.MONTH, "0" * 64)
    services.sequence()
    proof = json.loads(zipfile.ZipFile(BytesIO(make_bundle({"result.note": CONTENT}))).read(verify.PROOF))
    assert verify.read_checkpoint(verify.read_note(proof["checkpoint"]).text).size == first
    assert timestamps.date_newest() == 1


@pytest.mark.parametrize("change", ["none", "of another state", "of another authority"])
def test_a_wrong_timestamp_is_refused(settings: Any, tmp_path: Path, change: str) -> None:
    timestamps.date_newest()
    with zipfile.ZipFile(BytesIO(make_bundle({"result.note": CONTENT}))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    proof, certificate = json.loads(files[verify.PROOF]), settings.LOG_AUTHORITY_CERTIFICATE
    if change == "none":
        proof["timestamp"] = ""
    elif change == "of another state":
        token = timestamps.ask(b"another state").time_stamp_token()
        proof["timestamp"] = base64.b64encode(token).decode()
    else:
        certificate = local_authority.make(tmp_path / "other")
    files[verify.PROOF] = canonical_json(proof).encode()
    result = verify.verify(verify.pack_files(files), trust(certificate))
    assert not result["valid"] and "timestamp" in result["reason"]


def test_an_answer_of_another_authority_or_about_something_else_is_not_stored(settings: Any, tmp_path: Path) -> None:
    settings.LOG_AUTHORITY_CERTIFICATE = local_authority.make(tmp_path / "other")
    with pytest.raises(VerificationError):
        timestamps.ask(b"text")
    assert timestamps.date_newest() == 0
    assert not CheckpointTimestamp.objects.exists()


def test_an_authority_that_does_not_answer_stops_nothing(settings: Any, tmp_path: Path) -> None:
    settings.LOG_LOCAL_AUTHORITY = str(tmp_path / "missing")
    assert timestamps.date_newest() == 0
    settings.LOG_LOCAL_AUTHORITY, settings.LOG_AUTHORITY_URL = "", "https://127.0.0.1:1/tsr"
    assert timestamps.date_newest() == 0
    services.submit(EntryKind.MONTH, "1" * 64)
    assert services.sequence() == 1


def test_a_timestamp_stays(settings: Any) -> None:
    timestamps.date_newest()
    for spoil in (CheckpointTimestamp.objects.all().delete, lambda: CheckpointTimestamp.objects.update(token=b"")):
        with pytest.raises(DatabaseError), transaction.atomic():
            spoil()
    assert selectors.newest_checkpoint() is not None
