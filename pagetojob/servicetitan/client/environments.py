"""The fixed table of places we may call, and the only way to one: an open decision of our own gates."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import GateShutError


@dataclass(frozen=True)
class Bases:
    """Where tokens are asked for and where the API is, each without a slash at its end."""

    auth: str
    api: str


_OUTSIDE = {
    Environment.PRODUCTION: Bases("https://auth.servicetitan.io", "https://api.servicetitan.io"),
    Environment.INTEGRATION: Bases(
        "https://auth-integration.servicetitan.io", "https://api-integration.servicetitan.io"
    ),
}


def bases_of(environment: Environment) -> Bases:
    """The bases of an environment; the stand-in's come from settings. Raises GateShutError where there are none.

    Nobody types a base: a secret sent to the wrong place cannot be called back.
    """
    if environment in _OUTSIDE:
        return _OUTSIDE[environment]
    auth, api = settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL
    if environment is not Environment.STAND_IN or not (auth and api):
        raise GateShutError("no-stand-in", "No stand-in is set up here.")
    return Bases(auth, api)


def check(decision: Decision, *, now: datetime) -> None:
    """Raise GateShutError unless `decision` is open and has not lapsed at `now`."""
    if not decision.open:
        raise GateShutError("gate-shut", f"The gate of {decision.flag} is shut.")
    if decision.valid_until is not None and decision.valid_until <= now:
        raise GateShutError("gate-lapsed", f"The decision about {decision.flag} has lapsed.")
