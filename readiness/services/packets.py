"""Makes the files of versions: the PDF packet and the zip bundle. No reader waits for it; they get what is made."""

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
#: What failed here is not tried again for this long, so that it neither fills the log nor keeps the rest from its turn.
PAUSE_SECONDS = 600.0
log = logging.getLogger(__name__)

#: By this process's clock: when PDFs are tried again, and when a version is.
_no_pdf_until = float("-inf")
_pauses: dict[int, float] = {}


def make_packets() -> int | None:
    """Make what the newest version lacks, else the next older one; its number, or None when nothing was made.

    One version a turn, the newest first: however many edits come in a row, the newest waits for no older one. Safe to
    run anywhere at any time: one maker works at once, and what is made is never made again. Up to 90 s.
    """
    with _alone() as ours:
        version = _owed().first() if ours else None
        if version is None:
            return None
        try:
            _make(version)
        except DatabaseError:
            raise
        except Exception:
            # Whatever is wrong with one version, the others get their turn.
            _pauses[version.number] = time.monotonic() + PAUSE_SECONDS
            log.exception("the files of a version cannot be made; tried again later", extra={"version": version.number})
            return None
        return version.number


@contextmanager
def _alone() -> Generator[bool]:
    """Whether nobody else makes files now. The lock belongs to the session: whoever dies gives it back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext('readiness packets'))")
        (ours,) = cursor.fetchone()
    try:
        yield ours
    finally:
        if ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext('readiness packets'))")


def _owed() -> QuerySet[PackVersion]:
    """Versions that lack a file this process may try to make, the newest first."""
    now = time.monotonic()
    paused = [number for number, until in _pauses.items() if until > now]
    lacks = Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=ZIP)))
    if now >= _no_pdf_until:
        lacks |= Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=PDF)))
    return PackVersion.objects.filter(lacks).exclude(number__in=paused)


def _make(version: PackVersion) -> None:
    """The PDF, then the bundle that holds it. Where no PDF can be made, the bundle goes without."""
    pack = as_pack(version)
    if not _kept(version, PDF):
        _make_pdf(version, pack)
    if not _kept(version, ZIP):
        # The stored one: had two made it against all odds, the bundle holds what readers download.
        packet = PackFile.objects.filter(version=version, kind=PDF).first()
        _keep(version, ZIP, bundle(pack, version.body, bytes(packet.content) if packet else None))


def _make_pdf(version: PackVersion, pack: Pack) -> None:
    global _no_pdf_until  # noqa: PLW0603 - a fact about this machine
    if time.monotonic() < _no_pdf_until:
        return
    try:
        _keep(version, PDF, make_pdf(packet_html(pack)))
    except PdfMakerMissing as error:
        _no_pdf_until = time.monotonic() + PAUSE_SECONDS
        log.warning("PDF packets cannot be made on this machine", extra={"reason": str(error)})


def _kept(version: PackVersion, kind: str) -> bool:
    return PackFile.objects.filter(version=version, kind=kind).exists()


def _keep(version: PackVersion, kind: str, content: bytes) -> None:
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
