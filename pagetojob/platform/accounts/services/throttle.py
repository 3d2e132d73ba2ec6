"""Slows down whoever guesses. Rows of the database count, so that every process counts together.

A try is counted before it is looked at, under row locks: of twenty tries at once exactly as many are looked at
as one after another. A stranger cannot lock an owner out: what counts first is the account *from this address*,
and a browser that signed in before has a count of its own and is not held up by what others do.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import transaction
from django.utils import timezone

from ..errors import TryLater
from ..keys import keyed_hash
from ..models import SignInTry


@dataclass(frozen=True)
class Limit:
    """`free` tries without waiting; then each wait is twice the last, from `first` to `longest`.

    One try is forgiven for each `forgive` that passed since the last.
    """

    free: int
    first: timedelta
    longest: timedelta
    forgive: timedelta = timedelta(hours=1)

    def wait_after(self, tries: int) -> timedelta:
        if tries < self.free:
            return timedelta(0)
        doublings: int = 2 ** min(tries - self.free, 20)
        return min(self.first * doublings, self.longest)


#: After this long without a try a bucket starts anew.
QUIET = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
OF_ACCOUNT_HERE = Limit(5, timedelta(seconds=30), QUARTER)
OF_ADDRESS = Limit(60, timedelta(seconds=30), QUARTER, forgive=timedelta(minutes=1))
OF_ACCOUNT = Limit(60, timedelta(seconds=30), QUARTER, forgive=timedelta(minutes=1))
OF_MAIL = Limit(3, timedelta(minutes=5), timedelta(hours=1))
OF_LINKS = Limit(20, timedelta(seconds=30), QUARTER)


@dataclass(frozen=True)
class Bucket:
    """One count. `own`: it starts anew when the person gets in; others only take the try back."""

    name: str
    limit: Limit
    own: bool = False

    @classmethod
    def of(cls, what: str, *parts: object, limit: Limit, own: bool = False) -> "Bucket":
        return cls(keyed_hash("throttle", "\0".join([what, *map(str, parts)])), limit, own)


def sign_in_buckets(*, account: str, address: str, known_device: str) -> list[Bucket]:
    """What a try to sign in counts against. `account` is the normalised e-mail, whether anybody has it or not."""
    if known_device:
        return [Bucket.of("device", account, known_device, limit=OF_ACCOUNT_HERE, own=True)]
    return [
        Bucket.of("account here", account, network(address), limit=OF_ACCOUNT_HERE, own=True),
        Bucket.of("address", network(address), limit=OF_ADDRESS),
        Bucket.of("account", account, limit=OF_ACCOUNT),
    ]


def factor_buckets(user_id: int) -> list[Bucket]:
    """Only who knows the password gets here, so the account itself may be slowed down."""
    return [Bucket.of("second step", user_id, limit=OF_ACCOUNT_HERE, own=True)]


def mail_buckets(*, account: str, address: str) -> list[Bucket]:
    """Anybody can ask for mail to anybody."""
    return [
        Bucket.of("mail to", account, limit=OF_MAIL),
        Bucket.of("mail from", network(address), limit=OF_LINKS),
    ]


def link_buckets(address: str) -> list[Bucket]:
    return [Bucket.of("links", network(address), limit=OF_LINKS)]


@transaction.atomic
def take(buckets: Iterable[Bucket], *, now: datetime | None = None) -> None:
    """Count a try, or raise TryLater and count nothing. Four statements and one for each bucket."""
    wanted = {bucket.name: bucket for bucket in buckets}
    first = now or timezone.now()
    SignInTry.objects.bulk_create(
        [SignInTry(bucket=name, open_at=first, last_at=first) for name in sorted(wanted)], ignore_conflicts=True
    )
    # Always in one order, so that two tries never wait for each other.
    rows = list(SignInTry.objects.select_for_update().filter(bucket__in=wanted).order_by("bucket"))
    now = now or timezone.now()  # later than whatever was waited for
    if (open_at := max(row.open_at for row in rows)) > now:
        raise TryLater(max(1, round((open_at - now).total_seconds())))
    for row in rows:
        limit, passed = wanted[row.bucket].limit, now - row.last_at
        row.tries = 1 if passed > QUIET else max(row.tries - passed // limit.forgive, 0) + 1
        row.last_at, row.open_at = now, now + limit.wait_after(row.tries)
        row.save(update_fields=["tries", "last_at", "open_at"])


@transaction.atomic
def give_back(buckets: Iterable[Bucket], *, now: datetime | None = None) -> None:
    """The try was good: forget the person's own count, and take the try back from the others."""
    now = now or timezone.now()
    wanted = {bucket.name: bucket for bucket in buckets}
    for row in SignInTry.objects.select_for_update().filter(bucket__in=wanted).order_by("bucket"):
        row.tries = 0 if wanted[row.bucket].own else max(row.tries - 1, 0)
        row.open_at = now
        row.save(update_fields=["tries", "open_at"])


def network(address: str) -> str:
    """An IPv6 visitor has a whole /64 to come from; without an address all share one count."""
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ip_address(address).version == 6 else address
    except ValueError:
        return ""


def forget(*, now: datetime | None = None) -> int:
    """Delete the counts nobody counts on any more. One statement."""
    return SignInTry.objects.filter(last_at__lt=(now or timezone.now()) - timedelta(days=1)).delete()[0]
