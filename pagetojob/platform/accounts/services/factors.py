"""Second factors: add, check and remove them, and reset them when all are lost."""

import time
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.audit.services import record
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.tenants.models import Tenant, User

from ..errors import AccountError
from ..keys import SealBroken, is_sealed_with_current_key, seal, unseal
from ..models import Authenticator, MailTopic, Passkey, RecoveryCode
from ..onetime import draw_recovery_codes, normalize_recovery_code, step_of
from .mails import queue_mail
from .sessions import end_sessions

MOST_FACTORS = 10
TOO_MANY = "You can have at most ten. Remove one that you no longer use."
WRONG_CODE = (
    "That code is incorrect, already used or expired. Enter the next one. "
    "If it fails too, set the clock of your device to automatic."
)


@dataclass(frozen=True)
class Factors:
    """Second factors of a user."""

    authenticators: list[Authenticator]
    passkeys: list[Passkey]
    codes_left: int

    def __bool__(self) -> bool:
        return bool(self.authenticators or self.passkeys)


def factors_of(user: User) -> Factors:
    """Return the second factors of a user. Three queries."""
    return Factors(
        list(Authenticator.objects.filter(user=user).order_by("pk")),
        list(Passkey.objects.filter(user=user).order_by("pk")),
        RecoveryCode.objects.filter(user=user, used_at=None).count(),
    )


def has_factors(user: User) -> bool:
    """Return whether the user has a second factor. At most two queries."""
    return Passkey.objects.filter(user=user).exists() or Authenticator.objects.filter(user=user).exists()


@transaction.atomic
def add_authenticator(*, user: User, key: bytes, code: str, name: str, keep_session: str | None) -> Authenticator:
    """Add an authenticator app after it produced a correct code. Other sessions end. Raises AccountError."""
    step = step_of(code, key=key, now=time.time(), after=0)
    if step is None:
        raise AccountError(WRONG_CODE)
    check_factor_limit(user)
    row = Authenticator(user=user, name=name, last_step=step)
    row.sealed_key = seal(key, use="authenticator", bound_to=_bound_to(row))
    row.save()
    note_added(user, f"An authenticator app: {row.public_id}.", keep_session)
    return row


def check_factor_limit(user: User) -> None:
    """Raise AccountError if the user has the maximum number of factors.

    Locks the user's row, which serializes concurrent additions.
    """
    User.objects.select_for_update().get(pk=user.pk)
    factors = factors_of(user)
    if len(factors.authenticators) + len(factors.passkeys) >= MOST_FACTORS:
        raise AccountError(TOO_MANY)


def note_added(user: User, reason: str, keep_session: str | None) -> None:
    """Audit a new factor, notify the user, and end sessions that lack the second factor."""
    record(action="security.factor_added", subject=user, reason=reason, actor=user)
    queue_mail(MailTopic.FACTOR_ADDED, user)
    end_sessions(user, but=keep_session)


def check_code(*, user: User, code: str, now: float | None = None) -> bool:
    """Return whether an authenticator of the user produced this unused code, and mark it as used."""
    for row in Authenticator.objects.filter(user=user):
        try:
            key = unseal(row.sealed_key, use="authenticator", bound_to=_bound_to(row))
        except SealBroken:
            continue
        step = step_of(code, key=key, now=now or time.time(), after=row.last_step)
        # If the same code arrives twice at once, only one request finds the step unused.
        unused = Authenticator.objects.filter(pk=row.pk, last_step__lt=step or 0)
        if step is not None and unused.update(last_step=step, last_used_at=timezone.now()):
            return True
    return False


@transaction.atomic
def use_recovery_code(*, user: User, typed: str) -> bool:
    """Return whether this is an unused recovery code of the user, mark it as used, and notify the user."""
    code = normalize_recovery_code(typed)
    rows = RecoveryCode.objects.filter(user=user, used_at=None, digest=_digest(user, code))
    if not code or not rows.update(used_at=timezone.now()):
        return False
    record(action="security.recovery_code_used", subject=user, reason="Used for the second step.", actor=user)
    queue_mail(MailTopic.CODE_USED, user)
    return True


