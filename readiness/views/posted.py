"""Bounded reading of tool forms: texts and an in-memory file. Every problem has a readable message."""

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
    """The request body is not what our form sends. `status` is the HTTP status; the sentence tells users what to do."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


def read_posted(request: HttpRequest, largest: int) -> Posted:
    """Return the texts and files of a POST of at most `largest` bytes. The last of repeated names wins.

    The text is read as UTF-8, like our page, regardless of the request's headers. Nothing is written to disk. Raises
    Unreadable.
    """
    request.encoding = "utf-8"
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    if request.content_type not in _FORMS:
        _read_past(request)
        raise Unreadable(415, "This page accepts only its own form. Open the page and submit the form there.")
    if _length(request) > largest:
        _read_past(request)
        raise Unreadable(413, f"Too large. Send at most {largest // 1024:,} kB.")
    try:
        return Posted(request.POST, request.FILES)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise Unreadable(400, "The form arrived incomplete. Please send it again.") from error


def _read_past(request: HttpRequest) -> None:
    """Read and discard the remaining body, because a browser that is still sending ignores the response."""
    if _length(request) <= _MOST_READ_PAST:
        with suppress(OSError):
            while request.read(_AT_ONCE):
                pass


def _length(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else _MOST_READ_PAST + 1
