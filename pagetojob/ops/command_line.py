"""Audit lines for command-line actions on people."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models.signals import post_save

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User


@contextmanager
def written_down(action: str, reason: str) -> Generator[None]:
    """Write an audit line for each person saved in this block, in the same transaction."""
    saved: list[User] = []

    def note(instance: User, **_: Any) -> None:
        saved.append(instance)

    with transaction.atomic():
        post_save.connect(note, sender=User)
        try:
            yield
        finally:
            post_save.disconnect(note, sender=User)
        for person in saved:
            record(action=action, subject=person, reason=reason, actor="command line")
