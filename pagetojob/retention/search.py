"""Search one tenant's data for a person, place by place. It lists rows and no values."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import models
from django.db.models.expressions import RawSQL
from django.utils.module_loading import import_string

from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import FileRefused, FileUnreadable, content_of
from pagetojob.platform.phones import e164
from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant

from .models import SubjectRequest
from .pdf_text import NOT_READ, FileText
from .person import UNSEEN, Person, distinct, plain_email, seen
from .places import FOLLOWED, OPERATORS_ONLY, PARTS, Place
from .readers import Reader, text_of

#: Rows of a binary column that one query reads. A file of evidence has up to 10 MB.
BATCH, EVIDENCE_BATCH = 200, 1
EVIDENCE = "gates_evidencefile"
Keys = dict[str, bool]


@dataclass
class Hits:
    """Rows by table: the key, and whether it is certainly the person's.

    `unread` counts what is not read completely, and `to_open` has the tables and keys of such files.
    """

    rows: dict[str, Keys] = field(default_factory=lambda: defaultdict(dict))
    unread: Counter[str] = field(default_factory=Counter)
    to_open: list[tuple[str, str]] = field(default_factory=list)

    def add(self, table: str, key: str, *, certain: bool) -> None:
        self.rows[table][key] = self.rows[table].get(key, False) or certain


def person_of(request: SubjectRequest) -> Person:
    """Return the person that a request names, with the other identifiers of the leads that certainly are theirs.

    Call in the scope of the tenant. A lead found by reference brings its phone and email, which find further leads.
    """
    person = Person(
        name=" ".join(seen(request.name).split()),
        phones=distinct([request.phone]),
        emails=distinct([plain_email(request.email)]),
        references=distinct([seen(request.reference)]),
    )
    rows = _leads_of(request.tenant_id, person)
    return Person(
        person.name,
        distinct([*person.phones, *(row[0] or e164(row[1]) for row in rows)]),
        distinct([*person.emails, *(plain_email(row[2]) for row in rows)]),
        distinct([*person.references, *(code for row in rows for code in row[3:])]),
    )


def _leads_of(tenant_id: int, person: Person) -> list[tuple[str, ...]]:
    sql = (
        "SELECT phone_e164, phone, email, reference, spoken_code FROM leads_lead"
        " WHERE tenant_id = %s AND (phone_e164 = ANY (%s) AND phone_e164 <> ''"
        " OR regexp_replace(lower(email), %s, '', 'g') = ANY (%s)"
        " OR reference = ANY (%s) OR spoken_code = ANY (%s))"
    )
    references = list(person.references)
    values = [tenant_id, list(person.phones), f"[{UNSEEN}]", list(person.emails), references, references]
    return fetch_all(sql, values)


def reading(tenant: Tenant, table: str) -> AbstractContextManager[None]:
    """Return the scope in which rows of a tenant are read from a table; the query names the tenant too."""
    return scope.worker() if table in OPERATORS_ONLY else scope.tenant(tenant.pk)


def search_step(tenant: Tenant, place: Place, person: Person, after: int = 0) -> tuple[Hits, int | None]:
    """Search the next part of a place; return also the key to continue after, or None at the end of the place.

    Each file is a separate part, because it may take seconds to read. Another place is one part.
    """
    hits, last = Hits(), None
    with reading(tenant, place.table):
        if place.table in PARTS:
            last = _search_file(tenant, person, after, hits)
        elif place.table == EVIDENCE:
            last = _search_evidence(tenant, place, person, after, hits)
        else:
            for column in place.opened:
                rows = rows_of(tenant, place, column.name)
                _search_opened(import_string(column.reader)(tenant), rows, place, person, hits)
        if not after:
            _search_columns(tenant, place, person, hits)
    return hits, last


def follow(tenant: Tenant, rows: Mapping[str, Keys]) -> Hits:
    """Return the rows that belong to certain rows of the person, regardless of their content."""
    hits = Hits()
    known: dict[str, Keys] = defaultdict(dict, {table: dict(keys) for table, keys in rows.items()})
    for table, target, sql in FOLLOWED:
        keys = [int(key) for key, certain in known[table].items() if certain]
        if not keys:
            continue
        with reading(tenant, target):
            for (key,) in fetch_all(sql, {"tenant": tenant.pk, "rows": keys}):
                hits.add(target, str(key), certain=True)
                known[target][str(key)] = True
    return hits


def text_sql(place: Place) -> str:
    """Return SQL for the text of all columns of a row that the database can read."""
    parts = [f't."{column.name}"::text' for column in place.searched_in_sql]
    return f"concat_ws(E'\\n', {', '.join(parts)})"


def _search_columns(tenant: Tenant, place: Place, person: Person, hits: Hits) -> None:
    if not place.searched_in_sql:
        return
    text = text_sql(place)
    sql = (
        f"SELECT t.\"{place.key}\"::text, %(certain)s <> '' AND {text} ~* %(certain)s FROM {place.table} AS t"  # noqa: S608
        f" WHERE {place.owner} AND {text} ~* %(pattern)s"
    )
    values: dict[str, str | int] = {"tenant": tenant.pk, "certain": person.certain, "pattern": person.pattern}
    for key, certain in fetch_all(sql, values):
        hits.add(place.table, key, certain=certain)


def _search_evidence(tenant: Tenant, place: Place, person: Person, after: int, hits: Hits) -> int | None:
    """Search the next file of evidence, and list it if it is not read completely; return its key."""
    (column,) = place.opened
    rows = list(islice(rows_of(tenant, place, column.name, after), 1))
    _search_opened(import_string(column.reader)(tenant), rows, place, person, hits)
    return next((row["key"] for row in rows), None)


def _search_opened(read: Reader, rows: Iterable[Mapping[str, Any]], place: Place, person: Person, hits: Hits) -> None:
    for row in rows:
        try:
            text = read(row)
        except (VaultError, FileUnreadable):
            text = None
        if text is None:
            hits.unread[place.title] += 1
            if place.table == EVIDENCE:
                hits.to_open.append((EVIDENCE, str(row["key"])))
        elif person.in_text(text):
            hits.add(place.table, str(row["key"]), certain=person.certainly_in(text))


def rows_of(tenant: Tenant, place: Place, column: str, after: int = 0) -> Iterator[Mapping[str, Any]]:
    """Yield key, public id and value of a binary column, in batches."""
    most = EVIDENCE_BATCH if place.table == EVIDENCE else BATCH
    while True:
        sql = (
            f'SELECT t.id, t.public_id, t."{column}" FROM {place.table} AS t WHERE {place.owner}'  # noqa: S608
            f' AND t.id > %(after)s AND t."{column}" IS NOT NULL ORDER BY t.id LIMIT {most}'
        )
        rows = fetch_all(sql, {"tenant": tenant.pk, "after": after})
        for key, public_id, value in rows:
            yield {"key": key, "public_id": public_id, "value": bytes(value)}
            after = key
        if len(rows) < most:
            return


def _search_file(tenant: Tenant, person: Person, after: int, hits: Hits) -> int | None:
    """Search the next file as a whole, because a chunk may end within a name; return its key.

    Documents that we created contain IDs only, pictures of pages are found through their snapshots, and photos of
    requests through their lead.
    """
    with_bytes = models.Exists(File.objects.filter(pk=models.OuterRef("pk"), chunks__isnull=False))
    files = File.objects.filter(with_bytes, tenant=tenant).exclude(purpose__in=(Purpose.PACKET, Purpose.PICTURE))
    photos = RawSQL("SELECT file_id FROM leads_leadphoto WHERE tenant_id = %s", [tenant.pk])
    file = files.exclude(pk__in=photos).filter(pk__gt=after).order_by("pk").first()
    if file is None:
        return None
    text, is_complete = file_text(file)
    if not is_complete:
        hits.unread[file.content_type] += 1
        hits.to_open.append(("files_file", str(file.pk)))
    if person.in_text(text):
        hits.add("files_file", str(file.pk), certain=person.certainly_in(text))
    return file.pk


def file_text(file: File) -> FileText:
    try:
        return text_of(content_of(file), file.content_type)
    except FileUnreadable:
        return NOT_READ
    except FileRefused:  # its bytes were removed at the end of its period
        return FileText("", is_complete=True)
