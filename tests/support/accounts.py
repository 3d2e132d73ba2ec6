"""Helpers of account tests: an authenticator app, a software passkey, sent mail, links in it, the admin form."""

import base64
import hashlib
import json
import re
import secrets
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client
from django_otp.oath import hotp

from pagetojob.ops.admin import mark_of
from pagetojob.platform.accounts import keys, marks, onetime
from pagetojob.platform.accounts.models import Authenticator
from pagetojob.platform.accounts.services.mails import send_pending_mail
from pagetojob.platform.tenants.models import Membership, Tenant, User
from tests.support.factories import PASSWORD

SIGN_IN, SECOND_STEP, SECURITY = "/account/sign-in", "/account/second-step", "/account/security"


def sign_in(client: Client, user: User, password: str = PASSWORD, **extra: str) -> Any:
    return client.post(SIGN_IN, {"username": user.email, "password": password, **extra})


def app_of(user: User, *, name: str = "App") -> bytes:
    """Give a person an authenticator app whose codes are unused; its key."""
    key = onetime.new_key()
    row = Authenticator(user=user, name=name)
    row.sealed_key = keys.seal(key, use="authenticator", bound_to=f"{user.pk}:{row.public_id}")
    row.save()
    return key


#: A test sends the code within this time.
_ENOUGH_SECONDS = 3


def code_of(key: bytes, *, ahead: int = 0) -> str:
    """What the app shows now, or some steps of 30 seconds later. Waits if the code would soon end."""
    if (left := onetime.STEP_SECONDS - time.time() % onetime.STEP_SECONDS) < _ENOUGH_SECONDS:
        time.sleep(left)
    return f"{hotp(key, int(time.time() // onetime.STEP_SECONDS) + ahead):06d}"


def stepped_in(user: User) -> Client:
    """A client of this person, in by both steps."""
    client = Client()
    key = app_of(user)
    assert sign_in(client, user)["Location"] == SECOND_STEP
    assert client.post(SECOND_STEP, {"code": code_of(key)}).status_code == 302
    assert client.session[marks.SECOND_STEP]
    return client


def let_confirmation_age(client: Client) -> None:
    """Let ten minutes pass since this person proved who they are."""
    session = client.session
    session[marks.CONFIRMED_AT] -= marks.CONFIRMED_SECONDS + 1
    session.save()


def mail_sent() -> list[EmailMessage]:
    """Let the worker send what is owed; all that was sent so far, oldest first."""
    send_pending_mail()
    folder = Path(settings.MAILERS["default"]["OPTIONS"]["folder"])
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if folder.exists() else []
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in paths]


def link_in(message: EmailMessage, kind: str) -> str:
    """The path of the link of this kind that a mail holds."""
    match = re.search(rf"https?://\S+/account/{kind}/\S+", message.get_content())
    assert match
    return urlsplit(match.group()).path


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class SoftPasskey:
    """An authenticator in software, which may also lie."""

    def __init__(self, *, origin: str | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.origin = origin or settings.PUBLIC_URL
        self.count = 0

    def make(self, options: dict[str, Any]) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        attested = bytes(16) + len(self.credential_id).to_bytes(2) + self.credential_id + cbor2.dumps(public)
        data = self._data(options["rp"]["id"], flags=0x45) + attested
        response = {
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            "clientDataJSON": b64(self._client_data("webauthn.create", options["challenge"])),
            "transports": ["internal"],
        }
        return self._credential(response)

    def use(self, options: dict[str, Any], *, flags: int = 0x05) -> dict[str, Any]:
        self.count += 1
        data = self._data(options["rpId"], flags=flags)
        client_data = self._client_data("webauthn.get", options["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"authenticatorData": b64(data), "clientDataJSON": b64(client_data), "signature": b64(signed)}
        return self._credential(response)

    def _data(self, rp_id: str, *, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        raw = b64(self.credential_id)
        return {"id": raw, "rawId": raw, "type": "public-key", "response": response, "clientExtensionResults": {}}


def post_json(client: Client, path: str, body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def add_passkey(client: Client, passkey: SoftPasskey) -> Any:
    options = post_json(client, "/account/passkey/add/begin", {}).json()["options"]
    return post_json(client, "/account/passkey/add/complete", {"credential": passkey.make(options), "name": "Laptop"})


def use_passkey(client: Client, passkey: SoftPasskey, **body: Any) -> Any:
    options = post_json(client, "/account/passkey/use/begin", {}).json()["options"]
    return post_json(client, "/account/passkey/use/complete", {"credential": passkey.use(options), **body})


def user_data(user: User, **changes: str) -> dict[str, str]:
    """Return the fields of the admin's form for a person, without empty ones."""
    facts = {
        "email": user.email,
        "name": user.name,
        "is_active": "on",
        "ops_role": user.ops_role,
        "staff_role": user.staff_role,
        "reason": "test",
        "seen": mark_of(User.objects.get(pk=user.pk)) if user.pk else "",
    }
    return {name: value for name, value in (facts | changes).items() if value}


def change_user(client: Client, user: User, **changes: str) -> Any:
    return client.post(f"/admin/tenants/user/{user.pk}/change/", user_data(user, **changes))


def membership_data(row: Membership, **changes: object) -> dict[str, object]:
    """Return the fields of the admin's form for a membership."""
    facts = {"tenant": row.tenant_id, "user": row.user_id, "role": row.role, "reason": "test", "seen": mark_of(row)}
    return facts | changes


def tenant_data(row: Tenant, **changes: object) -> dict[str, object]:
    """Return the fields of the admin's form for a tenant, without empty ones."""
    facts = {
        "slug": row.slug,
        "name": row.name,
        "time_zone": row.time_zone,
        "is_demo": "on" if row.is_demo else "",
        "second_factor_required": "on" if row.second_factor_required else "",
        "reason": "test",
        "seen": mark_of(row),
    }
    return {name: value for name, value in (facts | changes).items() if value}
