"""A route of the demo tenant that is in service, and a sender who signs by the published scheme."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from pagetojob.gates.services import give_default_flags
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.simulator.seed import PROVIDER
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.titanmap.models import Family, TaxonomyItem
from syncqueue.inbox.verifiers import Scheme
from syncqueue.models import HookRoute, InboxEvent, QuarantinedRequest
from syncqueue.services import inbox, inbox_keys

from . import handed
from .gates import wish
from .standin import StandInProcess
from .vault import authorized

#: Of the published test vector.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + base64.b64encode(b"another-key-of-32-bytes-in-all!!").decode()
BODY = {"type": "booking.updated", "version": 1, "data": {"id": 7}}


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)).decode()


@dataclass
class Sender:
    """Sends events to one route. What `send` is given beats what it would have made."""

    route: HookRoute
    secret: str = SECRET
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))
    sent: int = 0

    def headers(self, body: bytes, *, message_id: str = "", stamp: str = "", secret: str = "") -> dict[str, str]:
        self.sent += 1
        message_id = message_id or f"msg_{self.sent}"
        stamp = stamp or str(int(time.time()))
        signature = sign(secret or self.secret, message_id, stamp, body)
        return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}

    def post(self, body: bytes, headers: dict[str, str], *, content_type: str = "application/json", **more: Any) -> Any:
        meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()} | more
        return self.client.generic("POST", f"/hooks/{self.route.public_id}/", body, content_type=content_type, **meta)

    def send(self, body: Any = None, *, content_type: str = "application/json", **how: Any) -> int:
        raw = body if isinstance(body, bytes) else json.dumps(BODY if body is None else body).encode()
        answer = self.post(raw, self.headers(raw, **how), content_type=content_type)
        return int(answer.status_code)

    def events(self) -> list[InboxEvent]:
        with scope.tenant(self.route.tenant_id):
            return list(InboxEvent.objects.filter(route=self.route).order_by("id"))

    def quarantined(self) -> list[QuarantinedRequest]:
        with scope.tenant(self.route.tenant_id):
            return list(QuarantinedRequest.objects.filter(route=self.route).order_by("id"))


def put_in_service(connection: Connection, actor: User) -> HookRoute:
    wish(connection.tenant, inbox.FLAG)
    route = inbox_keys.open_route(
        connection=connection, scheme=Scheme.STANDARD, actor=actor, reason="They send events."
    )
    inbox_keys.keep_key(route=route, value=SecretText(SECRET), actor=actor, reason="From their portal.")
    inbox.forget()
    return HookRoute.objects.select_related("tenant").get(pk=route.pk)


@pytest.fixture
def sender(tenant: Tenant, owner: User, connected: Connection) -> Sender:
    return Sender(put_in_service(connected, owner))


def connect(tenant: Tenant, actor: User, *, scopes: tuple[str, ...] = ("tn.crm.bookings:r",)) -> Connection:
    """An active connection to the account of the stand-in, whose provider has its id in the tenant's map."""
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(tenant=tenant, family=Family.BOOKING_PROVIDER).update(external_id=PROVIDER)
    return handed.connect(tenant, actor, scopes=scopes, modules=("Scheduling Pro",))


@pytest.fixture
def reader(tenant: Tenant, owner: User, standin: StandInProcess) -> Sender:
    """A sender of events whose account at the stand-in can be read."""
    return Sender(put_in_service(connect(tenant, owner), owner))


@pytest.fixture
def neighbor(sender: Sender, other_tenant: Tenant, owner: User) -> Sender:
    """A sender to another tenant's route, made after that of `sender`."""
    return Sender(put_another_in_service(other_tenant, owner))


def put_another_in_service(tenant: Tenant, actor: User) -> HookRoute:
    """Put a route of another tenant than the demo one in service, whose account lets us read nothing."""
    Tenant.objects.filter(pk=tenant.pk).update(is_demo=True)
    tenant.refresh_from_db()
    with scope.tenant(tenant.pk):
        give_default_flags(tenant)
    return put_in_service(authorized(tenant, actor), actor)
