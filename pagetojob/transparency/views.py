"""The log for its readers: pages, tiles, checkpoint, keys and program; and the address where witnesses sign."""

import base64
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from pagetojob.platform.files.responses import saved_as
from pagetojob.platform.paging import PAGE_SIZE
from pagetojob.platform.whole_bodies import raw_body

from . import selectors, tiles, verify
from .bundles import NotProvable, make_bundle
from .models import CheckpointTimestamp, LogCheckpoint, LogEntry
from .services import CosignatureRefused, take_cosignature

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
#: A checkpoint is signed within seconds of a submission; readers may see one this old.
_FRESH = "public, max-age=5"
_FOREVER = "public, max-age=31536000, immutable"


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show what the log contains, who signed it, and how to check it."""
    checkpoint = selectors.newest_checkpoint()
    context = {
        "checkpoint": checkpoint,
        "note": selectors.note_of(checkpoint) if checkpoint else "",
        "entries": LogEntry.objects.select_related("submission")[:PAGE_SIZE],
        "log_keys": selectors.log_keys(),
        "proofs": reverse("transparency:proof", args=["hash"]).removesuffix("hash"),
        "witnesses": selectors.witness_keys(),
        "cosignatures": checkpoint.cosignatures.all() if checkpoint else [],
        "dated": CheckpointTimestamp.objects.order_by("-pk").first(),
        "is_local_authority": bool(settings.LOG_LOCAL_AUTHORITY),
    }
    return render(request, "transparency/log.html", context)


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    newest = selectors.newest_checkpoint()
    if newest is None:
        raise Http404
    return _answer(selectors.note_of(newest).encode(), TEXT, _FRESH)


@require_safe
def earlier_checkpoint(request: HttpRequest, size: int) -> HttpResponse:
    row = LogCheckpoint.objects.prefetch_related("cosignatures").filter(size=size).first()
    if row is None:
        raise Http404
    return _answer(selectors.note_of(row).encode(), TEXT, _FRESH)


@require_safe
def consistency(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Return the proof that the log of `first` entries begins that of `second`. Makes two queries."""
    if not 0 < first < second <= selectors.newest_size():
        raise Http404
    hashes = [base64.b64encode(value).decode() for value in selectors.consistency(first, second)]
    return JsonResponse(hashes, safe=False, headers={"Cache-Control": _FOREVER})


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """Return a tile of hashes or entries. Every tile that exists is complete for its width, so caches may keep it."""
    wanted = tiles.read_path(path)
    if wanted is None or not wanted.exists_in(selectors.newest_size()):
        raise Http404
    content = tiles.bundle(selectors.tile_entries(wanted)) if wanted.level is None else selectors.tile_hashes(wanted)
    return _answer(content, BYTES, _FOREVER)


@require_safe
def proof(request: HttpRequest, sha256: str) -> HttpResponse:
    """Return the entry of a file with this hash and its inclusion proof, for a check in the reader's browser.

    At most six queries. Unknown hashes are a 404, so the address tells nothing that the tiles do not.
    """
    newest = selectors.newest_checkpoint()
    place = selectors.place_of(sha256, newest.size) if newest else None
    if newest is None or place is None:
        return JsonResponse({"found": False}, status=404)
    inclusion = [base64.b64encode(value).decode() for value in place.inclusion]
    body = {"index": place.index, "entry": place.text, "inclusion": inclusion, "checkpoint": selectors.note_of(newest)}
    return JsonResponse(body, headers={"Cache-Control": _FRESH})


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    lines = [f"{key}\n" for key in (*selectors.log_keys(), *selectors.witness_keys())]
    return _answer("".join(lines).encode(), TEXT, _FRESH)


@require_safe
def program(request: HttpRequest) -> HttpResponse:
    return _answer(selectors.program().encode(), "text/x-python; charset=utf-8", _FRESH, **saved_as(verify.PROGRAM))


@csrf_exempt  # a witness has no session; its signature is its permission
@require_POST
def cosignatures(request: HttpRequest) -> HttpResponse:
    """Store the signatures of accepted witnesses under a checkpoint of ours."""
    try:
        row = take_cosignature(raw_body(request).decode())
    except (CosignatureRefused, UnicodeDecodeError) as refused:
        return HttpResponse(f"{refused}\n", status=422, content_type=TEXT)
    return HttpResponse(f"stored under {row.size} entries\n", content_type=TEXT)


def _answer(content: bytes, kind: str, cache: str, **headers: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Cache-Control": cache, **headers})


def not_in_log_yet(disclaimers: Sequence[str]) -> HttpResponse:
    """Return a page that states when a bundle will be ready, and what to do then.

    `disclaimers` are those that the pages around the download have to show.
    """
    context = {"sentence": NotProvable.message, "disclaimers": disclaimers}
    page = render_to_string("transparency/not_yet.html", context)
    return HttpResponse(page, status=409, headers={"Retry-After": "60", "Cache-Control": "no-store"})


def bundle_download(files: Mapping[str, bytes], *, name: str, disclaimers: Sequence[str] = ()) -> HttpResponse:
    """Return the bundle of the files as a download, or `not_in_log_yet`."""
    try:
        content = make_bundle(files)
    except NotProvable:
        return not_in_log_yet(disclaimers)
    return _answer(content, "application/zip", "private, no-store", **saved_as(f"{name}-with-proof.zip"))
