"""The second step: adding, checking, removing, and starting again when all of it is lost."""

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User

from ..errors import AccountError
from ..keys import SealBroken, keyed_hash, seal, unseal
from ..models import Authenticator, Passkey, RecoveryCode, Telling
from ..onetime import draw_recovery_codes, recovery_code_as_kept, step_of
from .mails import owe
from .sessions import end_sessions

MOST_FACTORS = 10
TOO_MANY = "Ten are enough. Remove one that you do not use any more."
WRONG_CODE = "That code is not the one your app shows now, or it was used before. Wait for the next one."


@dataclass(frozen=True)
class Factors:
    """What a person can prove the second step with."""

    authenticators: list[Authenticator]
    passkeys: list[Passkey]
    codes_left: int

    def __bool__(self) -> bool:
        return bool(self.authenticators or self.passkeys)


def factors_of(user: User) -> Factors:
    """Three queries."""
    return Factors(
        list(Authenticator.objects.filter(user=user).order_by("pk")),
        list(Passkey.objects.filter(user=user).order_by("pk")),
        RecoveryCode.objects.filter(user=user, used_at=None).count(),
    )


def has_factors(user: User) -> bool:
    """Two queries at most."""
    return Passkey.objects.filter(user=user).exists() or Authenticator.objects.filter(user=user).exists()


@transaction.atomic
def add_authenticator(*, user: User, key: bytes, code: str, name: str, keep_session: str | None) -> Authenticator:
    """Add an app that shows codes, once it showed a right one. Other sessions end. Raises AccountError."""
    step = step_of(code, key=key, now=time.time(), after=0)
    if step is None:
        raise AccountError(WRONG_CODE)
    allow_one_more(user)
    row = Authenticator(user=user, name=name, last_step=step)
    row.sealed_key = seal(key, use="authenticator", bound_to=_bound_to(row))
    row.save()
    note_added(user, f"An authenticator app: {row.public_id}.", keep_session)
    return row


def allow_one_more(user: User) -> None:
    """Raises AccountError when a person has enough. Locks the person's row: two at once are one after the other."""
    User.objects.select_for_update().get(pk=user.pk)
    found = factors_of(user)
    if len(found.authenticators) + len(found.passkeys) >= MOST_FACTORS:
        raise AccountError(TOO_MANY)


def note_added(user: User, reason: str, keep_session: str | None) -> None:
    """What follows from a new factor: an audit line, news to the person, no session that lacks the second step."""
    record(action="security.factor_added", subject=user, reason=reason, actor=user)
    owe(Telling.FACTOR_ADDED, user)
    end_sessions(user, but=keep_session)


def check_code(*, user: User, code: str, now: float | None = None) -> bool:
    """Whether an app of this person shows this code now and it was not used before. It is used then."""
    for row in Authenticator.objects.filter(user=user):
        try:
            key = unseal(row.sealed_key, use="authenticator", bound_to=_bound_to(row))
        except SealBroken:
            continue
        step = step_of(code, key=key, now=now or time.time(), after=row.last_step)
        # Of two at once with the same code, one finds the step still unused.
        unused = Authenticator.objects.filter(pk=row.pk, last_step__lt=step or 0)
        if step is not None and unused.update(last_step=step, last_used_at=timezone.now()):
            return True
    return False


@transaction.atomic
def use_recovery_code(*, user: User, typed: str) -> bool:
    """Whether this is one of the person's unused recovery codes. It is used then, and the person is told."""
    code = recovery_code_as_kept(typed)
    rows = RecoveryCode.objects.filter(user=user, used_at=None, digest=_digest(user, code))
    if not code or not rows.update(used_at=timezone.now()):
        return False
    record(action="security.recovery_code_used", subject=user, reason="Used for the second step.", actor=user)
    owe(Telling.CODE_USED, user)
    return True


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """Ten new codes in place of all earlier ones. They are returned here and shown once."""
    User.objects.select_for_update().get(pk=user.pk)
    RecoveryCode.objects.filter(user=user).delete()
    codes = draw_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, recovery_code_as_kept(code))) for code in codes
    )
    record(action="security.recovery_codes_made", subject=user, reason="Made by its owner.", actor=user)
    owe(Telling.CODES_MADE, user)
    return codes


@transaction.atomic
def remove_factor(*, user: User, public_id: UUID, keep_session: str | None, required: bool) -> None:
    """Remove one of the own factors. The last one stays while the role requires one. Raises AccountError."""
    User.objects.select_for_update().get(pk=user.pk)
    found = factors_of(user)
    both: list[Authenticator | Passkey] = [*found.authenticators, *found.passkeys]
    row = next((one for one in both if one.public_id == public_id), None)
    if row is None:
        raise AccountError("It is not there any more.")
    last = len(both) == 1
    if last and required:
        raise AccountError("Your role needs a second step. Add another one first, then remove this one.")
    row.delete()
    if last:
        RecoveryCode.objects.filter(user=user).delete()
    record(action="security.factor_removed", subject=user, reason=f"Removed by its owner: {public_id}.", actor=user)
    owe(Telling.FACTOR_REMOVED, user)
    end_sessions(user, but=keep_session)


@transaction.atomic
def reset_factors(*, user: User, reason: str, actor: User | None, actor_label: str = "") -> None:
    """All factors of a person are lost: take them away, sign the person out, and say so by mail.

    The password stays and is still needed. Raises AccountError when it is the actor's own.
    """
    if actor is not None and actor.pk == user.pk:
        raise AccountError("Somebody else must reset your own second step.")
    for model in (Authenticator, Passkey, RecoveryCode):
        model._default_manager.filter(user=user).delete()
    end_sessions(user)
    record(action="security.factors_reset", subject=user, reason=reason, actor=actor, actor_label=actor_label)
    owe(Telling.FACTORS_RESET, user)


def _bound_to(row: Authenticator) -> str:
    return f"{row.user_id}:{row.public_id}"


def _digest(user: User, code: str) -> str:
    return keyed_hash("recovery code", f"{user.pk}:{code}")
