"""Downloads of a version's files: the PDF packet and the zip bundle. A background task makes them."""

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.cache import get_conditional_response

from ..models import PackFile, PackVersion
from ..partner_bundle import partner_bundle
from ..services.current import current
from .pages import pack_view

PDF, ZIP = PackFile.Kind.PDF, PackFile.Kind.ZIP
CONTENT_TYPES = {PDF: "application/pdf", ZIP: "application/zip"}
FOR_EVER = "public, max-age=31536000, immutable"
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
        response = HttpResponse(content, content_type=CONTENT_TYPES[kind])
        response.headers["Content-Length"] = str(file.size)
        name = f"pagetojob-readiness-pack-v{wanted}.{kind}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "no-cache" if number is None else FOR_EVER
    return response


def not_made(request: HttpRequest, kind: PackFile.Kind, number: int) -> HttpResponse:
    """Return 503 with other ways to read the pack. A bundle without its packet means that no PDF can be made here."""
    if not PackVersion.objects.filter(number=number).exists():
        raise Http404(f"Version {number} does not exist.")
    context = {
        "pack": current(),
        "number": number,
        "kind": kind,
        "impossible": PackFile.objects.filter(version__number=number, kind=ZIP).exists(),
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
    response = HttpResponse(content, content_type=CONTENT_TYPES[ZIP])
    response.headers["Content-Disposition"] = f'attachment; filename="pagetojob-partner-application-v{pack.number}.zip"'
    response.headers["Cache-Control"] = "no-cache"
    return response


urlpatterns = [
    path("partner-application.zip", partner_zip, name="partner-bundle"),
    path("packet.pdf", download, {"kind": PDF}, name="packet"),
    path("bundle.zip", download, {"kind": ZIP}, name="bundle"),
    path("changes/<int:number>/packet.pdf", download, {"kind": PDF}, name="version-packet"),
    path("changes/<int:number>/bundle.zip", download, {"kind": ZIP}, name="version-bundle"),
]
