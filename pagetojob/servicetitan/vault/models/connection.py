"""Connection: a tenant's access to one ServiceTitan environment, from the first request to the disconnect."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pagetojob.gates.registry import Environment
from pagetojob.platform import states
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from pagetojob.platform.tenants.models import Created, Identified, TenantOwned
from pagetojob.platform.tenants.triggers import raise_gates_epoch


class ConnectionState(models.TextChoices):
    NOT_CONNECTED = "not connected", "not connected"
    AWAITING_APPROVAL = "awaiting approval", "awaiting approval"  # the customer's admin has to authorize the app
    AUTHORIZED = "authorized", "authorized"  # the app is authorized; scopes and modules are on file
    ACTIVE = "active", "active"  # secrets are stored and may be used
    PAUSED = "paused", "paused"  # a person stopped it
    LOST = "lost", "lost"  # access no longer works
    DISCONNECTED = "disconnected", "disconnected"  # final; connecting again creates a new row


S = ConnectionState

#: Transitions of the state machine. Only `states.move` writes `state`.
MOVES: states.Moves = {
    S.NOT_CONNECTED: {S.AWAITING_APPROVAL, S.DISCONNECTED},
    S.AWAITING_APPROVAL: {S.AUTHORIZED, S.NOT_CONNECTED, S.DISCONNECTED},
    S.AUTHORIZED: {S.ACTIVE, S.LOST, S.DISCONNECTED},
    S.ACTIVE: {S.PAUSED, S.LOST, S.DISCONNECTED},
    S.PAUSED: {S.ACTIVE, S.LOST, S.DISCONNECTED},
    S.LOST: {S.AUTHORIZED, S.DISCONNECTED},
    S.DISCONNECTED: set(),
}
OPEN = tuple(state for state, targets in MOVES.items() if targets)
#: States in which a token may be requested. Includes "authorized", because a first call tests the access.
USABLE = (S.AUTHORIZED, S.ACTIVE)


class Lost(models.TextChoices):
    """Reason why a connection was lost."""

    INVALID_CLIENT = "invalid client", "the client ID and secret were rejected"
    REFUSED = "refused again and again", "calls were rejected repeatedly"
    SCOPES = "scopes not accepted", "the scopes were not accepted"


class Connection(TenantOwned, Identified, Created, states.Stateful):
    """A tenant's access to one ServiceTitan environment. At most one connection per environment is open.

    Connecting again after a disconnect creates a new row that inherits nothing.
    """

    RETENTION = Retention.AUDIT
    PERSONAL_FIELDS = NO_PERSONAL_FIELDS
    MOVES: ClassVar = MOVES

    environment = models.CharField(
        max_length=12, choices=[(environment.value, environment.value) for environment in Environment]
    )
    state = models.CharField(max_length=18, choices=S, default=S.NOT_CONNECTED, editable=False)
    servicetitan_tenant = models.CharField(
        "tenant id at ServiceTitan", max_length=20, blank=True, help_text="Digits, stored as text."
    )
    scopes = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="As authorized by the customer's admin."
    )
    modules = ArrayField(
        models.CharField(max_length=80), default=list, blank=True, help_text="As confirmed by the customer."
    )
    lost_because = models.CharField(max_length=24, choices=Lost, blank=True, editable=False)
    refusals = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Consecutive rejected calls since the last successful one."
    )

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint("tenant", "id", name="connection_tenant_key"),
            models.UniqueConstraint(
                fields=["tenant", "environment"], condition=~Q(state=S.DISCONNECTED), name="connection_open_once"
            ),
            models.CheckConstraint(condition=Q(state__in=S.values), name="connection_state_known"),
            models.CheckConstraint(
                condition=Q(environment__in=[environment.value for environment in Environment]),
                name="connection_environment_known",
            ),
            models.CheckConstraint(
                condition=Q(state=S.LOST) & ~Q(lost_because="") | ~Q(state=S.LOST) & Q(lost_because=""),
                name="connection_lost_says_why",
            ),
            models.CheckConstraint(condition=Q(lost_because__in=["", *Lost.values]), name="connection_lost_known"),
            models.CheckConstraint(
                condition=Q(servicetitan_tenant="") | Q(servicetitan_tenant__regex="^[0-9]{1,20}$"),
                name="connection_their_tenant_shape",
            ),
        )
        triggers: ClassVar = [
            *states.guard(MOVES, start=S.NOT_CONNECTED),
            raise_gates_epoch("connection_epoch"),
        ]

    def __str__(self) -> str:
        return f"connection {self.public_id}"

    @property
    def is_simulated(self) -> bool:
        """Return whether the connection leads to our simulator, not to ServiceTitan."""
        return self.environment == Environment.SIMULATOR
