"""The places in which a person's data can be: a map generated from the personal fields that the models declare.

A field that the map cannot reach raises MapIncomplete, so a new model cannot escape a search. `FOLLOWED` leads from a
row of the person to rows that belong to it regardless of their content. The database knows how to erase each row
(`ptj_erasing`); a test compares both.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.db import models

from .labels import FIELDS, TITLES

#: Binary fields, and the factory of the function that returns their text: `factory(tenant)(row)`.
READERS = {
    ("drift_snapshot", "html"): "pagetojob.retention.readers.compressed",
    ("drift_snapshot", "text"): "pagetojob.retention.readers.compressed",
    ("files_filechunk", "content"): "pagetojob.retention.readers.file_content",
    ("gates_evidencefile", "content"): "pagetojob.retention.readers.evidence",
    ("syncqueue_inboxevent", "box"): "syncqueue.services.inbox_copies.reader",
    ("syncqueue_quarantinedrequest", "box"): "syncqueue.services.inbox_copies.reader",
}
#: Tables whose rows are searched and erased as a part of a row of another table.
PARTS = {"files_filechunk": "files_file"}

#: Tables that the app's role cannot read, so that no page of a tenant shows them.
OPERATORS_ONLY = frozenset(
    {
        *("drift_readingpage", "drift_reviewmail", "retention_legalhold", "retention_subjectrequest"),
        *("onboarding_contractornote", "syncqueue_itemnote"),
    }
)

#: Table of a row of the person, the table that is followed from there, and the query of its keys.
FOLLOWED = (
    (
        "leads_lead",
        "leads_bookingrequest",
        "SELECT id FROM leads_bookingrequest WHERE tenant_id = %(tenant)s AND lead_id = ANY (%(rows)s)",
    ),
    (
        "leads_lead",
        "syncqueue_syncitem",
        "SELECT id FROM syncqueue_syncitem WHERE tenant_id = %(tenant)s AND lead_id = ANY (%(rows)s)",
    ),
    (
        "leads_lead",
        "files_file",
        "SELECT file_id FROM leads_leadphoto WHERE tenant_id = %(tenant)s AND lead_id = ANY (%(rows)s)",
    ),
    (
        "syncqueue_syncitem",
        "syncqueue_itemnote",
        "SELECT id FROM syncqueue_itemnote WHERE tenant_id = %(tenant)s AND item_id = ANY (%(rows)s)",
    ),
    # The label of an earlier time may have a nickname only.
    (
        "tenants_noticerecipient",
        "notices_recipientchange",
        """SELECT id FROM notices_recipientchange
            WHERE tenant_id = %(tenant)s AND recipient_id = ANY (%(rows)s)""",
    ),
    (
        "drift_answer",
        "files_file",
        """SELECT photo_id FROM drift_answer WHERE tenant_id = %(tenant)s AND id = ANY (%(rows)s)
            AND photo_id IS NOT NULL""",
    ),
    (
        "drift_snapshot",
        "files_file",
        """SELECT file_id FROM drift_findingpicture WHERE tenant_id = %(tenant)s AND snapshot_id = ANY (%(rows)s)
            AND file_id IS NOT NULL""",
    ),
    (
        "drift_findingpicture",
        "files_file",
        """SELECT file_id FROM drift_findingpicture WHERE tenant_id = %(tenant)s AND id = ANY (%(rows)s)
            AND file_id IS NOT NULL""",
    ),
    (
        "importer_importrow",
        "files_file",
        """SELECT DISTINCT u.file_id FROM importer_importrow AS r JOIN importer_upload AS u ON u.id = r.upload_id
            WHERE r.tenant_id = %(tenant)s AND r.id = ANY (%(rows)s)""",
    ),
    # An export of jobs may name its customer by ID only, and still have the address and what was found there.
    (
        "attribution_outcomecustomer",
        "attribution_job",
        """SELECT j.id FROM attribution_outcomecustomer AS c
            JOIN attribution_job AS j ON j.tenant_id = c.tenant_id AND j.customer_external_id = c.external_id
            WHERE c.tenant_id = %(tenant)s AND c.id = ANY (%(rows)s)""",
    ),
    (
        "attribution_job",
        "attribution_outcomebooking",
        """SELECT b.id FROM attribution_job AS j JOIN attribution_outcomebooking AS b ON b.tenant_id = j.tenant_id
                AND (b.job_external_id = j.external_id OR b.external_id = j.booking_external_id)
            WHERE j.tenant_id = %(tenant)s AND j.id = ANY (%(rows)s)""",
    ),
    *(
        (
            "tenants_user",
            f"accounts_{name}",
            f"SELECT {key} FROM accounts_{name} WHERE user_id = ANY (%(rows)s) AND %(tenant)s > 0",  # noqa: S608
        )
        for name, key in (
            ("authenticator", "id"),
            ("emailchange", "id"),
            ("owedmail", "id"),
            ("passkey", "id"),
            ("session", "session_key"),
        )
    ),
)


class MapIncomplete(Exception):
    """Raised when a model declares a personal field that no search would reach."""


class Kind(StrEnum):
    TEXT = "text"
    JSON = "JSON"
    BINARY = "binary"


@dataclass(frozen=True)
class Column:
    """A personal field: its column, and how its text is read."""

    name: str
    kind: Kind
    reader: str = ""


@dataclass(frozen=True)
class Place:
    """A table with personal fields. `owner` is the SQL condition for the rows that a tenant's request may see."""

    table: str
    title: str
    key: str
    columns: tuple[Column, ...]
    owner: str

    @property
    def searched_in_sql(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.kind is not Kind.BINARY)

    @property
    def opened(self) -> tuple[Column, ...]:
        """Return the columns whose text only our code can read."""
        return tuple(column for column in self.columns if column.kind is Kind.BINARY)


