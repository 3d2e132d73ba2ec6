"""Bundles: files with their proof of being in the log, and the program that checks it."""

import base64
import hashlib
from collections.abc import Iterable, Mapping

from django.conf import settings

from pagetojob.platform.canonical import canonical_json

from . import selectors, verify
from .models import LogCheckpoint


class NotProvable(Exception):
    """Raised while a file is not in the log of any signed checkpoint; `message` states what to do."""

    message = "This is not in the public log yet. It joins within a minute; then try again."


def make_bundle(files: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of the files with proof and program. Raises NotProvable.

    Uses the newest checkpoint that a witness has signed and an authority has dated, if this log has them. Two queries
    for each file, and six more.
    """
    checkpoint = _provable_checkpoint()
    contents = {**files, verify.PROGRAM: selectors.program().encode()}
    proof = {
        "schema": verify.SCHEMA,
        "checkpoint": selectors.note_of(checkpoint),
        "proofs": [_proof(name, content, checkpoint.size) for name, content in contents.items()],
        "earlier": _earlier(checkpoint),
        "timestamp": _token(checkpoint),
    }
    return verify.pack_files({**contents, verify.PROOF: canonical_json(proof).encode()})


def _provable_checkpoint() -> LogCheckpoint:
    rows = LogCheckpoint.objects.select_related("timestamp").prefetch_related("cosignatures")
    if settings.LOG_AUTHORITY_CERTIFICATE:
        rows = rows.filter(timestamp__isnull=False)
    if selectors.witness_keys():
        rows = rows.filter(cosignatures__isnull=False).distinct()
    checkpoint = rows.order_by("-size").first()
    if checkpoint is None:
        raise NotProvable
    return checkpoint


def _token(checkpoint: LogCheckpoint) -> str:
    dated = getattr(checkpoint, "timestamp", None)
    return base64.b64encode(dated.token).decode() if dated else ""


def _proof(name: str, content: bytes, size: int) -> dict[str, object]:
    place = selectors.place_of(hashlib.sha256(content).hexdigest(), size, name)
    if place is None:
        raise NotProvable
    return {"file": name, "index": place.index, "entry": place.text, "inclusion": _texts(place.inclusion)}


def _earlier(checkpoint: LogCheckpoint) -> list[dict[str, object]]:
    rows = LogCheckpoint.objects.filter(size__lt=checkpoint.size).prefetch_related("cosignatures")
    earlier = rows.order_by("-size").first()
    if earlier is None:
        return []
    proof = selectors.consistency(earlier.size, checkpoint.size)
    return [{"checkpoint": selectors.note_of(earlier), "consistency": _texts(proof)}]


def _texts(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(value).decode() for value in hashes]
