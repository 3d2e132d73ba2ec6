"""Who may do what. Pure: roles in, abilities out; nothing here reads a row.

A person can hold one desk role (the /ops/ side), one staff role (Django admin), and one role in each
tenant. Holding one gives nothing of another: a staff admin without a desk role sees no lead.
"""

from django.db.models import TextChoices


class DeskRole(TextChoices):
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
    """What a desk role lets a person do, across tenants."""

    VIEW_QUEUE = "view queue"  # read-only, personal data masked
    ACT_ON_QUEUE = "act on queue"  # resend, finish by hand, correct bindings, cancel
    UNMASK = "unmask"  # see personal data, with a reason
    READ_AUDIT = "read audit"  # the log of all tenants and of the house
    SECOND_PERSON = "second person"  # unknown outcomes, kill switch, confirm evidence


DESK_ABILITIES: dict[DeskRole, frozenset[Ability]] = {
    DeskRole.NONE: frozenset(),
    DeskRole.VIEWER: frozenset({Ability.VIEW_QUEUE}),
    DeskRole.OPERATOR: frozenset({Ability.VIEW_QUEUE, Ability.ACT_ON_QUEUE, Ability.UNMASK}),
    DeskRole.LEAD: frozenset(Ability),
}

#: App labels whose models a staff role may change in Django admin.
STAFF_APPS: dict[StaffRole, frozenset[str]] = {
    StaffRole.NONE: frozenset(),
    StaffRole.EDITOR: frozenset({"readiness", "claims", "gates"}),
    StaffRole.ADMIN: frozenset({"tenants", "accounts"}),
}
