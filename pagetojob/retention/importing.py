"""Import the export of a tenant into an instance without tenants, all in one transaction.

Rows keep their keys, because some fields contain them. Nothing is sent: open work waits for a person, and a live
website is paused. The triggers of the tables are off during the import, because they accept only rows in their first
state; check constraints and foreign keys apply.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import batched
from typing import IO, Any

from django.db import DataError, IntegrityError, connection, transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.files.models import CHUNK_BYTES
from pagetojob.platform.postgresql.base import fetch_value
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User

from .exporting import PEOPLE_MEMBER
from .transfer import CHUNK, FILE, FORMAT, TENANT, Table, schema_version, tables

ROWS = 500
#: A line is at most a row with one binary column in hexadecimal.
LONGEST_LINE = 128 * 1024**2
LARGEST_MANIFEST = 1024**2

#: Statements after which no worker finds anything to send or to run. `%s` is the tenant.
STOPPING = {
    "open runs canceled": "UPDATE runs_run SET state = 'cancelled', lease_until = NULL"
    " WHERE tenant_id = %s AND state IN ('queued', 'running')",
    "outbox items that wait for a person": "UPDATE syncqueue_syncitem SET state = 'needs review', due_at = NULL,"
    " lease_until = NULL WHERE tenant_id = %s AND (state IN ('queued', 'sending', 'retrying')"
    " OR state = 'blocked' AND kind = 'booking_request')",
    # They stay unknown, because two people decide on these; only an automatic lookup and release ends.
    "unknown outcomes that wait for two people": "UPDATE syncqueue_syncitem SET missing = '[]',"
    " cause = 'look-up-refused' WHERE tenant_id = %s AND state = 'unknown' AND kind = 'booking_request'"
    " AND cause IN ('look-up-waits', 'look-up-refused')",
    "refusals ended": "UPDATE syncqueue_refusal SET ended_at = statement_timestamp(), check_at = NULL"
    " WHERE tenant_id = %s AND ended_at IS NULL",
    "notices skipped": "UPDATE notices_recipientnotice SET state = 'skipped', due_at = NULL"
    " WHERE tenant_id = %s AND state = 'queued'",
    "test messages canceled": "UPDATE tenants_noticerecipient SET test_due_at = NULL"
    " WHERE tenant_id = %s AND test_due_at IS NOT NULL",
    "review mails dropped": "UPDATE drift_reviewmail SET state = 'dropped' WHERE tenant_id = %s AND state = 'owed'",
    "websites paused": "UPDATE tenants_tenant SET state = 'paused' WHERE id = %s AND state = 'live'",
}


class ImportRefused(Exception):
    """Raised when an archive cannot be imported. Nothing of it is stored then."""


@dataclass(frozen=True)
class Imported:
    """The imported tenant: the number of its rows and files, of files without content, and what was stopped."""

    tenant: Tenant
    rows: int
    files: int
    unreadable: int
    stopped: dict[str, int]


def import_tenant(source: IO[bytes]) -> Imported:
    """Import an archive. Call as the owner of the tables, in an instance without tenants. Raises ImportRefused."""
    _need_owner()
    try:
        with zipfile.ZipFile(source) as archive, transaction.atomic():
            return _import(archive, _manifest(archive))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise ImportRefused(f"The file is not a complete export ({type(error).__name__}).") from error
    except (IntegrityError, DataError) as error:
        raise ImportRefused(f"A row does not fit the schema: {str(error).splitlines()[0]}") from error


def _need_owner() -> None:
    role = fetch_value("SELECT current_user")
    if role != scope.OWNER:
        raise ImportRefused(f"Import as {scope.OWNER}, not as {role}: set DATABASE_URL as for a migration.")


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    info = archive.getinfo("manifest.json")
    if info.file_size > LARGEST_MANIFEST:
        raise ImportRefused("The manifest is too large.")
    manifest: dict[str, Any] = json.loads(archive.read(info))
    if manifest.get("format") != FORMAT:
        raise ImportRefused(f"The file is not an export of the format {FORMAT}.")
    here = schema_version()
    different = sorted(app for app in here.keys() | manifest["schema"] if here.get(app) != manifest["schema"].get(app))
    if different:
        raise ImportRefused(f"The export was made with another version of the schema: {', '.join(different)}.")
    return manifest


def _import(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Imported:
    loaded = [table for table in tables() if table.imported]
    members, unreadable = manifest["members"], int(manifest.get("unreadable", {}).get("files", 0))
    tenant_id = _tenant_id(archive)
    with connection.cursor() as cursor:
        for table in loaded:
            _need_empty(cursor, table)
        triggers = _switch_triggers_off(cursor, [*(table.name for table in loaded), CHUNK])
        people = _people(archive, members[PEOPLE_MEMBER])
        # The tenant is the last table of the archive; foreign keys are checked at the end.
        rows = 0
        for table in loaded:
            lines = _lines(archive, table.member, members[table.member])
            rows += _table(cursor, table, lines, people, tenant_id)
        files = _files(cursor, archive, members["files/"]["files"], tenant_id)
        stopped = {name: _changed(cursor, sql, tenant_id) for name, sql in STOPPING.items()}
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in triggers:
            cursor.execute(statement)
    tenant = Tenant.objects.get(pk=tenant_id)
    record(
        action="retention.import_tenant",
        subject=f"tenant:{tenant.slug}",
        reason=f"Imported from export {manifest['export']}.",
        tenant=tenant,
        actor="manage.py",
        changes={"rows": (None, rows), "files": (None, files), "unreadable": (None, unreadable)},
    )
    return Imported(tenant, rows, files, unreadable, {name: count for name, count in stopped.items() if count})


def _switch_triggers_off(cursor: Any, names: list[str]) -> list[str]:
    """Disable the triggers of the tables, and return the statements that enable each as it was."""
    cursor.execute(
        """SELECT format('ALTER TABLE %%s ENABLE %%s TRIGGER %%I', tgrelid::regclass,
                CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, tgname)
            FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' AND tgrelid = ANY (%s::regclass[])""",
        [names],
    )
    enabling = [statement for (statement,) in cursor.fetchall()]
    for name in names:
        cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
    return enabling


