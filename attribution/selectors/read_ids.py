"""The IDs in stored imports by API."""

import json
from collections import defaultdict
from datetime import datetime

from pagetojob.platform.files.services import content_of
from pagetojob.servicetitan.mirror.schedule import environment_label

from ..models import OutcomeFile

#: Fields of a stored row that hold the ID of another record.
_REFERENCES = {
    "booking_external_id": "bookings",
    "customer_external_id": "customers",
    "invoice_external_id": "invoices",
    "job_external_id": "jobs",
}


def ids_of_imports(tenant_id: int, *, environment: str, since: datetime) -> dict[str, set[int]]:
    """Return the IDs by kind of record, own and referenced. Reads every file, in the tenant's scope."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    place = f", {environment_label(environment)}, "
    # No person made an import by API.
    files = OutcomeFile.objects.filter(tenant=tenant_id, taken_by=None, taken_at__gte=since, file__name__contains=place)
    for file in files.select_related("file").order_by("pk"):
        for line in content_of(file.file).splitlines():
            row = json.loads(line)
            for field, kind in {"external_id": file.kind, **_REFERENCES}.items():
                if number := row.get(field):
                    ids[kind].add(number)
    return dict(ids)
