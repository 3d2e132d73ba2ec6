"""What we seal reaches the log in the transaction that seals it, and is offered with its proof."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client

from pagetojob.transparency import services, verify
from pagetojob.transparency.models import EntryKind, LogSubmission
from pagetojob.transparency.signing import new_signer
from pagetojob.transparency.verify import LOG
from readiness.models import PackVersion
from readiness.services.current import current

SIGNER = new_signer("log.example", LOG)


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.LOG_SIGNING_KEYS = SIGNER.secret()
    settings.LOG_WITNESS_KEYS = settings.LOG_REVOKED_KEYS = ""


def test_a_version_of_the_pack_is_offered_with_its_proof(pack: None, client: Client) -> None:
    number = current().number
    address = f"/servicetitan-ready-websites/changes/{number}/with-proof.zip"
    waiting = client.get(address)
    assert waiting.status_code == 409 and waiting["Retry-After"] == "60" and "within a minute" in waiting.text
    assert "<h1>The file is not ready yet</h1>" in waiting.text and "Reload this page" in waiting.text
    services.sequence()
    content = client.get(address).content
    assert verify.verify(content, verify.Trust([SIGNER.key]))["valid"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read(f"pack-{number}.json").decode() == PackVersion.objects.get(number=number).body


def test_every_version_is_submitted(pack: None) -> None:
    submitted = LogSubmission.objects.filter(kind=EntryKind.PACK_VERSION).values_list("name", "sha256")
    assert set(submitted) == {(str(row.number), row.sha256) for row in PackVersion.objects.all()}
