"""Rules of two people: the request of the first person counts while that person could still make it."""

from .models import User
from .roles import Ability, StaffRole

LOST = "The person who requested this is deactivated or no longer has the role. Someone else must request it again."


def why_request_lost(first_id: int, *needed: Ability | StaffRole) -> str:
    """Return why a request of the first person cannot be confirmed; empty if that person may still make it.

    Any of `needed` is enough. Runs one query, of columns that an operator may read.
    """
    person = User.objects.only("is_active", "ops_role", "staff_role").get(pk=first_id)
    return "" if any(_has(person, need) for need in needed) else LOST


def _has(person: User, need: Ability | StaffRole) -> bool:
    if isinstance(need, Ability):
        return person.can(need)
    return person.is_active and person.staff_role == need
