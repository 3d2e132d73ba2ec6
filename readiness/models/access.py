"""Models for later API access: who can grant it, the modules and scopes it needs, and what a connection requires."""

from django.db import models

from pagetojob.gates.registry import Gate
from pagetojob.gates.scopes import FAMILIES
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention

from .base import LINES, Role, Shown, StatusRow, filled, known


class AccessItem(StatusRow):
    """An item to settle with the customer before access is discussed."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "access"
    SHOWN = (
        Shown("purpose"),
        Shown("artifacts", "Accepted artifacts", Role.LIST),
        Shown("never_ask", "Never ask for", Role.RULE),
    )

    purpose = models.TextField()
    artifacts = models.TextField("accepted artifacts", help_text=LINES)
    never_ask = models.TextField(help_text="Items that must not be requested or accepted.")

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "purpose", "artifacts", "never_ask"), *known())


class Module(StatusRow):
    """A product module in the customer's plan: how we use it manually, and what its API could be used for later."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "module"
    SHOWN = (Shown("manual_use", "Manual use"), Shown("api_use", "API use later"))

    manual_use = models.TextField()
    api_use = models.TextField("API use later")
    on_connection = models.BooleanField("on the connection page", default=True)

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "manual_use", "api_use"), *known())


class ConnectionGate(StatusRow):
    """A requirement for a connection. If `gate` is set, that gate's evidence decides what the page shows."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "gate"
    SHOWN = (Shown("explanation"),)

    gate = models.CharField(
        max_length=40,
        blank=True,
        choices=[(gate.value, gate.value) for gate in Gate],
        help_text="The registry gate that this row explains, if any.",
    )
    explanation = models.TextField()

    class Meta(StatusRow.Meta):
        constraints = (filled("slug", "title", "explanation"), *known())


class ScopeFamily(StatusRow):
    """An API family in the connection readiness matrix."""

    RETENTION = Retention.NONE
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    ANCHOR = "scope"
    SHOWN = (Shown("note"),)

    family = models.CharField(max_length=20, unique=True, choices=[(name, name) for name in FAMILIES])
    note = models.TextField()

    class Meta(StatusRow.Meta):
        verbose_name_plural = "scope families"
        constraints = (filled("slug", "title", "note"), *known())
