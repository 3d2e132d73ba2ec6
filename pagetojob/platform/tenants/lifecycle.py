"""The lifecycle of a tenant: draft, preview, live, paused, closed. Pure.

A website is public while its tenant is live. While it is paused, the phone number replaces the form. A preview needs a
signed link. Draft and closed answer 404 at every public address.
"""

from django.db.models import TextChoices


class Lifecycle(TextChoices):
    DRAFT = "draft", "Draft"
    PREVIEW = "preview", "Preview"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


MOVES: dict[str, frozenset[str]] = {
    Lifecycle.DRAFT: frozenset({Lifecycle.PREVIEW, Lifecycle.CLOSED}),
    Lifecycle.PREVIEW: frozenset({Lifecycle.LIVE, Lifecycle.CLOSED}),
    Lifecycle.LIVE: frozenset({Lifecycle.PAUSED, Lifecycle.CLOSED}),
    Lifecycle.PAUSED: frozenset({Lifecycle.LIVE, Lifecycle.CLOSED}),
    Lifecycle.CLOSED: frozenset(),
}

#: The sentence that refuses to add something to an offboarded tenant.
OFFBOARDED = "The contract has ended and the deletion of its data is confirmed, so nothing can be added."

#: States in which anyone may read the website.
PUBLIC = frozenset({Lifecycle.LIVE, Lifecycle.PAUSED})
#: States in which secret links, webhooks and hosts of a tenant work.
SERVED = PUBLIC | {Lifecycle.PREVIEW}
