"""Bounded reading of tool forms: texts and an in-memory file. Every problem has a readable message."""

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from pagetojob.platform.form_bodies import UnreadableForm, check_body, read_past

from ..panels.tool import Posted


def read_posted(request: HttpRequest, largest: int) -> Posted:
    """Return the texts and files of a POST of at most `largest` bytes. The last of repeated names wins.

    The text is read as UTF-8, like our page, regardless of the request's headers. Nothing is written to disk. Raises
    UnreadableForm.
    """
    request.encoding = "utf-8"
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    try:
        check_body(
            request,
            largest,
            other_form="This page accepts only its own form. Open the page and submit the form there.",
            too_large=f"Too large. Send at most {largest // 1024:,} kB.",
        )
    except UnreadableForm:
        read_past(request)
        raise
    try:
        return Posted(request.POST, request.FILES)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise UnreadableForm(400, "The form arrived incomplete. Please send it again.") from error
