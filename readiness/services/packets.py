"""Producer of the files of versions: PDF packet, CycloneDX files and zip bundle. Runs in the background; readers never
wait.
"""

import hashlib
import logging
import time
from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from pagetojob.platform.canonical import canonical_json
from pagetojob.platform.pdf import Attachment, PdfMakerMissing, make_pdf
from pagetojob.platform.postgresql.run_lock import RunLock
from pagetojob.transparency import services as transparency_log
from pagetojob.transparency.bundles import NotProvable, make_bundle
from pagetojob.transparency.models import EntryKind, LogCheckpoint, LogSubmission

from ..asvs import requirements
from ..attestation import attestation
from ..bundle import bundle
from ..models import PackFile, PackVersion
from ..packet import packet_html
from ..sbom import sbom
from ..shape import Pack
from .current import as_pack

PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
ATTESTATION, SBOM = PackFile.Kind.ATTESTATION, PackFile.Kind.SBOM
#: Name of each file, in the log and in the bundle.
FILE_NAMES = {
    PDF: "packet.pdf",
    ZIP: "bundle.zip",
    ATTESTATION: "attestation.cdx.json",
    SBOM: "sbom.cdx.json",
}
#: The packet waits so long for its version to be provable: a witness and an authority sign within a minute.
PROOF_WAIT = timedelta(minutes=3)
#: Pause after the first failure of a version. Each further one doubles it, up to the longest. A machine that was busy
#: briefly costs half a minute, and a version that never succeeds neither fills the log nor blocks the others.
FIRST_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 600.0
log = logging.getLogger(__name__)

#: Monotonic times until which PDFs, and single versions, are not attempted again.
_no_pdf_until = float("-inf")
_pauses: dict[int, float] = {}
#: Failures of each version in this process.
_failures: Counter[int] = Counter()


def make_packets() -> int | None:
    """Make the missing files of the newest incomplete version. Return its number, or None if nothing was made.

    Makes one version per call, newest first, so that the newest never waits for older ones. Safe to run anywhere at any
    time: only one process works at once, and existing files are kept. Takes up to 200 s.
    """
    if not _incomplete_versions().exists():
        return None
    with RunLock("readiness packets") as is_ours:
        version = _next_version() if is_ours else None
        if version is None:
            return None
        try:
            _make(version)
        except DatabaseError:
            raise
        except Exception:
            # An error in one version must not block the others.
            pause = _pause(version.number)
            log.exception("version files failed; retrying later", extra={"version": version.number, "in_s": pause})
            return None
        return version.number


def _pause(number: int) -> float:
    """Let the version wait after a failure; return for how many seconds."""
    _failures[number] += 1
    pause: float = min(FIRST_PAUSE_SECONDS * 2.0 ** (_failures[number] - 1), LONGEST_PAUSE_SECONDS)
    _pauses[number] = time.monotonic() + pause
    return pause


def _incomplete_versions() -> QuerySet[PackVersion]:
    """Return versions with a missing file that this process may attempt, newest first."""
    now = time.monotonic()
    paused = [number for number, until in _pauses.items() if until > now]
    lacks = Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=ZIP)))
    if now >= _no_pdf_until:
        lacks |= Q(~Exists(PackFile.objects.filter(version=OuterRef("pk"), kind=PDF)))
    return PackVersion.objects.filter(lacks).exclude(number__in=paused)


def _next_version() -> PackVersion | None:
    """Return the newest incomplete version that does not wait for its proof."""
    incomplete = _incomplete_versions()
    new = incomplete.filter(created_at__gt=Now() - PROOF_WAIT)
    waiting = [version.pk for version in new if _will_be_provable(version)]
    return incomplete.exclude(pk__in=waiting).first()


def _will_be_provable(version: PackVersion) -> bool:
    """Return whether the version has no proof yet and soon will, so that its packet can contain it."""
    if not LogSubmission.objects.filter(kind=EntryKind.PACK_VERSION, sha256=version.sha256).exists():
        return False
    has_log = bool(settings.LOG_SIGNING_KEYS) or LogCheckpoint.objects.exists()
    return has_log and _proof(version) is None


def _proof(version: PackVersion) -> bytes | None:
    """Return the version with its proof of being in the log, or None while it has none."""
    try:
        return make_bundle({f"pack-{version.number}.json": version.body.encode()})
    except NotProvable:
        return None


def _make(version: PackVersion) -> None:
    """Make the PDF, then the bundle that contains it. If PDFs cannot be made here, the bundle has none."""
    pack = as_pack(version)
    if not _exists(version, PDF):
        _make_pdf(version, pack)
    if not _exists(version, ZIP):
        # Both describe the code of today, so a version whose bundle exists does not get them later.
        _store(version, ATTESTATION, canonical_json(attestation(pack, requirements())).encode())
        _store(version, SBOM, canonical_json(sbom(pack.created_at)).encode())
        # Read the stored files: if two processes made them, the bundle must contain those that readers download.
        stored = PackFile.objects.filter(version=version, kind__in=[PDF, ATTESTATION, SBOM])
        files = {FILE_NAMES[PackFile.Kind(file.kind)]: bytes(file.content) for file in stored}
        packet = files.pop(FILE_NAMES[PDF], None)
        _store(version, ZIP, bundle(pack, version.body, packet, files))


def _make_pdf(version: PackVersion, pack: Pack) -> None:
    global _no_pdf_until  # noqa: PLW0603 - a fact about this machine
    if time.monotonic() < _no_pdf_until:
        return
    try:
        attached = _attachments(version)
        _store(version, PDF, make_pdf(packet_html(pack, has_proof=bool(attached)), attachments=attached))
    except PdfMakerMissing as error:
        _no_pdf_until = time.monotonic() + LONGEST_PAUSE_SECONDS
        log.warning("PDF maker missing on this machine", extra={"reason": str(error)})


def _attachments(version: PackVersion) -> list[Attachment]:
    """Return the proof as an attachment of the packet, if there is one."""
    proof = _proof(version)
    if proof is None:
        return []
    name = f"readiness-pack-{version.number}-with-proof.zip"
    description = "The data of this version, and the proof that it is in the public log"
    return [Attachment(name, description, proof, version.created_at)]


def _exists(version: PackVersion, kind: str) -> bool:
    return PackFile.objects.filter(version=version, kind=kind).exists()


def _store(version: PackVersion, kind: PackFile.Kind, content: bytes) -> None:
    """Store a file that does not exist yet, and submit the stored one to the public log."""
    digest = hashlib.sha256(content).hexdigest()
    file = PackFile(version=version, kind=kind, sha256=digest, size=len(content), content=content)
    with transaction.atomic():
        PackFile.objects.bulk_create([file], ignore_conflicts=True)
        stored = PackFile.objects.values_list("sha256", flat=True).get(version=version, kind=kind)
        transparency_log.submit(EntryKind.PACK_FILE, stored, name=f"{version.number} {FILE_NAMES[kind]}")
