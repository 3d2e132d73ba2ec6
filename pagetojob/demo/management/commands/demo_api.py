"""`manage.py demo_api on|off`: connect the demo tenant to the ServiceTitan simulator, and disconnect it."""

import json
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.demo.data import SLUG, STAFF
from pagetojob.demo.switch import Account, NotPossible, own_account, switch_off, switch_on
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import SecretKind

#: Environment variables of a simulator account. Secrets are never command-line arguments, because every process on
#: the machine can read these.
VARIABLES = {
    SecretKind.APP_KEY: "DEMO_API_APP_KEY",
    SecretKind.CLIENT_ID: "DEMO_API_CLIENT_ID",
    SecretKind.CLIENT_SECRET: "DEMO_API_CLIENT_SECRET",
}
NAMES = {SecretKind.APP_KEY: "app_key", SecretKind.CLIENT_ID: "client_id", SecretKind.CLIENT_SECRET: "client_secret"}


class Command(BaseCommand):
    help = "Turn the demo tenant's API features on against a ServiceTitan simulator, or off. Never uses ServiceTitan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("switch", choices=["on", "off"])
        parser.add_argument("--tenant", default=SLUG, help=f"Slug of the demo tenant ({SLUG}).")
        parser.add_argument(
            "--account",
            default=os.environ.get("DEMO_API_TENANT", ""),
            help="Account number at the simulator; DEMO_API_TENANT. Empty: an account of the built-in simulator.",
        )
        parser.add_argument(
            "--stdin",
            action="store_true",
            help='Read app key, client id and client secret from standard input: {"app_key": …, "client_id": …, '
            f'"client_secret": …}}. Otherwise from {", ".join(VARIABLES.values())}, or the built-in simulator\'s.',
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”; run manage.py load_demo.", returncode=2)
        actor = User.objects.filter(email=STAFF[0][0]).first()
        if actor is None:
            raise CommandError("There is no demo operator. Run manage.py load_demo first.")
        try:
            if options["switch"] == "off":
                self._off(tenant, actor)
            else:
                self._on(tenant, actor, self._account(options["account"], from_stdin=options["stdin"]))
        except NotPossible as error:
            raise CommandError(str(error)) from None

    def _on(self, tenant: Tenant, actor: User, account: Account) -> None:
        opened = switch_on(tenant=tenant, account=account, actor=actor)
        made = "created" if opened.is_new else "reused"
        self.stdout.write(
            f"{tenant.name} hands off its bookings to {opened.api}, account {account.tenant}:"
            " a simulator, not ServiceTitan.\n"
            f"Connection {made}, {opened.ids} map ids set. Items that waited at the gate are sent within a minute.\n"
            "Turn it off with manage.py demo_api off."
        )

    def _off(self, tenant: Tenant, actor: User) -> None:
        result = switch_off(tenant=tenant, actor=actor)
        ended = f"Connection ended, receipt {result.receipt}" if result.receipt else "There was no connection"
        self.stdout.write(f"The API features of {tenant.name} are off. {ended}; {result.ids} ids removed from the map.")

    def _account(self, number: str, *, from_stdin: bool) -> Account:
        """Return the account to use. Raises CommandError if only some of its parts are given."""
        if number and not (number.isascii() and number.isdecimal() and len(number) < 20):
            raise CommandError("The account number must contain only digits.")
        given = self._from_stdin() if from_stdin else {kind: os.environ.get(VARIABLES[kind], "") for kind in VARIABLES}
        if not any(given.values()):
            return own_account(number) if number else own_account()
        lacking = [NAMES[kind] for kind in VARIABLES if not given[kind]] + ([] if number else ["account"])
        if lacking:
            raise CommandError(f"A simulator account needs all of its parts. Missing: {', '.join(lacking)}.")
        return Account(number, {kind: SecretText(value) for kind, value in given.items()})

    def _from_stdin(self) -> dict[SecretKind, str]:
        try:
            document = json.loads(sys.stdin.read(20_000))
            return {kind: str(document.get(name) or "") for kind, name in NAMES.items()}
        except (ValueError, AttributeError):
            raise CommandError("Standard input is not a JSON object.") from None
