"""Throttle for password and code guessing. Counters are database rows, shared by all processes.

An attempt is counted before it is evaluated, under row locks, so that twenty concurrent attempts are limited like
twenty sequential ones. A stranger cannot lock out the owner of an account: the strictest counter is for the account
*from this address*, and a browser that signed in before has its own counter, which other clients do not affect.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from pagetojob.platform.client_address import network

from ..errors import TryLater
from ..keys import keyed_hash
from ..models import SignInTry


@dataclass(frozen=True)
class Limit:
    """Limit of a counter: `free` attempts without waiting, then waits that double from `first` to `longest`.

    Forgives one attempt for each period `forgive` since the last attempt.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgive: timedelta = timedelta(hours=1)

    def wait_after(self, attempts: int) -> timedelta:
        if attempts < self.free:
            return timedelta(0)
        doublings: int = 2 ** min(attempts - self.free, 20)
        return min(self.first * doublings, self.longest)


#: A counter restarts after this long without an attempt.
QUIET = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
OF_ACCOUNT_HERE = Limit(5, timedelta(seconds=30), QUARTER)
OF_ADDRESS = Limit(60, timedelta(seconds=30), QUARTER, forgive=timedelta(minutes=1))
OF_ACCOUNT = Limit(60, timedelta(seconds=30), QUARTER, forgive=timedelta(minutes=1))
OF_MAIL = Limit(3, timedelta(minutes=5), timedelta(hours=1))
#: Long files keep a thread of the web, which all contractors share, busy for seconds.
OF_DOWNLOADS = Limit(6, timedelta(seconds=30), QUARTER, forgive=timedelta(minutes=1))
ONCE = Limit(1, QUARTER, QUARTER)
OF_LINKS = Limit(20, timedelta(seconds=30), QUARTER)


@dataclass(frozen=True)
class Bucket:
    """Counter of attempts. A successful attempt resets it if `own` is set; otherwise it only subtracts that attempt."""

    name: str
    limit: Limit
    own: bool = False

    @classmethod
    def of(cls, what: str, *parts: object, limit: Limit, own: bool = False) -> "Bucket":
        return cls(keyed_hash("throttle", "\0".join([what, *map(str, parts)])), limit, own)


def sign_in_buckets(*, account: str, address: str, known_device: str) -> list[Bucket]:
    """Return the counters for a sign-in attempt.

    `account` is the normalized email address, whether or not it belongs to an account.
    """
    if known_device:
        return [Bucket.of("device", account, known_device, limit=OF_ACCOUNT_HERE, own=True)]
    return [
        Bucket.of("account here", account, network(address), limit=OF_ACCOUNT_HERE, own=True),
        Bucket.of("address", network(address), limit=OF_ADDRESS),
        Bucket.of("account", account, limit=OF_ACCOUNT),
    ]


def factor_buckets(user_id: int) -> list[Bucket]:
    """Return the counter for second factors.

    Only someone with the password gets here, so the account itself may be limited.
    """
    return [Bucket.of("second step", user_id, limit=OF_ACCOUNT_HERE, own=True)]


def reset_buckets(*, account: str, address: str) -> list[Bucket]:
    """Return the counters for requested password resets, since anyone can request mail to any address."""
    return [
        Bucket.of("mail to", account, limit=OF_MAIL),
        Bucket.of("mail from", network(address), limit=OF_LINKS),
    ]


def mail_buckets(*, account: str, address: str, tenant_id: int | None = None) -> list[Bucket]:
    """Return the counters for mail that signed-in people send, such as invitations of a tenant.

    They differ from those of resets: otherwise anyone could keep an address from being invited. Each tenant has its own
    counter for the same reason: an owner could keep an address from being invited by another tenant.
    """
    return [
        Bucket.of("signed-in mail to", account, tenant_id or "", limit=OF_MAIL),
        Bucket.of("signed-in mail from", network(address), limit=OF_LINKS),
    ]


def webhook_test_buckets(tenant_id: int) -> list[Bucket]:
    """Return the counter for test messages to a tenant's webhooks, which developers send until their end works."""
    return [Bucket.of("webhook test", tenant_id, limit=OF_LINKS)]


def email_change_buckets(*, user_id: int, account: str, address: str) -> list[Bucket]:
    """Return the counters for requests to change one's address, which send mail to an address of the user's choice."""
    return [
        Bucket.of("email change", user_id, limit=OF_MAIL),
        *mail_buckets(account=account, address=address),
    ]


def download_buckets(user_id: int) -> list[Bucket]:
    """Return the counter for downloads of long files by a person, such as the whole audit log of a tenant."""
    return [Bucket.of("download", user_id, limit=OF_DOWNLOADS)]


def link_buckets(address: str) -> list[Bucket]:
    return [Bucket.of("links", network(address), limit=OF_LINKS)]


def passkey_buckets(address: str) -> list[Bucket]:
    """Return the counter for challenges of people who are not signed in."""
    return [Bucket.of("passkey", network(address), limit=OF_ADDRESS)]


def use_once(secret: str) -> None:
    """Mark a secret as used. Raises TryLater if it was used within 15 minutes; it must expire earlier."""
    take([Bucket.of("once", secret, limit=ONCE)])


@transaction.atomic
def take(buckets: Iterable[Bucket], *, now: datetime | None = None) -> None:
    """Count an attempt, or raise TryLater without counting it. Four statements, plus one per counter."""
    wanted = {bucket.name: bucket for bucket in buckets}
    first = now or timezone.now()
    SignInTry.objects.bulk_create(
        [SignInTry(bucket=name, open_at=first, last_at=first) for name in sorted(wanted)], ignore_conflicts=True
    )
    # Always lock in the same order, so that two attempts cannot deadlock.
    rows = list(SignInTry.objects.select_for_update().filter(bucket__in=wanted).order_by("bucket"))
    now = now or timezone.now()  # read after waiting for the locks
    if (open_at := max(row.open_at for row in rows)) > now:
        raise TryLater(max(1, round((open_at - now).total_seconds())))
    for row in rows:
        limit, passed = wanted[row.bucket].limit, now - row.last_at
        row.tries = 1 if passed > QUIET else max(row.tries - passed // limit.forgive, 0) + 1
        row.last_at, row.open_at = now, now + limit.wait_after(row.tries)
        row.save(update_fields=["tries", "last_at", "open_at"])


@transaction.atomic
def give_back(buckets: Iterable[Bucket], *, now: datetime | None = None) -> None:
    """Undo a counted attempt that succeeded: reset the user's own counters and subtract it from the others."""
    now = now or timezone.now()
    wanted = {bucket.name: bucket for bucket in buckets}
    for row in SignInTry.objects.select_for_update().filter(bucket__in=wanted).order_by("bucket"):
        row.tries = 0 if wanted[row.bucket].own else max(row.tries - 1, 0)
        row.open_at = now
        row.save(update_fields=["tries", "open_at"])


def forget(*, now: datetime | None = None) -> int:
    """Delete counters that are no longer needed. Runs one statement."""
    return SignInTry.objects.filter(last_at__lt=(now or timezone.now()) - timedelta(days=1)).delete()[0]
