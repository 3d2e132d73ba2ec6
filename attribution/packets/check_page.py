"""Public page that checks whether a file is one that we sealed. No part of the file is stored."""

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pagetojob.claims.selectors import disclaimers
from pagetojob.platform.accounts.services.throttle import network
from pagetojob.platform.client_address import client_address
from pagetojob.transparency.verify import PROGRAM, PROOF

from .selectors import is_ours

#: The largest file we store, plus the overhead of a form.
LARGEST = 25 * 1024 * 1024 + 64 * 1024
#: Checks per network and minute in this process. Enough for a reader; stops a script from occupying a worker.
MOST_A_MINUTE = 20
_ADDRESSES = 10_000
#: Bytes at the end of a bundle in which the names of its few files are.
_DIRECTORY = 4096
_ZIP_ENTRY = b"PK\x01\x02"


class Hashing(FileUploadHandler):
    """Upload handler that hashes a file as it arrives, without storing it in memory or on disk, except its end."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.digest = hashlib.sha256()
        self.size = 0
        self.end = b""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Start a new hash; of several files, the last one counts."""
        super().new_file(*args, **kwargs)
        self.digest, self.size, self.end = hashlib.sha256(), 0, b""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.size += len(raw_data)
        if self.size > LARGEST:
            raise StopUpload(connection_reset=True)
        self.digest.update(raw_data)
        self.end = (self.end + raw_data[-_DIRECTORY:])[-_DIRECTORY:]

    @property
    def is_bundle(self) -> bool:
        """Return whether the list of names at the end of a ZIP file has those that each bundle has."""
        return _ZIP_ENTRY in self.end and all(name.encode() in self.end for name in (PROOF, PROGRAM))

    def file_complete(self, file_size: int) -> UploadedFile | None:
        return None


@dataclass(frozen=True, slots=True)
class Answer:
    """Result of a check: the hash and whether it is ours, or the reason that the file was not checked.

    A bundle is made for each download, so its hash is not ours although its files may be.
    """

    sha256: str = ""
    ours: bool = False
    problem: str = ""
    status: int = 200
    is_bundle: bool = False


TOO_LARGE = Answer(problem="This file is larger than 25 MB, the limit for packet files.", status=413)


class Turns:
    """Rate limiter: counts checks per network in the current minute. Bounded; drops the oldest networks first."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def take(self, address: str, *, now: float) -> bool:
        """Count a check; return whether the address is still within its limit."""
        minute = int(now // 60)
        since, number = self._seen.pop(address, (minute, 0))
        number = number + 1 if since == minute else 1
        self._seen[address] = (minute, number)
        while len(self._seen) > _ADDRESSES:
            self._seen.popitem(last=False)
        return number <= MOST_A_MINUTE


turns = Turns()


# Safe without CSRF protection: changes nothing and reads neither cookies nor the session.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Show the form and the result of a check. Makes one query for a file, one for the disclaimers."""
    answer = _answer(request) if request.method == "POST" else None
    context = {"answer": answer, "disclaimers": disclaimers()}
    return render(request, "attribution/packets/check.html", context, status=answer.status if answer else 200)


def _answer(request: HttpRequest) -> Answer:
    if not turns.take(network(client_address(request)), now=time.time()):
        return Answer(problem="Too many files were checked from your network. Wait a minute and try again.", status=429)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:12]) > LARGEST:
        return TOO_LARGE
    hashing = Hashing(request)
    request.upload_handlers = [hashing]
    try:
        request.FILES  # noqa: B018 - reading the files computes the hash
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return Answer(problem="The upload was incomplete. Please send the file again.", status=400)
    if hashing.size > LARGEST:
        return TOO_LARGE
    if not hashing.size:
        return Answer(problem="Choose a file that is not empty.", status=422)
    sha256 = hashing.digest.hexdigest()
    return Answer(sha256, is_ours(sha256), is_bundle=hashing.is_bundle)
