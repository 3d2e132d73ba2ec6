"""Reads what the form of a tool sends: texts, and a file held in memory. Bounded, and never a bare error."""

from contextlib import suppress

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from ..panels.tool import Posted

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_MOST_READ_PAST = 16 * 1024 * 1024
_AT_ONCE = 256 * 1024


class Unreadable(Exception):
    """The body is not what a form of ours sends. `status` is the answer's; the sentence says what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def read_posted(request: HttpRequest, largest: int) -> Posted:
    """The texts and files of a POST of at most `largest` bytes; of a name sent twice, the last. Raises Unreadable.

    Our page is UTF-8, so its answers are, whatever a header claims. Nothing touches a disk.
    """
    request.encoding = "utf-8"
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    if request.content_type not in _FORMS:
        _read_past(request)
        raise Unreadable(415, "This page takes what its own form sends, and something else came.")
    if _length(request) > largest:
        _read_past(request)
        raise Unreadable(413, f"That is too large. At most {largest // 1024:,} kB are read here.")
    try:
        return Posted(request.POST, request.FILES)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise Unreadable(400, "The form did not arrive whole. Please send it again.") from error


def _read_past(request: HttpRequest) -> None:
    """A browser that is still sending hears no answer, so what is left of a body is read and thrown away."""
    if _length(request) <= _MOST_READ_PAST:
        with suppress(OSError):
            while request.read(_AT_ONCE):
                pass


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else _MOST_READ_PAST + 1
