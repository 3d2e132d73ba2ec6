"""Fixed base URLs per environment, and the check of the gate decision that is required to use them."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from pagetojob.gates.registry import Environment
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import GateClosedError


@dataclass(frozen=True)
class Bases:
    """Base URLs of the token endpoint and of the API, without a trailing slash."""

    auth: str
    api: str


_OUTSIDE = {
    Environment.PRODUCTION: Bases("https://auth.servicetitan.io", "https://api.servicetitan.io"),
    Environment.INTEGRATION: Bases(
        "https://auth-integration.servicetitan.io", "https://api-integration.servicetitan.io"
    ),
}


def bases_of(environment: Environment) -> Bases:
    """Return the base URLs of an environment. Raises GateClosedError if there are none.

    Those of the simulator come from settings; the others are fixed in code, because a secret sent to a mistyped host
    cannot be recalled.
    """
    if environment in _OUTSIDE:
        return _OUTSIDE[environment]
    auth, api = settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL
    if environment is not Environment.SIMULATOR or not (auth and api):
        raise GateClosedError("no-stand-in", "No simulator is configured.")
    return Bases(auth, api)


def check(decision: Decision, *, now: datetime) -> None:
    """Raise GateClosedError unless `decision` is open and has not expired at `now`."""
    if not decision.open:
        raise GateClosedError("gate-shut", f"The gate of {decision.flag} is closed.")
    if decision.valid_until is not None and decision.valid_until <= now:
        raise GateClosedError("gate-lapsed", f"The decision about {decision.flag} has expired.")
