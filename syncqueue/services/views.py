"""The lists a person comes back to. A matter of taste and not of the queue, so the audit log leaves them out."""

from django.db import IntegrityError, connection, transaction

from pagetojob.platform.tenants.models import User

from ..errors import QueueError
from ..filters import Filters
from ..models import SavedView

MOST = 20


def save_view(*, user: User, name: str, filters: Filters) -> SavedView:
    """Keep `filters` under `name` for this person.

    Raises QueueError when the name is taken, nothing is filtered, or there are 20 views already.
    """
    name = " ".join(name.split())
    if not name:
        raise QueueError("Give the view a name.")
    if not filters.set_ones():
        raise QueueError("Nothing is filtered, so there is nothing to save. Set a filter first.")
    taken = QueueError(f"You have a view named “{name}” already. Choose another name, or delete that one first.")
    try:
        with transaction.atomic():
            # One at a time per person: two posts at once would each count 19.
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('syncqueue.savedview'), %s)", [user.pk])
            if SavedView.objects.filter(user=user, name=name).exists():
                raise taken
            if SavedView.objects.filter(user=user).count() >= MOST:
                raise QueueError(f"You have {MOST} saved views already. Delete one first.")
            return SavedView.objects.create(user=user, name=name, query=filters.as_query())
    except IntegrityError:
        raise taken from None


def delete_view(*, user: User, name: str) -> bool:
    """Forget one of this person's views; false when they have none of that name."""
    deleted, _ = SavedView.objects.filter(user=user, name=name).delete()
    return bool(deleted)
