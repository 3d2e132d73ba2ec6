"""The cases about access: token exchange, and disconnect with deletion."""

import json
import uuid
from typing import Any

from django.utils import timezone

from pagetojob.platform.outbound.errors import AuthorizationError, GateClosedError, GatewayError
from pagetojob.platform.outbound.response import Answer
from pagetojob.platform.sealing.errors import VaultError
from pagetojob.platform.sealing.secret_values import SecretText
from pagetojob.platform.tenants import scope
from pagetojob.servicetitan.client import bookings
from pagetojob.servicetitan.validation.recording import MadeError
from pagetojob.servicetitan.vault.models import Connection, ConnectionState, Lost, SecretKind
from pagetojob.servicetitan.vault.selectors import destroyed_keys
from pagetojob.servicetitan.vault.services import Use, connections, keep, unseal
from pagetojob.servicetitan.vault.tokens import forget_token
from syncqueue.selectors.ledger import books
from syncqueue.services.intake import AppointmentRequest, capture_request
from syncqueue.services.operate import Proof, mark_manual_complete

from .ground import API_FLAGS, BY, WHY, Failed, credentials_of
from .trial import Trial, captured_log

HANDOFF = "api-booking-sync"


def token_exchange(trial: Trial) -> None:
    with captured_log() as lines:
        connection = trial.ground.connect()
        decision = trial.ground.decide(HANDOFF)
        first = trial.token(connection, decision)
        before = trial.token_requests
        trial.token(connection, decision)
        if trial.token_requests != before:
            raise Failed("A stored token that is still valid was requested again.")
        forget_token(connection, first)
        second = trial.token(connection, decision)
        if trial.token_requests != before + 1:
            raise Failed("An expired token was not renewed by exactly one request.")
        trial.note(renewed_token_differs=first.value.reveal() != second.value.reveal())
        trial.note(rotation=_rotate(trial, connection))
        trial.call(HANDOFF, bookings.provider_tags)
        trial.note(call_status=200, token_requests=trial.token_requests)
        trial.ground.end()
        trial.note(flags_off=_flags_off(trial))
        _search(trial, lines, (first.value.reveal(), second.value.reveal()))


def _rotate(trial: Trial, connection: Connection) -> dict[str, Any]:
    """Store another client secret, and see that the next token request carries it. That request is stopped here.

    A second secret can only be made in the developer portal, and sending a wrong one would count as an attack.
    """
    account, recorder = trial.ground.account, trial.recorder
    current = account.secrets[SecretKind.CLIENT_SECRET] if account else None
    if current is None:
        current = _stored(connection)
    marker, seen = f"cs2.{uuid.uuid4().hex}", []
    recorder.on_form = lambda form: seen.append(form.get("client_secret") == marker)
    recorder.plan(MadeError.ANSWERED, _is_token_request, answer(401, {"error": "invalid_client"}))
    _store(trial, connection, SecretText(marker))
    refused = False
    try:
        forget_token(connection, trial.token(connection, trial.ground.decide(HANDOFF)))
        trial.token(connection, trial.ground.decide(HANDOFF))
    except AuthorizationError:
        refused = True
    _store(trial, connection, current)
    recorder.on_form = None
    if not (refused and seen == [True]):
        raise Failed("The next token request did not carry the secret that had been stored last.")
    trial.token(connection, trial.ground.decide(HANDOFF))
    return {"made_by_us": "the request with another secret was answered on our side", "new_value_used": True}


def _store(trial: Trial, connection: Connection, value: SecretText) -> None:
    keep(connection=connection, kind=SecretKind.CLIENT_SECRET, value=value, actor=trial.ground.actor, reason=WHY)


def _stored(connection: Connection) -> SecretText:
    kinds = [SecretKind.CLIENT_SECRET]
    opened = unseal(connection.pk, tenant_id=connection.tenant_id, kinds=kinds, purpose=Use.TOKEN_REQUEST, by=BY)
    return opened[SecretKind.CLIENT_SECRET]


def _is_token_request(method: str, url: str) -> bool:
    return url.endswith("/connect/token")


def _search(trial: Trial, lines: list[str], tokens: tuple[str, ...]) -> None:
    """Raise Failed if a secret is in the log or in what the run stores."""
    texts = [*lines, json.dumps(trial.evidence), json.dumps(trial.recorder.listed)]
    secrets = [*credentials_of(trial.ground.account), *tokens]
    if any(secret in text for secret in secrets for text in texts):
        raise Failed("A secret is in the log or in the evidence.")
    trial.note(log_lines=len(lines), secrets_searched=len(secrets), secrets_found=0)


