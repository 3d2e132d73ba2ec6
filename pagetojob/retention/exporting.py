"""Export all data of a tenant: a run copies table after table into sealed parts, and a download streams them as a zip.

A step copies a bounded number of rows, or one piece of a file, and commits it with the position of the run. The parts
are sealed with a key of the export, which is wrapped by the tenant's data key and destroyed with them: after
STORED_DAYS, when a person of the tenant is erased, or at the offboarding.
"""

import hashlib
import json
import uuid
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform.audit.services import record_change
from pagetojob.platform.canonical import canonical_ascii_json
from pagetojob.platform.files.models import FileChunk
from pagetojob.platform.files.services import FileUnreadable, opened, opened_document
from pagetojob.platform.postgresql.base import fetch_all, fetch_value
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.sealing.encryption import Key, context
from pagetojob.platform.sealing.errors import Destroyed, VaultError
from pagetojob.platform.sealing.secret_values import Sealed
from pagetojob.platform.sealing.tenant_box import file_box
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Membership, Tenant, User

from .models import ExportPart, TenantExport
from .services import RetentionRefused
from .transfer import FORMAT, READ_ONLY, Table, left_out, schema_version, tables

KIND = "retention.tenant_export"
STORED_DAYS = 14
#: Rows of a step; rows with binary content are larger, and a file of evidence has up to 10 MB.
ROWS, ROWS_WITH_CONTENT, ROWS_OF = 1_000, 20, {"gates_evidencefile": 1}
#: Unreadable files that the manifest names; it counts all of them.
MOST_NAMED = 1_000
PEOPLE_MEMBER = "people.jsonl"
OUTSIDE_DOMAIN = "outside.invalid"
#: No chunk of a file is after it.
_LAST_POSITION = 2**31 - 1
_NAMESPACE = uuid.UUID("6d9a1e0e-5a43-4c5e-9d57-0f6f2f6a7c11")


def request_export(*, tenant: Tenant, actor: User, reason: str) -> TenantExport:
    """Start an export in the operator scope. Raises RetentionRefused while another one runs, or without a key."""
    with transaction.atomic():
        run, created = start_run(tenant=tenant, kind=KIND, params={}, actor=actor, reason=reason)
        if not created:
            raise RetentionRefused("An export of this contractor is already running. Wait until it ends.")
        export = TenantExport(tenant=tenant, run=run, requested_by=actor)
        try:
            export.key = file_box(tenant.pk, creates_key=True).wrap(Key.fresh(), about=_about(export))
        except VaultError as error:
            raise RetentionRefused(f"The export cannot be encrypted. {error}") from error
        export.save(force_insert=True)
        record_change("retention.request_export", export, actor=actor, reason=reason)
    return export


def remove_parts(tenant_id: int, *, expired_only: bool) -> None:
    """Remove the parts of all exports, or of those older than STORED_DAYS. Call in the worker scope.

    An export that is still running stops.
    """
    exports = TenantExport.objects.filter(tenant=tenant_id, removed_at=None)
    if expired_only:
        exports = exports.filter(created_at__lt=timezone.now() - timedelta(days=STORED_DAYS))
    with transaction.atomic():
        keys = list(exports.select_for_update(no_key=True).values_list("pk", flat=True))
        if keys:
            ExportPart.objects.filter(tenant=tenant_id, export__in=keys).delete()
            TenantExport.objects.filter(pk__in=keys).update(removed_at=Now(), key=None)


# The run


@dataclass
class _State:
    """Position of an export. `people` maps the keys of accounts that rows name to their ids in the archive."""

    step: int = 0
    after: int = 0
    chunk: int = 0
    position: int = 0
    rows: int = 0
    people: dict[str, str] = field(default_factory=dict)
    members: dict[str, Any] = field(default_factory=dict)
    unreadable: int = 0
    unreadable_names: list[str] = field(default_factory=list)

    def skip(self, name: str) -> None:
        """Count a file whose content cannot be decrypted, and name it if few are."""
        self.unreadable += 1
        if len(self.unreadable_names) < MOST_NAMED:
            self.unreadable_names.append(name)


