"""Audits searches for a person's request, without the search term."""

from collections.abc import Mapping

from pagetojob.platform.audit.services import fingerprint, record
from pagetojob.platform.tenants.models import User


def note_search(*, actor: User, values: Mapping[str, str]) -> None:
    """Record that `actor` searches for a lead by personal values: `{"phone": "+16025550199"}`.

    Stores a keyed fingerprint of each value, so that two searches for one person look alike. Does nothing without
    values. A single INSERT.
    """
    if not values:
        return
    record(
        action="syncqueue.search",
        subject="search",
        reason=f"looked for a lead by {' or '.join(values)}",
        actor=actor,
        changes={name: (None, fingerprint(value)) for name, value in values.items()},
    )
