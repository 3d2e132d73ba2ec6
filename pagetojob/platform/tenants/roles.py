"""Roles and abilities. Pure: no database access.

A person can have one operations role (/ops/), one staff role (Django admin), and one role per tenant. No role implies
another: a staff admin without an operations role cannot see leads.
"""

from django.db.models import TextChoices


class OpsRole(TextChoices):
    NONE = "", "no operator rights"
    VIEWER = "viewer", "operator viewer"
    OPERATOR = "operator", "operator"
    LEAD = "lead", "operator lead"


class StaffRole(TextChoices):
    NONE = "", "no staff rights"
    EDITOR = "editor", "staff editor"
    ADMIN = "admin", "staff admin"


class TenantRole(TextChoices):
    OWNER = "owner", "owner"
    REVIEWER = "reviewer", "reviewer"


class Ability(TextChoices):
    """Actions that a role permits, across tenants."""

    VIEW_QUEUE = "view queue"  # read-only, personal data masked
    ACT_ON_QUEUE = "act on queue"  # resend, complete manually, correct bindings, cancel
    UNMASK = "unmask"  # see personal data, with a reason
    READ_AUDIT = "read audit"  # the log of all tenants and of the platform
    VIEW_CONTRACTORS = "view contractors"  # their states, health, domains and notes
    SET_UP = "set up contractors"  # create, change, launch and pause them
    SECOND_PERSON = "second person"  # unknown outcomes, kill switch, confirm evidence


DESK_ABILITIES: dict[OpsRole, frozenset[Ability]] = {
    OpsRole.NONE: frozenset(),
    OpsRole.VIEWER: frozenset({Ability.VIEW_QUEUE, Ability.VIEW_CONTRACTORS}),
    OpsRole.OPERATOR: frozenset(
        {Ability.VIEW_QUEUE, Ability.ACT_ON_QUEUE, Ability.UNMASK, Ability.VIEW_CONTRACTORS, Ability.SET_UP}
    ),
    OpsRole.LEAD: frozenset(Ability),
}

#: A staff admin can set up a contractor alone, and still sees no request.
STAFF_ABILITIES: dict[StaffRole, frozenset[Ability]] = {
    StaffRole.NONE: frozenset(),
    StaffRole.EDITOR: frozenset(),
    StaffRole.ADMIN: frozenset({Ability.VIEW_CONTRACTORS, Ability.SET_UP}),
}

#: App labels whose models a staff role may change in Django admin.
STAFF_APPS: dict[StaffRole, frozenset[str]] = {
    StaffRole.NONE: frozenset(),
    StaffRole.EDITOR: frozenset({"readiness", "claims", "gates"}),
    StaffRole.ADMIN: frozenset({"tenants", "accounts"}),
}
