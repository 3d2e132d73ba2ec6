"""`manage.py demo_api on|off`: connect the demo tenant to the ServiceTitan simulator, and disconnect it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.demo.data import SLUG, STAFF
from pagetojob.demo.switch import NotPossible, switch_off, switch_on
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.accounts import Account, BadAccount, add_account_arguments, given_account, own_account


class Command(BaseCommand):
    help = "Turn the demo tenant's API features on against a ServiceTitan simulator, or off. Never uses ServiceTitan."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("switch", choices=["on", "off"])
        parser.add_argument("--tenant", default=SLUG, help=f"Slug of the demo tenant ({SLUG}).")
        add_account_arguments(parser, default="an account of the built-in simulator")

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
        try:
            account = given_account(number, from_stdin=from_stdin)
        except BadAccount as error:
            raise CommandError(str(error)) from None
        return account or (own_account(number) if number else own_account())
