"""Base URLs, and the grade of evidence, per environment: only the official sandbox host counts as the sandbox."""

import asyncio
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest

from pagetojob.gates.registry import Environment, Grade
from pagetojob.gates.services import Decision
from pagetojob.platform.outbound.addresses import Origin
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.resolving import Resolver
from pagetojob.platform.outbound.transport import Transport
from pagetojob.servicetitan.client.calls import Caller
from pagetojob.servicetitan.client.environments import bases_of, grade_of

OFFICIAL = ("auth-integration.servicetitan.io", "api-integration.servicetitan.io")
OTHERS = (
    "api.servicetitan.io",
    "auth.servicetitan.io",
    "127.0.0.1",
    "",
    "api-integration.servicetitan.io.example.com",
    "API-INTEGRATION.servicetitan.io",
)


class _Tokens:
    """Fails when it is asked: a grade needs no token."""

    async def token(self) -> str:
        raise AssertionError("a token was requested")

    async def forget(self, token: str) -> None:
        raise AssertionError("a token was forgotten")


class _Fixed:
    def resolve(self, host: str) -> Sequence[str]:
        return ["203.0.113.9"]


@pytest.mark.parametrize(
    ("environment", "host", "tls", "overridden"),
    list(product(Environment, (*OFFICIAL, *OTHERS), (True, False), (True, False))),
)
def test_only_the_official_sandbox_host_over_verified_tls_without_override_is_the_sandbox(
    environment: Environment, host: str, tls: bool, overridden: bool
) -> None:
    is_sandbox = environment is Environment.INTEGRATION and host in OFFICIAL and tls and not overridden
    grade = grade_of(environment, host, tls_verified=tls, overridden=overridden)
    assert grade is (Grade.SANDBOX if is_sandbox else Grade.SIMULATOR)


def test_integration_has_its_official_hosts_unless_tests_override_them(settings: Any) -> None:
    bases = bases_of(Environment.INTEGRATION)
    assert (bases.hosts, bases.over_tls, bases.overridden) == (OFFICIAL, True, False)
    settings.SERVICETITAN_INTEGRATION_AUTH_URL = "http://127.0.0.1:1"
    assert bases_of(Environment.INTEGRATION) == bases, "one address alone overrides nothing"
    settings.SERVICETITAN_INTEGRATION_API_URL = "http://127.0.0.1:2"
    bases = bases_of(Environment.INTEGRATION)
    assert (bases.auth, bases.api) == ("http://127.0.0.1:1", "http://127.0.0.1:2")
    assert bases.overridden and not bases.over_tls
    assert {origin.port for origin in listed_origins()} == {1, 2}
    assert not bases_of(Environment.PRODUCTION).overridden


def grade(
    environment: Environment, *, listed: frozenset[Origin] = frozenset(), resolver: Resolver | None = None
) -> Grade:
    async def made() -> Grade:
        decision = Decision("api-booking-sync", 1, environment, open=True, epoch=1)
        return Caller(Transport(listed=listed, resolver=resolver), "ak1.x", decision, 1, _Tokens()).grade

    return asyncio.run(made())


def test_calls_to_the_official_hosts_capture_in_the_sandbox(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    assert grade(Environment.INTEGRATION) is Grade.SANDBOX
    assert grade(Environment.PRODUCTION) is Grade.SIMULATOR
    elsewhere = frozenset({Origin("http", "127.0.0.1", 9)})
    assert grade(Environment.INTEGRATION, listed=elsewhere) is Grade.SANDBOX, "another host is listed"


@pytest.mark.parametrize("host", OFFICIAL)
def test_each_override_makes_it_simulator_grade(settings: Any, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    listed = frozenset({Origin("https", host, 443)})
    assert grade(Environment.INTEGRATION, listed=listed) is Grade.SIMULATOR, "the host may be in a private network"
    assert grade(Environment.INTEGRATION, resolver=_Fixed()) is Grade.SIMULATOR, "its address is ours"
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "/tmp/own.pem")
            assert grade(Environment.INTEGRATION) is Grade.SIMULATOR, "its certificate may be ours"
    settings.SERVICETITAN_INTEGRATION_AUTH_URL = settings.SERVICETITAN_INTEGRATION_API_URL = f"https://{host}"
    assert grade(Environment.INTEGRATION) is Grade.SIMULATOR, "even if the setting names an official host"
    settings.SERVICETITAN_STANDIN_AUTH_URL = settings.SERVICETITAN_STANDIN_API_URL = f"https://{host}"
    assert grade(Environment.SIMULATOR) is Grade.SIMULATOR
