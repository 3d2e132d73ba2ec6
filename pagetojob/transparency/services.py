"""Submitting to the log, and giving submissions their place under a signed checkpoint."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from itertools import batched

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from pagetojob.platform.audit import selectors as audit
from pagetojob.platform.canonical import canonical_json
from pagetojob.platform.postgresql.locks import try_lock
from pagetojob.platform.tenants import scope

from . import entry_record, merkle, selectors, signing, verify
from .models import Cosignature, EntryKind, LogCheckpoint, LogEntry, LogKey, LogNode, LogSubmission

BATCH = 2_000
_LOCK = 0x10C
#: Signature lines of a witness that are read.
_MOST_LINES = 8
AUDIT_EVERY = timedelta(hours=1)


class NotContinued(Exception):
    """Raised if a restored log cannot be continued from the record. The message states why."""


class CosignatureRefused(ValueError):
    """Raised for a line that is not by a witness we accept; the message states why."""


def submit(kind: EntryKind, sha256: str, *, name: str = "") -> None:
    """Ask for a place in the log, in the caller's transaction; the same thing counts once. Makes one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transparency_logsubmission (kind, name, sha256) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [kind.value, name, sha256],
        )


def signers() -> list[signing.Signer]:
    """Return the keys of the log that this process holds, the newest first; none where they are not configured."""
    return [signing.read_signer(text) for text in settings.LOG_SIGNING_KEYS.split(",") if text]


def sequence() -> int:
    """Give waiting submissions their place, sign a checkpoint if the log grew, and return how many joined.

    Only one process does this at a time; others return 0 at once. Without a signing key nothing is done, because an
    entry without a checkpoint proves nothing. Six statements, and one per 2,000 entries for each table.
    """
    keys = signers()
    if not keys:
        return 0
    joined = 0
    while True:
        with scope.worker():
            if not try_lock(_LOCK):
                return joined
            LogKey.objects.bulk_create((LogKey(text=str(key.key)) for key in keys), ignore_conflicts=True)
            _submit_own()
            appended = _append()
            _sign(keys)
        joined += appended
        if appended < BATCH:
            return joined


def _submit_own() -> None:
    """Submit the program that bundles contain and, hourly, the head of the audit log."""
    submit(EntryKind.PROGRAM, selectors.program_digest())
    lately = LogSubmission.objects.filter(kind=EntryKind.AUDIT_CHECKPOINT, at__gt=Now() - AUDIT_EVERY)
    if not lately.exists() and (seal := audit.newest_seal_hash()):
        submit(EntryKind.AUDIT_CHECKPOINT, seal)


def _append() -> int:
    size = selectors.entry_count()
    waiting = list(LogSubmission.objects.filter(entry=None).order_by("id")[:BATCH])
    if waiting:
        texts = [entry_text(row) for row in waiting]
        entry_record.append(size, texts)
        _store(size, waiting, texts)
    return len(waiting)


def _store(size: int, rows: Sequence[LogSubmission], texts: Sequence[str]) -> None:
    leaves = [text.encode() for text in texts]
    read = selectors.read_nodes(lambda read: merkle.complete_nodes(size, leaves, read))
    nodes = merkle.complete_nodes(size, leaves, read)
    LogEntry.objects.bulk_create(
        LogEntry(index=size + at, submission=row, text=text)
        for at, (row, text) in enumerate(zip(rows, texts, strict=True))
    )
    LogNode.objects.bulk_create(
        [LogNode(level=level, position=position, hash=value) for (level, position), value in nodes.items()],
        batch_size=BATCH,
    )


def continue_log(recorded: Mapping[int, str]) -> int:
    """Append the recorded entries that a restored database lacks, and return how many. Raises NotContinued."""
    with scope.worker():
        if not try_lock(_LOCK):
            raise NotContinued("A worker is extending the public log. Stop all workers first.")
        size = selectors.entry_count()
        stored = LogEntry.objects.filter(index__gte=min(recorded, default=size)).values_list("index", "text")
        if different := [index for index, text in stored if recorded.get(index, text) != text]:
            raise NotContinued(f"Entry {min(different)} of the public log is not the recorded one.")
        lacking = sorted(index for index in recorded if index >= size)
        if lacking != list(range(size, size + len(lacking))):
            raise NotContinued(f"Not every entry of the public log from {size} to {lacking[-1]} was recorded here.")
        for batch in batched(lacking, BATCH, strict=False):
            texts = [recorded[index] for index in batch]
            _store(batch[0], [_submission(text) for text in texts], texts)
    return len(lacking)


def _submission(text: str) -> LogSubmission:
    """Return the submission of a recorded entry; the restored database may still have it, waiting for a place."""
    facts = json.loads(text)
    return LogSubmission.objects.get_or_create(
        kind=facts["kind"], name=facts["name"], sha256=facts["sha256"], defaults={"at": facts["at"]}
    )[0]


def entry_text(row: LogSubmission) -> str:
    """Return the JSON of an entry; its UTF-8 bytes are the leaf."""
    at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return canonical_json({"at": at, "kind": row.kind, "name": row.name, "sha256": row.sha256})


def _sign(keys: Sequence[signing.Signer]) -> None:
    size, newest = selectors.entry_count(), selectors.newest_size()
    if size == newest:
        return
    read = selectors.read_nodes(lambda read: merkle.root(size, read))
    checkpoint = verify.Checkpoint(keys[0].key.name, size, merkle.root(size, read))
    text = signing.checkpoint_text(checkpoint)
    LogCheckpoint.objects.create(size=size, text=text, signatures="".join(key.sign(text) for key in keys))


def take_cosignature(note_text: str) -> LogCheckpoint:
    """Store the signatures of accepted witnesses under one of our checkpoints. Raises CosignatureRefused.

    The note is checked like any input: only lines that verify with a key of `LOG_WITNESS_KEYS` are stored.
    """
    witnesses = selectors.witness_keys()
    try:
        note = verify.read_note(note_text)
        size = verify.read_checkpoint(note.text).size
        by_witness = verify.Note(note.text, note.signatures[:_MOST_LINES])
        signed = verify.signed_by(by_witness, witnesses)
    except verify.Invalid as problem:
        raise CosignatureRefused(str(problem)) from problem
    checkpoint = LogCheckpoint.objects.filter(size=size).first()
    if checkpoint is None or checkpoint.text != note.text:
        raise CosignatureRefused("this log has no such checkpoint")
    if not signed:
        raise CosignatureRefused("no signature is by a witness that this log accepts")
    known = {(key.name, key.id): key for key in signed}
    rows = [
        Cosignature(
            checkpoint=checkpoint,
            witness=name,
            key_id=raw[:4].hex(),
            line=f"— {name} {base64.b64encode(raw).decode()}\n",
        )
        for name, raw in by_witness.signatures
        if (name, raw[:4]) in known
    ]
    Cosignature.objects.bulk_create(rows, ignore_conflicts=True)
    return checkpoint
