"""The vault refuses early, keeps sealed, and gives back for a purpose with a line the tenant can read."""

import json
import uuid
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.serializers.base import DeserializationError
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.views.debug import ExceptionReporter

from pagetojob.gates.registry import Environment
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.sealing import errors
from pagetojob.platform.sealing.secret_values import HIDDEN, Sealed, SecretText
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.vault.models import Connection, DataKey, Secret, SecretKind
from pagetojob.servicetitan.vault.services import Use, connections, decrypt, keep, unseal
from pagetojob.servicetitan.vault.services.secrets import open_row
from tests.support.services import VAULT_KEYS
from tests.support.vault import CLIENT_SECRET, PLANTED, authorized, secret_of

KIND = SecretKind.CLIENT_SECRET


def lines(tenant: Tenant, action: str) -> list[AuditEntry]:
    """As the tenant itself reads them."""
    with scope.tenant(tenant.pk):
        return list(AuditEntry.objects.filter(action=action))


def put_in(row: Connection, actor: User, text: str = CLIENT_SECRET, kind: SecretKind = KIND) -> Secret:
    return keep(connection=row, kind=kind, value=SecretText(text), actor=actor, reason="A new one.")


@pytest.mark.parametrize("environment", [Environment.INTEGRATION, Environment.PRODUCTION])
def test_no_secret_is_stored_before_approval(
    tenant: Tenant, owner: User, environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    row = authorized(tenant, owner, environment)
    caplog.set_level(0)
    with CaptureQueriesContext(connection) as queries, pytest.raises(errors.NotAdmitted) as refused:
        put_in(row, owner)
    message = str(refused.value)
    assert "rotate it now" in message and PLANTED not in message
    assert all(sentence in message for sentence in refused.value.missing) and refused.value.missing
    written = [one["sql"] for one in queries if one["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (written, caplog.text) == ([], "")
    with scope.tenant(tenant.pk):
        assert not Secret.objects.exists() and not DataKey.objects.exists()
        assert not AuditEntry.objects.filter(action="vault.keep").exists()


def test_simulator_secrets_are_stored_only_for_demo_tenants(
    other_tenant: Tenant, stranger: User, stand_in: None
) -> None:
    row = authorized(other_tenant, stranger)
    with pytest.raises(errors.NotAdmitted):
        put_in(row, stranger)


def test_decryption_needs_a_purpose_and_is_audited(tenant: Tenant, connected: Connection) -> None:
    secret = secret_of(connected)
    assert decrypt(secret, purpose=Use.TOKEN_REQUEST, by="gateway").reveal() == CLIENT_SECRET
    line = lines(tenant, "vault.decrypt")[0]
    assert (line.actor_label, line.reason) == ("gateway", Use.TOKEN_REQUEST.value)
    assert line.subject == f"vault.connection:{connected.public_id}"
    assert line.changes == {"kinds": [None, "client secret"]}


def test_loading_three_secrets_writes_one_audit_line(tenant: Tenant, connected: Connection) -> None:
    kinds = (SecretKind.APP_KEY, SecretKind.CLIENT_ID, SecretKind.CLIENT_SECRET)
    opened = unseal(connected.pk, tenant_id=tenant.pk, kinds=kinds, purpose=Use.TOKEN_REQUEST, by="gateway")
    assert set(opened) == set(kinds)
    assert len(lines(tenant, "vault.decrypt")) == 1


def test_secret_is_limited_to_its_purposes(tenant: Tenant, connected: Connection) -> None:
    with pytest.raises(errors.WrongPurpose):
        decrypt(secret_of(connected), purpose=Use.WEBHOOK_CHECK, by="gateway")
    assert lines(tenant, "vault.decrypt") == []


def test_unseal_is_refused_inside_a_transaction(connected: Connection) -> None:
    secret = secret_of(connected)
    with transaction.atomic(), pytest.raises(RuntimeError):
        decrypt(secret, purpose=Use.TOKEN_REQUEST, by="gateway")


def tamper(sql: str, *values: bytes) -> None:
    with scope.worker(), connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE vault_secret SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1)", errors.SealBroken),
        ("UPDATE vault_secret SET sealed = substr(sealed, 1, 20)", errors.SealTruncated),
        ("UPDATE vault_secret SET sealed = ''::bytea", errors.SealTruncated),
        (
            "UPDATE vault_secret SET sealed = o.sealed FROM vault_secret o WHERE o.kind = 'client id'",
            errors.SealBroken,
        ),
        ("UPDATE vault_datakey SET wrapped = set_byte(wrapped, 20, get_byte(wrapped, 20) # 1)", errors.SealBroken),
        ("UPDATE vault_datakey SET wrapped = substr(wrapped, 1, 12)", errors.SealTruncated),
        ("UPDATE vault_datakey SET kek_id = 'elsewhere'", errors.UnknownKey),
        ("UPDATE vault_datakey SET kek_id = 'before'", errors.SealBroken),
    ],
)
def test_tampered_secret_is_refused_and_audited(
    tenant: Tenant, connected: Connection, sql: str, error: type[errors.VaultError]
) -> None:
    tamper(sql)
    secret = secret_of(connected)
    with pytest.raises(error) as refused:
        decrypt(secret, purpose=Use.TOKEN_REQUEST, by="gateway")
    assert refused.value.__cause__ is None and refused.value.__context__ is None
    assert PLANTED not in str(refused.value)
    assert [line.reason for line in lines(tenant, "vault.decrypt_refused")] == [
        f"{Use.TOKEN_REQUEST.value}: {error.__name__}"
    ]