@dataclass(frozen=True)
class _Piece:
    """Content for a member of the archive, and the number of its rows or files; or a file that cannot be read."""

    member: str
    content: bytes = b""
    rows: int = 0
    unreadable: bool = False


def work(run: Run) -> Iterator[Progress]:
    """Copy the tables, the files and the people, one bounded step at a time. Handler of runs of kind KIND."""
    with transaction.atomic(), scope.worker():
        export = TenantExport.objects.get(tenant=run.tenant_id, run=run)
        _need_wanted(export)
    key = _key_of(export)
    state = _State(**run.cursor) if run.cursor else _State()
    every = tables()
    while state.step <= len(every) + 1:
        piece = _next_piece(run, state, every)
        with transaction.atomic(), scope.worker():
            _need_wanted(export)
            if piece.unreadable:
                _leave_out(export, state, piece.member)
            elif piece.content:
                _store(export, key, state, piece)
            else:
                _finish_step(export, key, state, every)
            progress = Progress(done=run.done + piece.rows, total=None, cursor=dict(vars(state)))
            checkpoint(run, progress)
        yield progress


def _next_piece(run: Run, state: _State, every: tuple[Table, ...]) -> _Piece:
    """Return the next piece of the current step, and advance the position; an empty one at its end."""
    if state.step < len(every):
        return _rows(run, every[state.step], state)
    return _file_piece(run, state) if state.step == len(every) else _people(run, state)


def _store(export: TenantExport, key: Key, state: _State, piece: _Piece) -> None:
    ExportPart.objects.create(
        tenant=export.tenant,
        export=export,
        position=state.position,
        member=piece.member,
        rows=piece.rows,
        content=_seal(key, export, state.position, zlib.compress(piece.content)),
    )
    state.position += 1
    state.rows += piece.rows


def _leave_out(export: TenantExport, state: _State, member: str) -> None:
    """Remove the earlier pieces of a file that cannot be decrypted, and name it in the manifest."""
    removed, _ = ExportPart.objects.filter(tenant=export.tenant_id, export=export, member=member).delete()
    state.rows -= bool(removed)
    state.skip(member)


def _need_wanted(export: TenantExport) -> None:
    """Lock the export; stop if its content was removed in the meantime."""
    locked = TenantExport.objects.select_for_update(no_key=True).get(pk=export.pk)
    if locked.removed_at is not None:
        raise RunStopped("A person of this contractor was erased in the meantime. Start a new export.")


def _rows(run: Run, table: Table, state: _State) -> _Piece:
    """Return the next lines of a table, and advance the position."""
    people = "".join(f', t."{column}"' for column in table.people)
    columns = ", ".join(f't."{column}"' for column in table.columns if column not in table.people)
    row = f"(SELECT to_jsonb(r) FROM (SELECT {columns}) AS r)::text"  # noqa: S608 - names of columns
    sql = (
        f'SELECT t."{table.key}", {row}{people} FROM {table.name} AS t'  # noqa: S608
        f' WHERE {table.owner} AND t."{table.key}" > %(after)s ORDER BY t."{table.key}" LIMIT %(most)s'
    )
    most = ROWS_OF.get(table.name, ROWS_WITH_CONTENT if table.has_content else ROWS)
    with _reading(run, table):
        fetched = fetch_all(sql, {"tenant": run.tenant_id, "after": state.after, "most": most})
    _name_people(run, {key for row in fetched for key in row[2:] if key is not None}, state)
    lines = [_line(run.tenant_id, table, row, state) for row in fetched]
    if fetched:
        state.after = fetched[-1][0]
    return _Piece(table.member, b"".join(lines), len(lines))


