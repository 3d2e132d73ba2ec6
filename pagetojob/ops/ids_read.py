"""The IDs that were read by API through a connection, from everything that keeps them, for the receipt of its end."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Mapping

from attribution.models import OutcomeFile
from pagetojob.platform.files.services import read_file
from pagetojob.servicetitan.mirror.models import RemoteRow
from pagetojob.servicetitan.mirror.schedule import environment_label
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.models import HeardBooking

#: Fields of a stored row that hold the ID of another record.
_REFERENCES = {
    "booking_external_id": "bookings",
    "customer_external_id": "customers",
    "invoice_external_id": "invoices",
    "job_external_id": "jobs",
}


def ids_read(connection: Connection) -> dict[str, set[int]]:
    """Return the IDs by kind. In the tenant's scope; reads every stored import of the connection's environment."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for kind, number in RemoteRow.objects.filter(connection=connection).values_list("resource", "remote_id"):
        ids[kind].add(number)
    heard = HeardBooking.objects.filter(tenant=connection.tenant_id, environment=connection.environment)
    for booking, job in heard.values_list("number", "job"):
        ids["bookings"].add(int(booking))
        if job:
            ids["jobs"].add(int(job))
    for file in _imports(connection):
        for line in b"".join(read_file(file.file)).splitlines():
            _note(ids, file.kind, json.loads(line))
    return dict(ids)


def _imports(connection: Connection) -> list[OutcomeFile]:
    """Return the imports by API, which no person made."""
    place = f", {environment_label(connection.environment)}, "
    rows = OutcomeFile.objects.filter(tenant=connection.tenant_id, taken_by=None, file__name__contains=place)
    return list(rows.filter(taken_at__gte=connection.created_at).select_related("file").order_by("pk"))


def _note(ids: defaultdict[str, set[int]], kind: str, row: Mapping[str, int | None]) -> None:
    for field, of in {"external_id": kind, **_REFERENCES}.items():
        if number := row.get(field):
            ids[of].add(number)


def as_csv(ids: Mapping[str, set[int]]) -> bytes:
    """Return a line per ID, sorted by kind and number."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["kind", "id"])
    lines.writerows([kind, number] for kind in sorted(ids) for number in sorted(ids[kind]))
    return text.getvalue().encode()