def test_a_retired_key_is_refused(tenant: Tenant, owner: User, connected: Connection, settings: Any) -> None:
    settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS = VAULT_KEYS.split(",")[1], "now"
    with pytest.raises(errors.RetiredKey):
        decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


@pytest.mark.parametrize("retired", ["now", ""])
def test_secret_can_be_stored_again_after_its_key_is_gone(
    owner: User, connected: Connection, settings: Any, retired: str
) -> None:
    settings.VAULT_KEYS, settings.VAULT_RETIRED_KEYS = VAULT_KEYS.split(",")[1], retired
    put_in(connected, owner, "cs2.another")
    put_in(connected, owner, "cs2.a-third")
    assert decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway").reveal() == "cs2.a-third"
    with pytest.raises((errors.RetiredKey, errors.UnknownKey)):
        decrypt(secret_of(connected, SecretKind.APP_KEY), purpose=Use.TOKEN_REQUEST, by="gateway")


def test_newer_value_replaces_the_older(tenant: Tenant, owner: User, connected: Connection) -> None:
    before = secret_of(connected)
    put_in(connected, owner, "cs2.another")
    after = secret_of(connected)
    assert (before.pk, after.generation) == (after.pk, before.generation + 1)
    assert before.fingerprint != after.fingerprint
    assert decrypt(before, purpose=Use.TOKEN_REQUEST, by="gateway").reveal() == "cs2.another"
    newest = lines(tenant, "vault.keep")[0]
    assert newest.changes == {"client secret": [before.fingerprint, after.fingerprint]}


def test_bytes_of_an_older_generation_cannot_be_restored(owner: User, connected: Connection) -> None:
    old = secret_of(connected).sealed
    put_in(connected, owner, "cs2.another")
    assert old is not None
    tamper("UPDATE vault_secret SET sealed = %s WHERE kind = 'client secret'", old.content())
    with pytest.raises(errors.SealBroken):
        decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", SecretKind.CLIENT_ID), ("generation", 7), ("public_id", uuid.UUID(int=7)), ("tenant_id", 7)],
)
def test_row_with_changed_identity_cannot_be_decrypted(connected: Connection, field: str, value: object) -> None:
    row = secret_of(connected)
    assert open_row(row).reveal() == CLIENT_SECRET
    setattr(row, field, value)
    with pytest.raises(errors.SealBroken):
        open_row(row)


@pytest.mark.parametrize("text", ["", " ", "cs2.with space", "cs2.line\n", "x" * 4097, "\x00"])
def test_invalid_secret_is_refused(owner: User, connected: Connection, text: str) -> None:
    with pytest.raises(errors.BadSecret):
        put_in(connected, owner, text)


def test_access_token_cannot_be_entered(owner: User, connected: Connection) -> None:
    with pytest.raises(errors.WrongPurpose):
        put_in(connected, owner, kind=SecretKind.ACCESS_TOKEN)


