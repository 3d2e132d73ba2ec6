"""The current pack: the newest version, cached in the process and checked at most once per second."""

import json
import threading
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db.models import Subquery
from django.db.models.functions import Now
from django.utils import timezone

from ..errors import PackNotLoaded
from ..models import PackClock, PackVersion
from ..shape import Pack
from .versions import FOUND, LAPSED, publish


@dataclass(slots=True)
class _Seen:
    checked: float = float("-inf")
    pack: Pack | None = None
    #: The time by which the clock of the database was ahead of that of this host.
    ahead: timedelta = timedelta()


_seen = _Seen()
_lock = threading.Lock()


def forget() -> None:
    """Check for a new version at the next call."""
    _seen.checked = float("-inf")


def current() -> Pack:
    """Return the newest version as a Pack.

    Makes one query after a second has passed, and one more if the version changed. First publishes a version if rows
    changed outside the admin or evidence lapsed. Raises PackNotLoaded if there is no pack.
    """
    pack, now = _seen.pack, time.monotonic()
    if pack and now - _seen.checked < settings.PACK_RECHECK_SECONDS and not _lapsed(pack):
        return pack
    with _lock:
        # Another thread may have checked while this one waited for the lock.
        pack = _seen.pack
        if pack and time.monotonic() - _seen.checked < settings.PACK_RECHECK_SECONDS and not _lapsed(pack):
            return pack
        _seen.pack = _read(pack)
        _seen.checked = time.monotonic()
        return _seen.pack


def _lapsed(pack: Pack) -> bool:
    """Return whether evidence ended by the later of two clocks, so that a slow host prolongs none (decision 0252)."""
    return pack.valid_until is not None and timezone.now() + _seen.ahead >= pack.valid_until


def _read(known: Pack | None) -> Pack:
    newest = _newest()
    if newest is None or getattr(newest, "epoch", None) != getattr(newest, "published", None):
        newest = publish(cause=FOUND) or _newest()
    if newest is None:
        raise PackNotLoaded("Run manage.py load_readiness first.")
    pack = _open(newest, known)
    if _lapsed(pack):
        newest = publish(cause=LAPSED) or _newest()
        assert newest is not None
        pack = _open(newest, pack)
    return pack


def _newest() -> PackVersion | None:
    clock = PackClock.objects.filter(pk=1)
    newest = (
        PackVersion.objects.defer("body")
        .annotate(epoch=Subquery(clock.values("epoch")), published=Subquery(clock.values("published")), read_at=Now())
        .first()
    )
    if newest is not None:
        _seen.ahead = max(timedelta(), newest.read_at - timezone.now())
    return newest


def _open(version: PackVersion, known: Pack | None) -> Pack:
    if known and (known.number, known.sha256) == (version.number, version.sha256):
        return known
    return as_pack(version)


def as_pack(version: PackVersion) -> Pack:
    """Return a version as a Pack. Makes one query if its body was deferred."""
    return Pack(
        number=version.number,
        sha256=version.sha256,
        created_at=version.created_at,
        document=json.loads(version.body),
    )


def keep_up() -> int | None:
    """Publish a version if rows changed outside the admin or evidence lapsed, while no one reads the pack.

    Returns the newest version's number, or None if there is no pack. Makes one query if no version is due.
    """
    forget()
    try:
        return current().number
    except PackNotLoaded:
        return None


def pack_at(number: int) -> Pack:
    """Return version `number`. Makes one query. Raises PackVersion.DoesNotExist."""
    return as_pack(PackVersion.objects.get(number=number))
