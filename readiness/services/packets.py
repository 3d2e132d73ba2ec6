"""Producer of the files of versions: the PDF packet and the zip bundle. Runs in the background; readers never wait."""

import hashlib
import logging
import time
from collections.abc import Generator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from pagetojob.platform.pdf import PdfMakerMissing, make_pdf

from ..bundle import bundle
from ..models import PackFile, PackVersion
from ..packet import packet_html
from ..shape import Pack
from .current import as_pack

PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
#: Pause after a failure, so that it neither fills the log nor blocks the other versions.
PAUSE_SECONDS = 600.0
log = logging.getLogger(__name__)

#: Monotonic times until which PDFs, and single versions, are not attempted again.
_no_pdf_until = float("-inf")
_pauses: dict[int, float] = {}


def make_packets() -> int | None:
    """Make the missing files of the newest incomplete version. Return its number, or None if nothing was made.

    Makes one version per call, newest first, so that the newest never waits for older ones. Safe to run anywhere at any
    time: only one process works at once, and existing files are kept. Takes up to 90 s.
    """
    with _single_maker() as ours:
        version = _incomplete_versions().first() if ours else None
        if version is None:
            return None
        try:
            _make(version)
        except DatabaseError:
            raise
        except Exception:
            # An error in one version must not block the others.
            _pauses[version.number] = time.monotonic() + PAUSE_SECONDS
            log.exception("version files failed; retrying later", extra={"version": version.number})
            return None
        return version.number


@contextmanager
def _single_maker() -> Generator[bool]:
    """Yield whether this process got the lock. It is a session lock, so a crashed process releases it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('readiness packets'))")
        (ours,) = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('readiness packets'))")


def _incomplete_versions() -> QuerySet[PackVersion]:
    """Return versions with a missing file that this process may attempt, newest first."""
    now = time.monotonic()
    paused = [number for number, until in _pauses.items() if until > now]
    lacks = Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=ZIP)))
    if now >= _no_pdf_until:
        lacks |= Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=PDF)))
    return PackVersion.objects.filter(lacks).exclude(number__in=paused)


def _make(version: PackVersion) -> None:
    """Make the PDF, then the bundle that contains it. If PDFs cannot be made here, the bundle has none."""
    pack = as_pack(version)
    if not _exists(version, PDF):
        _make_pdf(version, pack)
    if not _exists(version, ZIP):
        # Read the stored PDF: if two processes made one, the bundle must contain the one that readers download.
        packet = PackFile.objects.filter(version=version, kind=PDF).first()
        _store(version, ZIP, bundle(pack, version.body, bytes(packet.content) if packet else None))


def _make_pdf(version: PackVersion, pack: Pack) -> None:
    global _no_pdf_until  # noqa: PLW0603 - a fact about this machine
    if time.monotonic() < _no_pdf_until:
        return
    try:
        _store(version, PDF, make_pdf(packet_html(pack)))
    except PdfMakerMissing as error:
        _no_pdf_until = time.monotonic() + PAUSE_SECONDS
        log.warning("PDF maker missing on this machine", extra={"reason": str(error)})


def _exists(version: PackVersion, kind: str) -> bool:
    return PackFile.objects.filter(version=version, kind=kind).exists()


def _store(version: PackVersion, kind: str, content: bytes) -> None:
    PackFile.objects.bulk_create(
        [
            PackFile(
                version=version,
                kind=kind,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                content=content,
            )
        ],
        ignore_conflicts=True,
    )
