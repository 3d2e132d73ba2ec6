"""Base URLs per environment, the check of the decision to use them, and the grade of what is captured there."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings

from pagetojob.gates.registry import Environment, Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.errors import GateClosedError


@dataclass(frozen=True)
class Bases:
    """Base URLs of the token endpoint and of the API, without a trailing slash. `overridden`: by settings."""

    auth: str
    api: str
    overridden: bool = False

    @property
    def hosts(self) -> tuple[str, str]:
        return urlsplit(self.auth).hostname or "", urlsplit(self.api).hostname or ""

    @property
    def over_tls(self) -> bool:
        return all(url.startswith("https://") for url in (self.auth, self.api))


_OFFICIAL = {
    Environment.PRODUCTION: Bases("https://auth.servicetitan.io", "https://api.servicetitan.io"),
    Environment.INTEGRATION: Bases(
        "https://auth-integration.servicetitan.io", "https://api-integration.servicetitan.io"
    ),
}


def bases_of(environment: Environment) -> Bases:
    """Return the base URLs of an environment. Raises GateClosedError if there are none.

    Those of the simulator come from settings, which may also override those of integration for tests. Production's are
    fixed in code, because a secret sent to a mistyped host cannot be recalled.
    """
    given = _from_settings().get(environment, ("", ""))
    if all(given):
        return Bases(*given, overridden=True)
    if environment in _OFFICIAL:
        return _OFFICIAL[environment]
    raise GateClosedError("no-stand-in", "No simulator is configured.")


def _from_settings() -> dict[Environment, tuple[str, str]]:
    return {
        Environment.SIMULATOR: (settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL),
        Environment.INTEGRATION: (
            settings.SERVICETITAN_INTEGRATION_AUTH_URL,
            settings.SERVICETITAN_INTEGRATION_API_URL,
        ),
    }


def grade_of(environment: Environment, host: str, *, tls_verified: bool, overridden: bool) -> Grade:
    """Return the grade of evidence captured from `host`, the one that was connected to.

    "Captured in sandbox" requires an official host of the integration environment over verified TLS, and no override
    of its address. Anything else counts as the simulator, whose evidence opens no gate.
    """
    official = environment is Environment.INTEGRATION and host in _OFFICIAL[Environment.INTEGRATION].hosts
    return Grade.SANDBOX if official and tls_verified and not overridden else Grade.SIMULATOR


def check(decision: Decision, *, now: datetime) -> None:
    """Raise GateClosedError unless `decision` is open and has not expired at `now`."""
    if not decision.open:
        raise GateClosedError("gate-shut", f"The gate of {decision.flag} is closed.")
    if decision.valid_until is not None and decision.valid_until <= now:
        raise GateClosedError("gate-lapsed", f"The decision about {decision.flag} has expired.")
