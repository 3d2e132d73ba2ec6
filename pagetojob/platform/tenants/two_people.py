"""Rules of two people: the request of the first person counts while that person could still make it."""

from collections.abc import Iterable

from .models import User
from .roles import Ability, StaffRole

LOST = "The person who requested this is deactivated or no longer has the role. Someone else must request it again."


def why_request_lost(first_id: int, *needed: Ability | StaffRole) -> str:
    """Return why a request of the first person cannot be confirmed; empty if that person may still make it.

    Any of `needed` is enough. Runs one query.
    """
    return LOST if who_lost([first_id], *needed) else ""


def who_lost(first_ids: Iterable[int | None], *needed: Ability | StaffRole) -> set[int]:
    """Return which of the first people may no longer make their requests, for a list of requests.

    Runs one query, of columns that an operator may read; none without people.
    """
    ids = {pk for pk in first_ids if pk is not None}
    if not ids:
        return ids
    people = User.objects.only("is_active", "ops_role", "staff_role").filter(pk__in=ids).order_by()
    return ids - {person.pk for person in people if any(_has(person, need) for need in needed)}


def _has(person: User, need: Ability | StaffRole) -> bool:
    if isinstance(need, Ability):
        return person.can(need)
    return person.is_active and person.staff_role == need
