"""Looking for a person's request is an act: it is written down, without what was looked for."""

from collections.abc import Mapping

from pagetojob.platform.audit.services import fingerprint, record
from pagetojob.platform.tenants.models import User


def note_search(*, actor: User, values: Mapping[str, str]) -> None:
    """Write down that `actor` looks for a lead by personal values: `{"phone": "+16025550199"}`.

    Keeps a keyed fingerprint of each value, so that two searches for one person look alike. Does
    nothing without values. One INSERT.
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
