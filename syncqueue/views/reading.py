"""Reads the body of a visitor's form: text and a few photos. Bounded, and errors never reach the visitor as a 500."""

from tempfile import SpooledTemporaryFile
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from pagetojob.platform.form_bodies import UnreadableForm, check_body, read_past

from ..services.photos import LARGEST_PHOTO, MOST_PHOTOS, SentPhoto, Trouble

FIELD = "photos"
#: Room for five photos as phones take them, so that one that is too large is named and costs no request.
LARGEST_BODY = 128 * 1024 * 1024
_IN_MEMORY = 256 * 1024


class PhotoHandler(FileUploadHandler):
    """Stores the photos chunk by chunk and discards everything else. The result is in `photos`."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.photos: list[SentPhoto] = []
        self._file: SpooledTemporaryFile[bytes] | None = None
        self._trouble: Trouble | None = None
        self._size = 0

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        self._size, self._trouble = 0, None
        self._file = None
        if field_name == FIELD:
            full = sum(photo.content is not None for photo in self.photos) >= MOST_PHOTOS
            self._trouble = Trouble.TOO_MANY if full else None
            self._file = None if full else SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - open until it is stored

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._file and self._size > LARGEST_PHOTO:
            self._file.close()
            self._file, self._trouble = None, Trouble.TOO_BIG
        if self._file:
            try:
                self._file.write(raw_data)
            except OSError:  # a full disk must cost the photo, not the request
                self._file, self._trouble = None, Trouble.OURS

    def file_complete(self, file_size: int) -> None:
        # Further files are only counted: an error does not list thousands.
        if self.field_name == FIELD and len(self.photos) < 4 * MOST_PHOTOS:
            position = len(self.photos) + 1
            self.photos.append(SentPhoto(position, self._file, self._trouble))


def read_form(request: HttpRequest) -> list[SentPhoto]:
    """Parse the body of a POST and return its photos; its text is in `request.POST` afterwards.

    Our page is UTF-8, so its answers are too, regardless of a header. Raises UnreadableForm.
    """
    request.encoding = "utf-8"
    handler = PhotoHandler(request)
    request.upload_handlers = [handler]
    try:
        _parse(request)
    except UnreadableForm:
        # A later reader of the form gets an empty one instead of the same error again.
        request._mark_post_parse_error()  # type: ignore[attr-defined]
        read_past(request)
        raise
    return handler.photos


def _parse(request: HttpRequest) -> None:
    check_body(
        request,
        LARGEST_BODY,
        other_form="This page accepts only its own form. Please use the form and send it again.",
        too_large="The photos are too large in total. Send the form with fewer or smaller photos.",
    )
    try:
        request.POST  # noqa: B018 - reading it parses the body
    except RequestDataTooBig as error:
        raise UnreadableForm(413, "The text is too long. Shorten it and send the form again.") from error
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError) as error:
        raise UnreadableForm(400, "The form did not arrive completely. Please send it again.") from error