def _flags_off(trial: Trial) -> dict[str, str]:
    """Return when each feature was seen off. Raises Failed if one is on."""
    on = [flag for flag in API_FLAGS if trial.ground.decide(flag).open]
    if on:
        raise Failed(f"These features are still on: {', '.join(on)}.")
    return dict.fromkeys(API_FLAGS, timezone.now().isoformat())


def disconnect_and_deletion(trial: Trial) -> None:
    ground = trial.ground
    connection = ground.connect()
    trial.call(HANDOFF, bookings.provider_tags)
    trial.note(lost_after=_lose(trial, connection))
    with scope.tenant(ground.tenant.pk):
        connection.refresh_from_db()
    connection = ground.authorize(connection, connection.servicetitan_tenant)
    connection = connections.activate(connection=connection, actor=ground.actor, reason=WHY)
    trial.call(HANDOFF, bookings.provider_tags)
    with scope.tenant(ground.tenant.pk):
        lead, _ = capture_request(tenant=ground.tenant, request=_request(), binding=None)
    decision, sent = ground.decide(HANDOFF), trial.recorder.sent
    receipt = ground.end()
    if receipt is None:
        raise Failed("There was no connection to end.")
    _refuse_calls(trial, connection)
    _refuse_secrets(connection)
    trial.note(calls_after_disconnect=trial.recorder.sent - sent, epoch_before=decision.epoch)
    trial.note(epoch_after=ground.decide(HANDOFF).epoch, receipt=str(receipt.public_id))
    trial.note(destroyed=[entry["kind"] for entry in receipt.held], backups_end_on=receipt.backups_end_on.isoformat())
    trial.note(keys_destroyed=_destroyed(connection), flags_off=_flags_off(trial))
    trial.note(request=lead.reference, ledger=_finish(trial, lead))


def _lose(trial: Trial, connection: Connection) -> int:
    """Reject calls on our side until the connection counts as lost. Return how many it took."""
    for _ in range(connections.REFUSALS_LOST):
        trial.recorder.plan(MadeError.ANSWERED, lambda method, url: "/tenant/" in url, answer(403, {"status": 403}))
        try:
            trial.call(HANDOFF, bookings.provider_tags)
        except AuthorizationError:
            connection = connections.note_refusal(connection=connection, what=Lost.REFUSED, by=BY)
    if connection.state != ConnectionState.LOST:
        raise Failed("The loss of access was not noticed.")
    if trial.ground.decide(HANDOFF).open:
        raise Failed("The handoff is still on after access was lost.")
    return connections.REFUSALS_LOST


def answer(status: int, body: dict[str, Any]) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode())


def _refuse_calls(trial: Trial, connection: Connection) -> None:
    """Raise Failed if a call over the ended connection is possible."""
    try:
        trial.call(HANDOFF, bookings.provider_tags, attempts=1, ended=connection)
    except (GateClosedError, VaultError):
        return
    except GatewayError as error:
        raise Failed("A call was made after the disconnect.") from error
    raise Failed("A call was made after the disconnect.")


def _refuse_secrets(connection: Connection) -> None:
    try:
        _stored(connection)
    except VaultError:
        return
    raise Failed("A secret can be read after the disconnect.")


def _destroyed(connection: Connection) -> int:
    """Return how many data keys are destroyed. Raises Failed if a key or an encrypted value remains."""
    with scope.tenant(connection.tenant_id):
        count, left = destroyed_keys(connection)
    if left:
        raise Failed("An encrypted value or a data key remains after the disconnect.")
    return count


def _request() -> AppointmentRequest:
    """Return a request of a fictional person, without a binding, so that no worker can hand it off."""
    return AppointmentRequest(
        form_token=uuid.uuid4(),
        name="Validation Visitor",
        phone="(602) 555-0142",
        service="AC Repair",
        urgency="flexible",
        page_path="/",
        consent_text="Test of sandbox validation.",
        message="Test of sandbox validation.",
        confirm=False,
    )


def _finish(trial: Trial, lead: Any) -> dict[str, Any]:
    """Complete the request manually, and return the ledger. Raises Failed if it does not balance."""
    ground = trial.ground
    with scope.operator(ground.actor, reason=WHY):
        item = lead.sync_items.get(kind="booking_request")
        proof = Proof(where="ServiceTitan", reference=lead.spoken_code, at=timezone.now())
        mark_manual_complete(item=item, actor=ground.actor, proof=proof, reason=WHY)
        ledger = books(ground.tenant)
    if not ledger.balance:
        raise Failed("The ledger does not balance.")
    return {name: getattr(ledger, name) for name in ("captured", "delivered", "manual_complete", "waiting", "excluded")}
