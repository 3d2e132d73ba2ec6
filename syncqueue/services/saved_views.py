"""Saved views. They are personal preferences, so they are not audited."""

from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.postgresql.locks import wait_for_lock
from pagetojob.platform.tenants.models import User

from ..errors import QueueError
from ..filters import Filters
from ..models import SavedView

MOST = 20


def save_view(*, user: User, name: str, filters: Filters) -> SavedView:
    """Store `filters` under `name` for this person.

    Raises QueueError if the name is taken, nothing is filtered, or there are 20 views already.
    """
    name = " ".join(name.split())
    if not name:
        raise QueueError("Enter a name for the view.")
    if not filters.active():
        raise QueueError("No filter is set, so there is nothing to save. Set a filter first.")
    name_taken = QueueError(f"You already have a view named “{name}”. Choose another name, or delete that view first.")
    with raise_on_conflict(name_taken):
        # Serialize per person: two concurrent posts would each count 19.
        wait_for_lock("syncqueue.savedview", user.pk)
        if SavedView.objects.filter(user=user, name=name).exists():
            raise name_taken
        if SavedView.objects.filter(user=user).count() >= MOST:
            raise QueueError(f"You have {MOST} saved views, which is the limit. Delete one first.")
        return SavedView.objects.create(user=user, name=name, query=filters.as_query())


def delete_view(*, user: User, name: str) -> bool:
    """Delete one of this person's views; return False if there is none of that name."""
    deleted, _ = SavedView.objects.filter(user=user, name=name).delete()
    return bool(deleted)
