"""The copy of a person's data, as JSON and as a page: the personal fields of each included row, and their photos."""

import base64
from collections.abc import Iterator
from typing import Any

from django.utils.module_loading import import_string

from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import FileRefused, FileUnreadable, content_of
from pagetojob.platform.limited_process import Slots
from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope

from .models import SubjectMatch, SubjectRequest
from .person import Person
from .places import Place, places
from .readers import evidence_file
from .search import EVIDENCE, file_text, person_of, reading

#: Reading PDFs may take a while: a machine makes one copy at a time, so that threads are left for other pages.
_SLOTS = Slots(running=1, waiting=2, wait_seconds=10, lock="pagetojob-subject-copy")


def export(request: SubjectRequest) -> dict[str, Any]:
    """Return the copy. Call in the operator scope; the rows are read in the scope of the tenant.

    Raises TooManyChildren if others are making copies.

    A file or a page that also names others is copied as the lines that contain the person. A file whose text cannot
    be read is copied as a whole, because a person opened it and included it.
    """
    with _SLOTS.taken():
        return _export(request)


def _export(request: SubjectRequest) -> dict[str, Any]:
    matches = SubjectMatch.objects.filter(request=request, included=True).values_list("table", "row")
    rows: dict[str, list[str]] = {}
    for table, row in matches.order_by("table", "id"):
        rows.setdefault(table, []).append(row)
    with scope.tenant(request.tenant_id):
        person = person_of(request)
    copied = []
    for place in places():
        if place.table in rows:
            with reading(request.tenant, place.table):
                copies = list(_copies(request, place, rows[place.table], person))
            copied.append({"table": place.table, "title": place.title, "rows": copies})
    return {
        "format": "pagetojob-subject-export-1",
        "request": str(request.public_id),
        "contractor": request.tenant.name,
        "places": copied,
    }


def _copies(request: SubjectRequest, place: Place, keys: list[str], person: Person) -> Iterator[dict[str, Any]]:
    if place.table == "files_file":
        yield from (_file(file, person) for file in File.objects.filter(tenant=request.tenant_id, pk__in=keys))
        return
    columns = ", ".join(f't."{column.name}"' for column in place.columns)
    identity = f't."{place.key}"::text' + (', t."public_id"' if place.opened else ", NULL")
    sql = f'SELECT {identity}, {columns} FROM {place.table} AS t WHERE {place.owner} AND t."{place.key}"::text = ANY (%(keys)s)'  # noqa: E501, S608
    fetched = fetch_all(sql, {"tenant": request.tenant_id, "keys": keys})
    readers = {column.name: import_string(column.reader)(request.tenant) for column in place.opened}
    for key, public_id, *values in fetched:
        copy: dict[str, Any] = {"id": key}
        for column, value in zip(place.columns, values, strict=True):
            if column.name in readers:
                row = {"key": key, "public_id": public_id, "value": bytes(value or b"")}
                copy[column.name] = _lines(readers[column.name], row, person) if value else []
                if value and place.table == EVIDENCE and not copy[column.name]:
                    copy |= _evidence(request.tenant_id, key)
            else:
                copy[column.name] = value
        yield {name: value for name, value in copy.items() if value not in ("", None, [], {})}


def _lines(read: Any, row: dict[str, Any], person: Person) -> list[str]:
    try:
        return person.lines_of(read(row) or "")
    except (VaultError, FileUnreadable):
        return []


def _evidence(tenant_id: int, key: str) -> dict[str, str]:
    """Return a file of evidence as a whole: a person opened and included it, because its text is not read."""
    try:
        file = evidence_file(tenant_id, int(key))
    except FileUnreadable as error:
        return {"not_copied": str(error)}
    return {"content_base64": base64.b64encode(file.content if file else b"").decode()}


def _file(file: File, person: Person) -> dict[str, Any]:
    facts: dict[str, Any] = {"id": str(file.pk), "name": file.name, "type": file.content_type, "sha256": file.sha256}
    text, is_complete = file_text(file)
    lines = person.lines_of(text)
    if file.purpose != Purpose.PHOTO and (lines or is_complete):
        return facts | {"lines": lines}
    try:
        content = content_of(file)
    except FileRefused as error:  # removed at the end of its period, or it cannot be decrypted
        return facts | {"not_copied": str(error)}
    return facts | {"content_base64": base64.b64encode(content).decode()}