def places(of: Iterable[type[models.Model]] | None = None) -> list[Place]:
    """Return the map. Raises MapIncomplete, and names the field."""
    every = apps.get_models() if of is None else of
    reached = [_place(model) for model in every if getattr(model, "PERSONAL_FIELDS", None)]
    return sorted(reached, key=lambda place: place.table)


def place_of(table: str) -> Place:
    return next(place for place in places() if place.table == table)


def _place(model: type[models.Model]) -> Place:
    meta = model._meta
    declared: frozenset[str] = model.PERSONAL_FIELDS  # type: ignore[attr-defined]
    columns = tuple(_column(meta.db_table, meta.get_field(name)) for name in sorted(declared))
    assert meta.pk is not None and meta.pk.column is not None
    owner = _owner(model)
    return Place(meta.db_table, _title(meta.db_table, columns), meta.pk.column, columns, owner)


def _title(table: str, columns: Iterable[Column]) -> str:
    """Return the plain words for the rows of a table, and require some for each of its fields."""
    if unnamed := [column.name for column in columns if column.name not in FIELDS]:
        raise MapIncomplete(f"{table}.{unnamed[0]} is personal, and labels.py has no plain words for it.")
    if table not in TITLES:
        raise MapIncomplete(f"{table} has personal fields, and labels.py has no plain words for its rows.")
    return TITLES[table]


def _column(table: str, field: Any) -> Column:
    name = field.column
    if isinstance(field, models.JSONField):
        return Column(name, Kind.JSON)
    if isinstance(field, models.CharField | models.TextField):
        return Column(name, Kind.TEXT)
    if isinstance(field, models.BinaryField) and (table, name) in READERS:
        return Column(name, Kind.BINARY, READERS[table, name])
    raise MapIncomplete(f"{table}.{name} is personal, and no search reads a {type(field).__name__}.")


#: People without a role with us or with another tenant.
_ACCOUNT = (
    "NOT EXISTS (SELECT FROM tenants_membership AS m WHERE m.user_id = {user} AND m.tenant_id <> %(tenant)s)"
    " AND NOT EXISTS (SELECT FROM tenants_user AS u WHERE u.id = {user} AND (u.ops_role <> '' OR u.staff_role <> ''))"
)


def _owner(model: type[models.Model]) -> str:
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    if "tenant" in columns:
        return "t.tenant_id = %(tenant)s"
    if model._meta.label_lower == "tenants.user":
        return _ACCOUNT.format(user="t.id")
    if "user" in columns:
        return _ACCOUNT.format(user="t.user_id")
    raise MapIncomplete(f"{model._meta.label} has personal fields, and belongs neither to a tenant nor to an account.")