@transaction.atomic
def make_recovery_codes(user: User) -> list[str]:
    """Replace all recovery codes with ten new ones. They are returned here and shown once."""
    User.objects.select_for_update().get(pk=user.pk)
    RecoveryCode.objects.filter(user=user).delete()
    codes = draw_recovery_codes()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=_digest(user, normalize_recovery_code(code))) for code in codes
    )
    record(action="security.recovery_codes_made", subject=user, reason="Made by its owner.", actor=user)
    queue_mail(MailTopic.CODES_MADE, user)
    return codes


@transaction.atomic
def remove_factor(*, user: User, public_id: UUID, keep_session: str | None, required: bool) -> None:
    """Remove one of the user's own factors, but not the last one if the role requires it. Raises AccountError."""
    User.objects.select_for_update().get(pk=user.pk)
    factors = factors_of(user)
    existing: list[Authenticator | Passkey] = [*factors.authenticators, *factors.passkeys]
    row = next((factor for factor in existing if factor.public_id == public_id), None)
    if row is None:
        raise AccountError("It has already been removed.")
    last = len(existing) == 1
    if last and required:
        raise AccountError("Your access requires a second step. Add another one before you remove this one.")
    row.delete()
    if last:
        RecoveryCode.objects.filter(user=user).delete()
    record(action="security.factor_removed", subject=user, reason=f"Removed by its owner: {public_id}.", actor=user)
    queue_mail(MailTopic.FACTOR_REMOVED, user)
    end_sessions(user, but=keep_session)


@transaction.atomic
def require_second_factor(*, tenant: Tenant, required: bool, actor: User) -> None:
    """Make the second step of a tenant's people required, or optional again, and audit it in the tenant's scope."""
    rows = Tenant.objects.filter(pk=tenant.pk, second_factor_required=not required)
    if not rows.update(second_factor_required=required):
        return
    record(
        action="accounts.second_step_required" if required else "accounts.second_step_optional",
        subject=tenant,
        reason="Set by the owner.",
        tenant=tenant,
        actor=actor,
        changes={"second_factor_required": (not required, required)},
    )


@transaction.atomic
def reset_factors(*, user: User, reason: str, actor: User | str) -> None:
    """Remove all factors of a user who lost them, end all sessions, and notify the user by email.

    The password is unchanged and still required. At the command line, one person is enough. Raises
    AccountError if people try to reset their own factors, or those of a person with a privileged role.
    """
    if actor == user:
        raise AccountError("You cannot reset your own second step. Ask another staff admin.")
    if isinstance(actor, User) and user.is_privileged:
        raise AccountError("This person has a privileged role, so a second staff admin must confirm the reset.")
    drop_factors(user=user, reason=reason, actor=actor)


def drop_factors(*, user: User, reason: str, actor: User | str) -> None:
    """Remove all factors and sessions of a user, audit it and notify the user, in a transaction of the caller."""
    for model in (Authenticator, Passkey, RecoveryCode):
        model._default_manager.filter(user=user).delete()
    end_sessions(user)
    record(action="security.factors_reset", subject=user, reason=reason, actor=actor)
    queue_mail(MailTopic.FACTORS_RESET, user)


@transaction.atomic
def reseal_authenticators() -> tuple[int, int]:
    """Seal the keys of all authenticator apps with the current SECRET_KEY; return how many, and how many are lost.

    Runs a query, and an UPDATE per authenticator under an earlier key.
    """
    resealed = lost = 0
    for row in Authenticator.objects.select_for_update():
        if is_sealed_with_current_key(row.sealed_key, use="authenticator", bound_to=_bound_to(row)):
            continue
        try:
            key = unseal(row.sealed_key, use="authenticator", bound_to=_bound_to(row))
        except SealBroken:
            lost += 1
            continue
        row.sealed_key = seal(key, use="authenticator", bound_to=_bound_to(row))
        row.save(update_fields=["sealed_key"])
        resealed += 1
    return resealed, lost


def _bound_to(row: Authenticator) -> str:
    return f"{row.user_id}:{row.public_id}"


def _digest(user: User, code: str) -> str:
    return token_digest(f"{user.pk}:{code}")