def test_paused_connection_returns_no_secret(tenant: Tenant, owner: User, connected: Connection) -> None:
    connections.pause(connection=connected, actor=owner, reason="Holiday.")
    with pytest.raises(errors.ConnectionClosed):
        decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


def test_another_tenant_finds_nothing(other_tenant: Tenant, connected: Connection) -> None:
    with scope.tenant(other_tenant.pk):
        counts = [model.objects.count() for model in (Connection, Secret, DataKey)]
    assert counts == [0, 0, 0]
    with pytest.raises(errors.SecretNotStored):
        unseal(connected.pk, tenant_id=other_tenant.pk, kinds=[KIND], purpose=Use.TOKEN_REQUEST, by="gateway")


def test_the_operator_s_role_cannot_read_a_sealed_byte(operator: User, connected: Connection) -> None:
    with scope.operator(operator, reason="test"), connection.cursor() as cursor:
        cursor.execute("SELECT kind, fingerprint FROM vault_secret")
        assert len(cursor.fetchall()) == 3
    for sql in ("SELECT sealed FROM vault_secret", "SELECT wrapped FROM vault_datakey"):
        with pytest.raises(Exception, match="permission denied"), scope.operator(operator, reason="test"):
            connection.cursor().execute(sql)


def test_dumps_do_not_show_secrets(connected: Connection, tenant: Tenant) -> None:
    secret = secret_of(connected)
    assert secret.sealed
    with scope.tenant(tenant.pk):
        rows = [secret, secret.data_key, connected]
        dumps = [serializers.serialize(kind, rows) for kind in ("json", "xml", "python", "yaml", "jsonl")]
        dumps += [repr(model_to_dict(row)) for row in rows] + [repr(vars(row)) for row in rows]
        dumps += [repr(list(Secret.objects.values())), json.dumps(list(Secret.objects.values()), default=str)]
    everything = " ".join(map(str, dumps))
    assert HIDDEN in everything
    box = secret.sealed.content()
    assert PLANTED not in everything and box.hex() not in everything and repr(box)[2:-1] not in everything


def test_fixture_cannot_load_sealed_bytes(connected: Connection) -> None:
    with scope.tenant(connected.tenant_id):
        text = serializers.serialize("json", [secret_of(connected)])
    with pytest.raises(DeserializationError, match="Sealed bytes cannot be read from text"):
        list(serializers.deserialize("json", text))
    with pytest.raises(ValidationError):
        Secret._meta.get_field("sealed").to_python("aGVsbG8=")
    with pytest.raises(TypeError), scope.tenant(connected.tenant_id):
        Secret.objects.update(sealed=b"plain")
    assert isinstance(secret_of(connected).sealed, Sealed)


def test_debug_error_page_shows_no_secret(owner: User, connected: Connection) -> None:
    """Of the vault's own frames, while a secret is being kept and while it is being opened."""
    row = connected
    tamper("UPDATE vault_datakey SET wrapped = substr(wrapped, 1, 12)")
    try:
        put_in(row, owner, "cs2.brand-new-" + PLANTED)
    except errors.SealTruncated as error:
        reporter = ExceptionReporter(RequestFactory().get("/"), type(error), error, error.__traceback__)
    frames = [
        one
        for one in reporter.get_traceback_frames()
        if "pagetojob/servicetitan/vault" in one["filename"] or "pagetojob/platform/sealing" in one["filename"]
    ]
    assert len(frames) >= 4
    assert PLANTED not in repr([(name, value) for frame in frames for name, value in frame["vars"]])


def test_destroyed_bytes_stay_destroyed(connected: Connection) -> None:
    tamper("UPDATE vault_datakey SET wrapped = NULL, destroyed_at = now()")
    with pytest.raises(IntegrityError, match="stays destroyed"):
        tamper("UPDATE vault_datakey SET wrapped = '\\x01', destroyed_at = NULL")
    with pytest.raises(errors.Destroyed):
        decrypt(secret_of(connected), purpose=Use.TOKEN_REQUEST, by="gateway")


def test_key_ids_are_shown_with_their_use(connected: Connection, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("vault_keys", "--json")
    shown = json.loads(capsys.readouterr().out)
    assert shown["keys"] == [
        {"key_id": "now", "standing": "current", "data_keys": 1, "secrets": 3},
        {"key_id": "before", "standing": "older", "data_keys": 0, "secrets": 0},
    ]
