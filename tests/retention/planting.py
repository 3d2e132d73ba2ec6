"""A person in every personal field and file of the database, planted from the models' declarations."""

import datetime
import io
import itertools
import os
import secrets
import uuid
import zipfile
import zlib
from typing import Any

import psycopg
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from psycopg import sql
from psycopg.types.json import Jsonb

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.retention.places import Place, places
from pagetojob.servicetitan.vault.services import inbox_box
from tests.support.pdfs import pdf

NAME, PHONE, EMAIL = "Ada Quillfeather", "+16025550137", "ada.quillfeather@example.com"
#: As people write it.
SPOKEN = "(602) 555-0137"
IDENTIFIERS = (NAME, SPOKEN, "6025550137", EMAIL)

LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

#: Values that a constraint requires.
FACTS: dict[str, dict[str, Any]] = {
    "leads_lead": {"reference": "st-ready:00000000000000ad", "spoken_code": "PTJ-AAAAAAA"},
    "drift_answer": {"grade": "told by phone", "recorded_by_id": 1, "until": None, "choice": "website is right"},
    "drift_finding": {"state": "closed", "rule": "wrong_phone", "harm": 1},
    "drift_findingpicture": {"moment": "opened", "why": ""},
    "drift_readingpage": {"state": "not read"},
    "drift_reviewmail": {"state": "sent"},
    "runs_run": {"state": "done", "kind": "test"},
    "syncqueue_syncitem": {
        "state": "manual complete",
        "kind": "website_update",
        "done_at": LONG_AGO,
        "ended_from": "blocked",
        "done_where": "there",
        "done_reference": "a",
    },
    "importer_importrow": {"outcome": "new"},
    "accounts_invitation": {"tenant_role": "owner"},
    "accounts_emailchange": {"confirmed_at": LONG_AGO},
    "retention_subjectrequest": {"kind": "export"},
    "retention_legalhold": {
        **dict.fromkeys(("confirmed_at", "lift_requested_at", "lifted_at"), LONG_AGO),
        "requested_by_id": 1,
        "confirmed_by_id": 2,
        "lift_requested_by_id": 1,
        "lifted_by_id": 2,
    },
    "tenants_user": {"is_active": False},
    "tenants_noticerecipient": {"channel": "email", "email": "", "phone": "", "url": ""},
    "gates_evidencefile": {"content_type": "text/plain"},
    "files_file": {"purpose": "proof", "content_type": "text/plain"},
    "syncqueue_quarantinedrequest": {"verified": False, "repeat_key": None},
}
#: Tables that are planted as part of another one, or once for all of their fields.
WHOLE = frozenset({"leads_lead", "leads_bookingrequest", "tenants_user", "retention_legalhold"})
#: Counted rather than random: two rows of a table must differ where a number is unique.
_NUMBERS = itertools.count()


def plant(tenant: Tenant) -> dict[str, str]:
    """Plant the person in every place of the map; return `table.column` of each and the key of its row."""
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:
        session.execute("SET session_replication_role = replica")
        planted: dict[str, str] = {}
        for place in sorted(places(), key=lambda place: place.table != "tenants_user"):
            if place.table == "files_filechunk":
                continue
            columns = [column.name for column in place.columns]
            for chosen in [columns] if place.table in WHOLE else [[name] for name in columns]:
                accounts = (
                    {"user_id": planted["tenants_user.name"]} if place.table.startswith(("accounts_", "ops_")) else {}
                )
                key = _insert(session, tenant, place, chosen, **accounts)
                planted |= {f"{place.table}.{name}": key for name in chosen}
        for name, content in files().items():
            planted[f"file {name}"] = _file(session, tenant, name, content)
    return planted


def files() -> dict[str, bytes]:
    """Files of every readable kind whose names do not tell what is in them."""
    table = f"name,phone\n{NAME},{SPOKEN}\nSomeone Else,(602) 555-0100\n"
    workbook = io.BytesIO()
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<sst><si><t>{NAME}</t></si><si><t>{EMAIL}</t></si></sst>")
    far = "x" * (1_048_576 - 5) + f" {EMAIL} "  # the end of a chunk is in the middle of the address
    return {
        "utf8.csv": table.encode(),
        "utf16.csv": table.encode("utf-16"),
        "utf16 without a mark.csv": table.encode("utf-16-le"),
        "utf16 of the other order.csv": table.encode("utf-16-be"),
        "utf32.csv": table.encode("utf-32"),
        "cp1252.csv": ("Café," + table).encode("cp1252"),
        "book.xlsx": workbook.getvalue(),
        "long.txt": far.encode(),
        "letter.pdf": pdf(f"Done for {NAME}, {EMAIL}"),
        "link.pdf": pdf("Done", link=EMAIL),
    }


