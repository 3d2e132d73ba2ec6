"""Passkeys with py_webauthn: options for the browser, and verification of its responses."""

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import User

from ..errors import PasskeyRefused
from ..models import Passkey
from .factors import check_factor_limit, note_added

TIMEOUT_MS = 300_000
LONGEST_ID = 1023


def our_host() -> str:
    """Return the host of PUBLIC_URL, to which passkeys are bound. If it changes, every passkey must be added again."""
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def begin_adding(user: User) -> tuple[dict[str, Any], str]:
    """Return the options for `navigator.credentials.create`, and the challenge to store in the session."""
    options = generate_registration_options(
        rp_id=our_host(),
        rp_name="PageToJob",
        user_id=user.public_id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        timeout=TIMEOUT_MS,
        exclude_credentials=_known_to(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return json.loads(options_to_json(options)), bytes_to_base64url(options.challenge)


@transaction.atomic
def finish_adding(
    *, user: User, challenge: str, answer: dict[str, Any], name: str, keep_session: str | None
) -> Passkey:
    """Verify and store a new passkey. Raises PasskeyRefused, or AccountError if there are too many."""
    try:
        proven = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=our_host(),
            expected_origin=settings.PUBLIC_URL,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    if len(proven.credential_id) > LONGEST_ID:
        raise PasskeyRefused
    check_factor_limit(user)
    row = Passkey(
        user=user,
        name=name,
        credential_id=proven.credential_id,
        credential_digest=_digest(proven.credential_id),
        public_key=proven.credential_public_key,
        sign_count=proven.sign_count,
        transports=_transports(answer),
    )
    with raise_on_conflict(PasskeyRefused("This passkey has already been added.")):
        row.save()
    note_added(user, f"A passkey: {row.public_id}.", keep_session)
    return row


def begin_using(user: User | None) -> tuple[dict[str, Any], str]:
    """Return the options for `navigator.credentials.get` and the challenge.

    Without a user, the browser offers all passkeys that it has for this site.
    """
    options = generate_authentication_options(
        rp_id=our_host(),
        timeout=TIMEOUT_MS,
        allow_credentials=_known_to(user) if user else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return json.loads(options_to_json(options)), bytes_to_base64url(options.challenge)


@transaction.atomic
def finish_using(*, user: User | None, challenge: str, answer: dict[str, Any]) -> User:
    """Verify a passkey response and return its user. Raises PasskeyRefused for any problem."""
    row = _find_passkey(answer, user)
    try:
        proven = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=our_host(),
            expected_origin=settings.PUBLIC_URL,
            credential_public_key=bytes(row.public_key),
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    row.sign_count, row.last_used_at = proven.new_sign_count, timezone.now()
    row.save(update_fields=["sign_count", "last_used_at"])
    return row.user


def _find_passkey(answer: dict[str, Any], user: User | None) -> Passkey:
    try:
        digest = _digest(base64url_to_bytes(str(answer["rawId"])))
    except _UNREADABLE as error:
        raise PasskeyRefused from error
    rows = Passkey.objects.select_for_update(of=("self",)).select_related("user").filter(credential_digest=digest)
    row = (rows.filter(user=user) if user else rows).first()
    if row is None or not row.user.is_active:
        raise PasskeyRefused
    return row


#: Errors that the library raises for malicious responses, including those for missing keys.
_UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)


def _known_to(user: User) -> list[PublicKeyCredentialDescriptor]:
    known = {transport.value for transport in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(row.credential_id),
            transports=[AuthenticatorTransport(name) for name in row.transports if name in known],
        )
        for row in Passkey.objects.filter(user=user).order_by("pk")
    ]


def _transports(answer: dict[str, Any]) -> list[str]:
    names = answer.get("response", {}).get("transports", [])
    known = {transport.value for transport in AuthenticatorTransport}
    return sorted(known & {name for name in names if isinstance(name, str)}) if isinstance(names, list) else []


def _digest(credential_id: bytes) -> str:
    return hashlib.sha256(credential_id).hexdigest()