def _reading(run: Run, table: Table) -> AbstractContextManager[None]:
    """Return the scope of the tenant, or of a worker for tables that no page of the tenant shows."""
    return scope.tenant(run.tenant_id) if _read_by_app(table.name) else scope.worker()


@cache
def _read_by_app(table: str) -> bool:
    return bool(fetch_value("SELECT has_table_privilege(%s, %s, 'SELECT')", [scope.APP, table]))


def _line(tenant_id: int, table: Table, row: tuple[Any, ...], state: _State) -> bytes:
    people = zip(table.people, row[2:], strict=True)
    named = {column: None if key is None else state.people[str(key)] for column, key in people}
    # Spliced as text, because parsing would change numbers.
    extra = ", " + json.dumps(named)[1:-1] if named else ""
    text = _decrypted(tenant_id, table, row[1], state) if "is_encrypted" in table.columns else row[1]
    return f"{text[:-1]}{extra}}}\n".encode()


def _decrypted(tenant_id: int, table: Table, text: str, state: _State) -> str:
    """Return the row of a file as it would be without encryption. Another member has the content of `files_file`.

    Content that cannot be decrypted is empty, and the manifest names it.
    """
    row = json.loads(text)
    if row["is_encrypted"] and "content" in row:
        try:
            content = opened_document(tenant_id, row["public_id"], bytes.fromhex(row["content"].removeprefix("\\x")))
        except FileUnreadable:
            content = b""
            state.skip(f"{table.member} {row['public_id']}")
        row["content"] = f"\\x{content.hex()}"
    return json.dumps(row | {"is_encrypted": False})


def _name_people(run: Run, keys: set[int], state: _State) -> None:
    """Choose the ids of people: their own for members, a derived one for people outside the tenant."""
    missing = [key for key in keys if str(key) not in state.people]
    if not missing:
        return
    with scope.tenant(run.tenant_id):
        members = set(Membership.objects.filter(tenant=run.tenant_id).values_list("user_id", flat=True))
        for user in User.objects.filter(pk__in=missing).only("public_id", "email"):
            own = user.pk in members or user.email.endswith(f"@{OUTSIDE_DOMAIN}")
            name = f"{run.tenant.public_id}:{user.public_id}"
            state.people[str(user.pk)] = str(user.public_id if own else uuid.uuid5(_NAMESPACE, name))


def _file_piece(run: Run, state: _State) -> _Piece:
    """Return the next piece of a file, and advance the position: to the next file, if it cannot be decrypted."""
    with scope.tenant(run.tenant_id):
        chunks = FileChunk.objects.filter(tenant=run.tenant_id).exclude(content=b"").order_by("file_id", "position")
        rest = chunks.filter(file_id=state.after, position__gt=state.chunk) | chunks.filter(file_id__gt=state.after)
        chunk = rest.select_related("file").first()
        if chunk is None:
            return _Piece("")
        member = f"files/{chunk.file.public_id}"
        try:
            content = opened(chunk)
        except FileUnreadable:
            state.after, state.chunk = chunk.file_id, _LAST_POSITION
            return _Piece(member, unreadable=True)
    state.after, state.chunk = chunk.file_id, chunk.position
    return _Piece(member, content, int(chunk.position == 0))


def _people(run: Run, state: _State) -> _Piece:
    """Return the lines of all people. Those outside the tenant have neither a name nor an address."""
    if state.after:
        return _Piece(PEOPLE_MEMBER)
    state.after = 1
    with scope.tenant(run.tenant_id):
        rows = {
            str(user.pk): user
            for user in User.objects.filter(pk__in=state.people).only("public_id", "email", "name", "is_active")
        }
    lines = sorted(_person(public_id, rows[key]) for key, public_id in state.people.items())
    return _Piece(PEOPLE_MEMBER, b"".join(lines), len(lines))


