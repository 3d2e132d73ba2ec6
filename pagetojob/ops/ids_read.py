"""The IDs that were read by API through a connection, from everything that keeps them, for the receipt of its end."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping

from attribution.selectors.read_ids import ids_of_imports
from pagetojob.servicetitan.mirror.models import RemoteRow
from pagetojob.servicetitan.vault.models import Connection
from syncqueue.selectors.inbox import ids_of_bookings, ids_of_sessions

Ids = set[int] | set[str]


def ids_read(connection: Connection) -> dict[str, Ids]:
    """Return the IDs by kind of record. In the tenant's scope; reads every stored import of the environment."""
    ids: defaultdict[str, set[int]] = defaultdict(set)
    for kind, number in RemoteRow.objects.filter(connection=connection).values_list("resource", "remote_id"):
        ids[kind].add(number)
    # The receipt of an earlier connection of the environment has the IDs that were read through it.
    tenant, environment, since = connection.tenant_id, connection.environment, connection.created_at
    for ids_of in (ids_of_bookings, ids_of_imports):
        for kind, numbers in ids_of(tenant, environment=environment, since=since).items():
            ids[kind] |= numbers
    sessions = ids_of_sessions(tenant, since=since)
    return {**ids, "sessions": sessions} if sessions else {**ids}


def as_csv(ids: Mapping[str, Ids]) -> bytes:
    """Return a line per ID, sorted by kind and number."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["kind", "id"])
    lines.writerows([kind, number] for kind in sorted(ids) for number in sorted(ids[kind]))
    return text.getvalue().encode()
