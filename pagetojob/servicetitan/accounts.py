"""Accounts at the other side that are ours: from the environment, from standard input, or of the built-in simulator."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.management.base import CommandParser

from pagetojob.platform.sealing.secret_values import SecretText

from .simulator.api import secret_of
from .vault.models import SecretKind

#: The simulator accepts any number.
SIMULATOR_TENANT = "770077"
#: Environment variables of an account. Secrets are never command-line arguments, because every process on the machine
#: can read these.
NUMBER = "DEMO_API_TENANT"
VARIABLES = {
    SecretKind.APP_KEY: "DEMO_API_APP_KEY",
    SecretKind.CLIENT_ID: "DEMO_API_CLIENT_ID",
    SecretKind.CLIENT_SECRET: "DEMO_API_CLIENT_SECRET",
}
NAMES = {SecretKind.APP_KEY: "app_key", SecretKind.CLIENT_ID: "client_id", SecretKind.CLIENT_SECRET: "client_secret"}


class BadAccount(ValueError):
    """The account cannot be used. The message gives the reason."""


@dataclass(frozen=True)
class Account:
    """An account at the provider with its credentials, which `repr` does not show."""

    tenant: str
    secrets: dict[SecretKind, SecretText] = field(repr=False)


def own_account(tenant: str = SIMULATOR_TENANT) -> Account:
    """Return the built-in simulator's account with this number."""
    client = f"cid.standin.{tenant}"
    return Account(
        tenant,
        {
            SecretKind.APP_KEY: SecretText("ak1.standin"),
            SecretKind.CLIENT_ID: SecretText(client),
            SecretKind.CLIENT_SECRET: SecretText(secret_of(client)),
        },
    )


def add_account_arguments(parser: CommandParser, *, default: str) -> None:
    """Add the options of a command that `given_account` reads. `default` is used without them."""
    parser.add_argument(
        "--account", default=os.environ.get(NUMBER, ""), help=f"Account number; {NUMBER}. Empty: {default}."
    )
    parser.add_argument(
        "--stdin",
        action="store_true",
        help='Read app key, client id and client secret from standard input: {"app_key": …, "client_id": …, '
        f'"client_secret": …}}. Otherwise from {", ".join(VARIABLES.values())}.',
    )


def given_account(number: str, *, from_stdin: bool) -> Account | None:
    """Return the account of the JSON on standard input, or else of the environment; None if there are no credentials.

    Raises BadAccount if a part is missing or invalid.
    """
    if number and not (number.isascii() and number.isdecimal() and len(number) < 20):
        raise BadAccount("The account number must contain only digits.")
    from_environment = {kind: os.environ.get(name, "") for kind, name in VARIABLES.items()}
    given = _read(sys.stdin.read(20_000)) if from_stdin else from_environment
    if not any(given.values()):
        return None
    lacking = [NAMES[kind] for kind in VARIABLES if not given[kind]] + ([] if number else ["account"])
    if lacking:
        raise BadAccount(f"A simulator account needs all of its parts. Missing: {', '.join(lacking)}.")
    return Account(number, {kind: SecretText(value) for kind, value in given.items()})


def _read(document: str) -> Mapping[SecretKind, str]:
    try:
        parts = json.loads(document)
        return {kind: str(parts.get(name) or "") for kind, name in NAMES.items()}
    except (ValueError, AttributeError):
        raise BadAccount("Standard input is not a JSON object.") from None