def _tenant_id(archive: zipfile.ZipFile) -> int:
    lines = archive.read(f"tables/{TENANT}.jsonl").splitlines()
    if len(lines) != 1:
        raise ImportRefused("The export does not contain exactly one tenant.")
    return int(json.loads(lines[0])["id"])


def _need_empty(cursor: Any, table: Table) -> None:
    cursor.execute(f"SELECT EXISTS (SELECT FROM {table.name} AS t WHERE {_ROWS_OF_TENANTS[table.name == TENANT]})")  # noqa: S608
    if cursor.fetchone()[0]:
        raise ImportRefused(f"This instance already has rows in {table.name}. Import into one without tenants.")


_ROWS_OF_TENANTS = {True: "true", False: "t.tenant_id IS NOT NULL"}


def _lines(archive: zipfile.ZipFile, member: str, expected: dict[str, Any]) -> Iterator[bytes]:
    """Yield the lines of a member; raise ImportRefused at its end if the counts or the hash differ."""
    digest, count = hashlib.sha256(), 0
    if expected["rows"]:
        with archive.open(member) as file:
            while line := file.readline(LONGEST_LINE):
                digest.update(line)
                count += 1
                yield line
    if (count, digest.hexdigest()) != (expected["rows"], expected["sha256"]):
        raise ImportRefused(f"{member} differs from the manifest.")


def _people(archive: zipfile.ZipFile, expected: dict[str, Any]) -> dict[str, int]:
    """Create the accounts, without a password and without a role of ours; return their keys by id."""
    people = {}
    for line in _lines(archive, PEOPLE_MEMBER, expected):
        facts = json.loads(line)
        user = User(public_id=facts["id"], email=facts["email"], name=facts["name"], is_active=facts["is_active"])
        user.set_unusable_password()
        user.save(force_insert=True)
        people[facts["id"]] = user.pk
    return people


def _table(cursor: Any, table: Table, lines: Iterator[bytes], people: dict[str, int], tenant_id: int) -> int:
    """Insert the rows of a table with their keys; return how many. The tenant is always the imported one."""
    columns = ", ".join(f'"{column}"' for column in table.columns)
    values = ", ".join("%s" if column == "tenant_id" else f'r."{column}"' for column in table.columns)
    sql = (
        f"INSERT INTO {table.name} ({columns}) SELECT {values}"  # noqa: S608
        f" FROM jsonb_populate_recordset(NULL::{table.name}, %s::jsonb) AS r"
    )
    fixed = [tenant_id] if "tenant_id" in table.columns else []
    inserted = 0
    for batch in batched(lines, ROWS, strict=False):
        text = "[" + ",".join(_with_people(line, table, people) for line in batch) + "]"
        cursor.execute(sql, [*fixed, text])
        inserted += cursor.rowcount
    key = f"pg_get_serial_sequence('{table.name}', '{table.key}')"
    cursor.execute(f'SELECT setval({key}, max(t."{table.key}")) FROM {table.name} AS t HAVING count(*) > 0')  # noqa: S608
    return inserted


def _with_people(line: bytes, table: Table, people: dict[str, int]) -> str:
    """Return the row with the keys of accounts. They are appended: the last of two equal names counts."""
    if not table.people:
        return line.decode()
    row = json.loads(line)
    named = {column: None if row[column] is None else people[row[column]] for column in table.people}
    return f"{line.decode().rstrip()[:-1]}, {json.dumps(named)[1:]}"


def _files(cursor: Any, archive: zipfile.ZipFile, expected: int, tenant_id: int) -> int:
    """Insert the content of the files, and compare each with the hash of its row."""
    members = [name for name in archive.namelist() if name.startswith("files/")]
    for member in members:
        cursor.execute(
            f"SELECT id, sha256 FROM {FILE} WHERE tenant_id = %s AND public_id = %s",  # noqa: S608
            [tenant_id, member.removeprefix("files/")],
        )
        row = cursor.fetchone()
        digest = hashlib.sha256()
        with archive.open(member) as file:
            position = 0
            while content := file.read(CHUNK_BYTES):
                digest.update(content)
                cursor.execute(
                    f"INSERT INTO {CHUNK} (tenant_id, file_id, position, content) VALUES (%s, %s, %s, %s)",  # noqa: S608
                    [tenant_id, row and row[0], position, content],
                )
                position += 1
        if row is None or digest.hexdigest() != row[1]:
            raise ImportRefused(f"{member} differs from its hash.")
    if len(members) != expected:
        raise ImportRefused("The number of files differs from the manifest.")
    return len(members)


def _changed(cursor: Any, sql: str, tenant_id: int) -> int:
    cursor.execute(sql, [tenant_id])
    return int(cursor.rowcount)
