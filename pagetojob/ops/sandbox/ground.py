"""The tenant of sandbox validation, and its connection to an account of ours.

The tenant is a demo without a website, so nothing of a customer is used. Its connection is ended after each run.
"""

from dataclasses import dataclass, field

from django.db import transaction

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS, MODULES, Environment
from pagetojob.gates.services import Decision, storage_missing, want
from pagetojob.onboarding import contractors
from pagetojob.onboarding.lifecycle import write_change
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.roles import OpsRole
from pagetojob.servicetitan.accounts import Account, own_account
from pagetojob.servicetitan.vault.connection_use import decide_with_connection
from pagetojob.servicetitan.vault.models import USABLE, Connection, ConnectionState, Receipt
from pagetojob.servicetitan.vault.selectors import connection_of
from pagetojob.servicetitan.vault.services import Use, app_versions, connections, disconnect, keep, unseal
from pagetojob.servicetitan.vault.services.connections import NEEDED
from syncqueue.notices.recipients import change_settings

SLUG = "sandbox-validation"
BY = "sandbox validation"
WHY = "A run of sandbox validation."
PERSON = "sandbox-validation@pagetojob.example"
#: The features whose access a run uses.
API_FLAGS = tuple(slug for slug, flag in FLAGS.items() if flag.gates)
SCOPES = frozenset().union(*(FLAGS[slug].scopes for slug in API_FLAGS))
#: Accounts that exist without anyone setting them up.
_DEFAULT_ACCOUNTS = {Environment.SIMULATOR: own_account}


class Blocked(Exception):
    """A step cannot be carried out, so the case proves nothing. The message gives the reason."""


class Failed(Exception):
    """A step did not have the expected result. The message gives the reason."""


@dataclass
class Ground:
    """The tenant and the person of a run, and the account to use. None: that of another demo tenant's connection."""

    environment: Environment
    tenant: Tenant
    actor: User
    account: Account | None = field(default=None, repr=False)

    def connect(self) -> Connection:
        """Return an active connection to the account; a new one if needed. Raises Blocked with what is missing."""
        with scope.tenant(self.tenant.pk):
            missing = storage_missing(self.tenant, self.environment)
            row = connection_of(self.tenant, self.environment)
        if missing:
            raise Blocked(" ".join(dict.fromkeys(reason.sentence for reason in missing)))
        if row is not None and row.state == ConnectionState.ACTIVE:
            return row
        self.end()  # left by an interrupted run
        account = self.account = self.account or self._other_account()
        try:
            return self._connected(account)
        except (VaultError, connections.BadDetails) as error:
            raise Blocked(str(error)) from None

    def _connected(self, account: Account) -> Connection:
        row, _ = connections.begin(tenant=self.tenant, environment=self.environment, actor=self.actor, reason=WHY)
        row = connections.ask_approval(connection=row, actor=self.actor, reason=WHY)
        row = self.authorize(row, account.tenant)
        for kind, value in account.secrets.items():
            keep(connection=row, kind=kind, value=value, actor=self.actor, reason=WHY)
        return connections.activate(connection=row, actor=self.actor, reason=WHY)

    def authorize(self, row: Connection, number: str) -> Connection:
        """Record all scopes that features use, within the newest published version of the app."""
        scopes = sorted(SCOPES - set(app_versions.outside_newest(SCOPES)))
        return connections.authorize(
            connection=row, servicetitan_tenant=number, scopes=scopes, modules=MODULES, actor=self.actor, reason=WHY
        )

    def end(self) -> Receipt | None:
        """Disconnect, if connected."""
        with scope.tenant(self.tenant.pk):
            row = connection_of(self.tenant, self.environment)
        return disconnect(connection=row, actor=self.actor, reason=WHY) if row else None

    def decide(self, flag: str) -> Decision:
        with scope.tenant(self.tenant.pk):
            return decide_with_connection(flag, self.tenant, self.environment)

    def _other_account(self) -> Account:
        """Return the account of the newest connection of a demo tenant in this environment, or a default one."""
        with scope.worker():
            rows = Connection.objects.filter(environment=self.environment, state__in=USABLE, tenant__is_demo=True)
            row = rows.exclude(tenant=self.tenant).first()
        if row is not None:
            values = unseal(row.pk, tenant_id=row.tenant_id, kinds=NEEDED, purpose=Use.TOKEN_REQUEST, by=BY)
            return Account(row.servicetitan_tenant, dict(values))
        default = _DEFAULT_ACCOUNTS.get(self.environment)
        if default is None:
            raise Blocked("There is no account: connect a demo tenant to this environment, or name an account.")
        return default()


def prepare(environment: Environment, account: Account | None, actor: User | None = None) -> Ground:
    """Return the ground of a run; its tenant wants every feature that needs the API, and has no website."""
    person = actor or _person()
    with transaction.atomic():
        tenant, _ = Tenant.objects.get_or_create(
            slug=SLUG, defaults={"name": "Sandbox validation", "time_zone": "America/Phoenix", "is_demo": True}
        )
        contractors.prepare(tenant)
        with scope.tenant(tenant.pk):
            if tenant.state == Lifecycle.DRAFT:
                write_change(tenant=tenant, to=Lifecycle.PREVIEW, by=person, reason=WHY)
            # The end of a connection is reported to the business, which is us.
            NoticeRecipient.objects.get_or_create(tenant=tenant, email=PERSON, defaults={"label": "Office"})
            # No office opens its requests, so they would raise an alarm.
            change_settings(tenant=tenant, by=person, reason=WHY, escalates=False)
            unwanted = Flag.objects.filter(tenant=tenant, slug__in=API_FLAGS, wanted=False)
            for slug in list(unwanted.values_list("slug", flat=True)):
                want(flag=slug, tenant=tenant, on=True, actor=person, reason=WHY)
    tenant.refresh_from_db()
    return Ground(environment, tenant, person, account)


def _person() -> User:
    """Return the account that the audit log names for a run of the command.

    It is an operator only in this process: two staff admins make an operator who is stored.
    """
    person = User.objects.by_email(PERSON) or User.objects.create_user(
        email=PERSON, password=None, name="Sandbox validation"
    )
    person.ops_role = OpsRole.OPERATOR
    return person


def credentials_of(account: Account | None) -> tuple[str, ...]:
    """Return the secret texts of an account, to search for them."""
    return tuple(value.reveal() for value in account.secrets.values()) if account else ()