def _file(session: psycopg.Connection, tenant: Tenant, name: str, content: bytes) -> str:
    place = next(place for place in places() if place.table == "files_file")
    kind = {b"PK": "application/zip", b"%P": "application/pdf"}.get(content[:2], "text/plain")
    key = _insert(session, tenant, place, [], name=name, size=len(content), content_type=kind)
    for position, start in enumerate(range(0, len(content), 1_048_576)):
        session.execute(
            "INSERT INTO files_filechunk (tenant_id, file_id, position, content) VALUES (%s, %s, %s, %s)",
            [tenant.pk, key, position, content[start : start + 1_048_576]],
        )
    return key


def _insert(session: psycopg.Connection, tenant: Tenant, place: Place, planted: list[str], **facts: Any) -> str:
    model = next(model for model in apps.get_models() if model._meta.db_table == place.table)
    row: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField):
            continue
        value = _value(field, tenant)
        if value is not None:
            row[str(field.column)] = value
    if "public_id" in row:
        row["public_id"] = uuid.uuid4()
    row |= {name: value for name, value in FACTS.get(place.table, {}).items() if name not in planted}
    row |= {name: value for name, value in facts.items() if name in {f.column for f in model._meta.concrete_fields}}
    if place.table == "tenants_noticerecipient":
        channel = next((name for name in planted if name in ("phone", "url")), "email")
        row["channel"] = {"phone": "text", "url": "webhook"}.get(channel, "email")
        row["email"] = "" if channel != "email" else f"{secrets.token_hex(4)}@example.com"
    fields = {field.column: field for field in model._meta.concrete_fields}
    for name in planted:
        row[name] = _planted(place, fields[name], tenant, row)
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
        sql.Identifier(place.table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() for _ in row),
        sql.Identifier(place.key),
    )
    (key,) = session.execute(statement, list(row.values())).fetchone() or (None,)
    return str(key)


def _planted(place: Place, field: Any, tenant: Tenant, row: dict[str, Any]) -> Any:
    text = f"Call {NAME}, {SPOKEN}, {EMAIL}"
    if isinstance(field, models.JSONField):
        return Jsonb({"a": [text]})
    if field.column == "box":
        with scope.tenant(tenant.pk):
            box = inbox_box(tenant, why="test", by="test")
        return box.seal(b"{}\n" + text.encode(), about=row["public_id"])
    if isinstance(field, models.BinaryField):
        return text.encode() if place.table == "gates_evidencefile" else zlib.compress(text.encode())
    if field.column in ("phone", "phone_e164") or field.max_length == 16:
        return PHONE
    if "email" in field.column or field.column in ("to", "search_key"):
        return EMAIL
    return text if (field.max_length or 1000) >= len(text) else NAME if field.column == "name" else SPOKEN


def _value(field: Any, tenant: Tenant) -> Any:  # noqa: C901, PLR0911 - one line per kind of field
    if field.column == "tenant_id":
        return tenant.pk
    if field.null or field.has_db_default():
        return None
    if field.is_relation:
        return 1
    if isinstance(field, models.UUIDField):
        return uuid.uuid4()
    if field.choices and not isinstance(field, ArrayField):
        return next(value for value, _ in field.choices)
    if field.has_default():
        value = field.get_default()
        return Jsonb(value) if isinstance(field, models.JSONField) else value
    if isinstance(field, models.BooleanField):
        return True
    if isinstance(field, models.DateTimeField | models.DateField):
        return datetime.datetime.now(datetime.UTC)
    if isinstance(field, models.IntegerField | models.DecimalField | models.FloatField):
        return 10_000 + next(_NUMBERS) % 20_000
    if isinstance(field, models.JSONField):
        return Jsonb({})
    if isinstance(field, models.BinaryField):
        return zlib.compress(b"")
    if field.max_length == 64:
        return secrets.token_hex(32)
    return secrets.token_hex(8)[: field.max_length] if field.max_length else "x"


def traces(session: psycopg.Connection) -> dict[str, int]:
    """Search every column of every table for the person, without the map; return the hits by column."""
    hits = {}
    columns = session.execute(
        "SELECT c.table_name, c.column_name FROM information_schema.columns AS c JOIN pg_class AS t"
        " ON t.relname = c.table_name AND t.relkind = 'r' WHERE c.table_schema = 'public'"
        " AND c.data_type IN ('text', 'character varying', 'jsonb', 'ARRAY', 'bytea')"
    ).fetchall()
    for table, column in columns:
        text = sql.SQL("CASE WHEN {0} IS NULL THEN '' ELSE {0}::text END").format(sql.Identifier(column))
        digits = sql.SQL("regexp_replace({}, '[^0-9]', '', 'g') LIKE '%6025550137%'").format(text)
        statement = sql.SQL(
            "SELECT count(*) FROM {} WHERE {text} ILIKE '%quillfeather%' OR {digits}"
            " OR {text} LIKE '%7175696c6c66656174686572%' OR {text} LIKE '%5175696c6c66656174686572%'"
        ).format(sql.Identifier(table), text=text, digits=digits)
        (count,) = session.execute(statement).fetchone() or (0,)
        if count:
            hits[f"{table}.{column}"] = int(count)
    return hits