def _person(public_id: str, user: User) -> bytes:
    member = public_id == str(user.public_id) and not user.email.endswith(f"@{OUTSIDE_DOMAIN}")
    facts = {
        "id": public_id,
        "email": user.email if member else f"{public_id}@{OUTSIDE_DOMAIN}",
        "name": user.name if member else f"Person outside {public_id[:8]}",
        "is_active": user.is_active and member,
    }
    return canonical_ascii_json(facts) + b"\n"


def _finish_step(export: TenantExport, key: Key, state: _State, every: tuple[Table, ...]) -> None:
    """Record counts and hash of the copied table, and go to the next step; after the last one, write the manifest."""
    names = [table.member for table in every] + ["", PEOPLE_MEMBER]
    if member := names[state.step]:
        digest, size = hashlib.sha256(), 0
        for content in _contents(export, key, member):
            digest.update(content)
            size += len(content)
        state.members[member] = {"rows": state.rows, "bytes": size, "sha256": digest.hexdigest()}
    else:
        state.members["files/"] = {"files": state.rows}
    state.step, state.after, state.chunk, state.rows = state.step + 1, 0, 0, 0
    if state.step == len(names):
        TenantExport.objects.filter(pk=export.pk).update(manifest=_manifest(export, state), ended_at=Now())


def _manifest(export: TenantExport, state: _State) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "export": str(export.public_id),
        "tenant": str(export.tenant.public_id),
        "slug": export.tenant.slug,
        "made_at": timezone.now().isoformat(),
        "schema": schema_version(),
        "members": state.members,
        "unreadable": {"files": state.unreadable, "names": state.unreadable_names},
        "not_imported": READ_ONLY,
        "left_out": left_out(),
    }


# Sealed parts and the archive


def _key_of(export: TenantExport) -> Key:
    """Return the key of an export. Raises Destroyed if it or the tenant's data key is, or another VaultError."""
    if export.key is None:
        raise Destroyed
    return file_box(export.tenant_id, creates_key=False).unwrap(export.key, about=_about(export))


def _about(export: TenantExport) -> str:
    return f"export {export.public_id}"


def _seal(key: Key, export: TenantExport, position: int, content: bytes) -> bytes:
    return bytes(key.seal(content, context(export.public_id, position)).content())


def _open(key: Key, export: TenantExport, position: int, box: bytes) -> bytes:
    return zlib.decompress(key.open(Sealed(box), context(export.public_id, position)).content)


def _contents(export: TenantExport, key: Key, member: str) -> Iterator[bytes]:
    parts = ExportPart.objects.filter(tenant=export.tenant_id, export=export, member=member).order_by("position")
    for position in list(parts.values_list("position", flat=True)):
        yield _open(key, export, position, bytes(parts.get(position=position).content))


class _Pipe:
    """A file that hands over what the zip writer wrote since the last call. It cannot seek."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._written.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass

    def taken(self) -> bytes:
        content = b"".join(self._written)
        self._written.clear()
        return content


def archive(export: TenantExport) -> Iterator[bytes]:
    """Return the zip of an ended export, piece by piece. Each piece is read in its own worker scope."""
    pipe, key = _Pipe(), _key_of(export)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archived:
        archived.writestr("manifest.json", json.dumps(export.manifest, indent=2))
        for member, positions in _members(export):
            with archived.open(zipfile.ZipInfo(member), "w", force_zip64=True) as file:
                for position in positions:
                    with scope.worker():
                        part = ExportPart.objects.get(tenant=export.tenant_id, export=export, position=position)
                    file.write(_open(key, export, position, bytes(part.content)))
                    yield pipe.taken()
    yield pipe.taken()


def _members(export: TenantExport) -> Iterable[tuple[str, list[int]]]:
    """Return the members of the archive, with the positions of their parts."""
    with scope.worker():
        rows = ExportPart.objects.filter(tenant=export.tenant_id, export=export).order_by("position")
        positions: dict[str, list[int]] = {}
        for member, position in rows.values_list("member", "position"):
            positions.setdefault(member, []).append(position)
    return positions.items()
