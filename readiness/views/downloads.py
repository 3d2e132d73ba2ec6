"""Downloads of a version's files: PDF packet, zip bundle and CycloneDX files. A background task makes them."""

from django.core.cache import cache
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.cache import get_conditional_response

from pagetojob.claims.selectors import disclaimers
from pagetojob.platform.files.responses import saved_as
from pagetojob.transparency.models import EntryKind, LogSubmission
from pagetojob.transparency.views import bundle_download, not_in_log_yet

from ..models import PackFile, PackVersion
from ..partner_bundle import partner_bundle
from ..services.current import current
from ..services.packets import FILE_NAMES
from .pages import pack_view

PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
ATTESTATION, SBOM = PackFile.Kind.ATTESTATION, PackFile.Kind.SBOM
CYCLONEDX = "application/vnd.cyclonedx+json; version=1.6"
CONTENT_TYPES = {PDF: "application/pdf", ZIP: "application/zip", ATTESTATION: CYCLONEDX, SBOM: CYCLONEDX}
#: End of the name under which a reader saves the file.
SAVED_AS = {PDF: ".pdf", ZIP: ".zip", ATTESTATION: "-attestation.cdx.json", SBOM: "-sbom.cdx.json"}
FOR_EVER = "public, max-age=31536000, immutable"
#: Names of the files on the page that is shown while they do not exist.
NOT_MADE_TITLES = {
    PDF: "PDF packet",
    ZIP: "bundle",
    ATTESTATION: "attestation",
    SBOM: "bill of materials",
}
#: The periodic task runs every fifteen seconds and takes about as long.
RETRY_SECONDS = "30"


@pack_view
def download(request: HttpRequest, kind: PackFile.Kind, number: int | None = None) -> HttpResponse:
    """Return a file of version `number`, by default of the newest. At most three queries; one for a cached copy."""
    wanted = current().number if number is None else number
    file = PackFile.objects.filter(version__number=wanted, kind=kind).defer("content").first()
    if file is None:
        return not_made(request, kind, wanted)
    etag = f'"{file.sha256}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        content = b"" if request.method == "HEAD" else bytes(file.content)
        headers = saved_as(f"pagetojob-readiness-pack-v{wanted}{SAVED_AS[kind]}") | {"Content-Length": str(file.size)}
        response = HttpResponse(content, content_type=CONTENT_TYPES[kind], headers=headers)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache" if number is None else FOR_EVER
    return response


def not_made(request: HttpRequest, kind: PackFile.Kind, number: int) -> HttpResponse:
    """Return 503 with other ways to read the pack. A bundle without its packet means that no PDF can be made here."""
    if not PackVersion.objects.filter(number=number).exists():
        raise Http404(f"Version {number} does not exist.")
    has_bundle = PackFile.objects.filter(version__number=number, kind=ZIP).exists()
    if has_bundle and kind in {ATTESTATION, SBOM}:
        raise Http404(f"Version {number} is older than this kind of file.")
    context = {
        "pack": current(),
        "number": number,
        "kind": kind,
        "title": NOT_MADE_TITLES[kind],
        "impossible": has_bundle,
    }
    response = render(request, "readiness/packet/not_made.html", context, status=503)
    response.headers["Retry-After"] = RETRY_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response


@pack_view
def partner_zip(request: HttpRequest) -> HttpResponse:
    """Return the bundle for a partner application. It is made at most once a minute, because anyone may ask."""
    pack = current()
    content = cache.get_or_set(f"partner-bundle:{pack.sha256}", lambda: partner_bundle(pack), 60)
    headers = saved_as(f"pagetojob-partner-application-v{pack.number}.zip") | {"Cache-Control": "no-cache"}
    return HttpResponse(content, content_type=CONTENT_TYPES[ZIP], headers=headers)


@pack_view
def with_proof(request: HttpRequest, number: int) -> HttpResponse:
    """Return the files of a version that are in the public log, with the proof."""
    logged = LogSubmission.objects.filter(kind=EntryKind.PACK_FILE, sha256=OuterRef("sha256"))
    files = PackFile.objects.filter(Exists(logged), version__number=number).exclude(kind=ZIP).order_by("kind")
    contents = {FILE_NAMES[PackFile.Kind(file.kind)]: bytes(file.content) for file in files}
    if not contents:
        version = PackVersion.objects.filter(number=number)
        if not version.exists() or version.filter(files__kind=ZIP).exists():
            raise Http404(f"Version {number} has no file in the public log.")
        return not_in_log_yet(disclaimers())
    return bundle_download(contents, name=f"readiness-pack-{number}-files", disclaimers=disclaimers())


urlpatterns = [
    path("partner-application.zip", partner_zip, name="partner-bundle"),
    path("packet.pdf", download, {"kind": PDF}, name="packet"),
    path("bundle.zip", download, {"kind": ZIP}, name="bundle"),
    path("attestation.cdx.json", download, {"kind": ATTESTATION}, name="attestation"),
    path("sbom.cdx.json", download, {"kind": SBOM}, name="sbom"),
    path("changes/<int:number>/attestation.cdx.json", download, {"kind": ATTESTATION}, name="version-attestation"),
    path("changes/<int:number>/sbom.cdx.json", download, {"kind": SBOM}, name="version-sbom"),
    path("changes/<int:number>/files-with-proof.zip", with_proof, name="version-files-with-proof"),
    path("changes/<int:number>/packet.pdf", download, {"kind": PDF}, name="version-packet"),
    path("changes/<int:number>/bundle.zip", download, {"kind": ZIP}, name="version-bundle"),
]
