"""The body of a posted form: refused if no form of ours sends it or if it is too large, and read to its end."""

from contextlib import suppress

from django.http import HttpRequest

from pagetojob.platform.body_limits import declared_size

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
_MOST_READ_PAST = 16 * 1024 * 1024
_AT_ONCE = 256 * 1024


class UnreadableForm(Exception):
    """Raised for a body that no form sends. `status` is the response status; the message states what to do."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def check_body(request: HttpRequest, largest: int, *, other_form: str, too_large: str) -> None:
    """Raise UnreadableForm, with one of these messages, unless a form sends at most `largest` bytes."""
    if request.content_type not in _FORMS:
        raise UnreadableForm(415, other_form)
    if declared_size(request) > largest:
        raise UnreadableForm(413, too_large)


def read_past(request: HttpRequest) -> None:
    """Read and discard the remaining body, because a browser that is still sending ignores the response."""
    if declared_size(request) <= _MOST_READ_PAST:
        with suppress(OSError):
            while request.read(_AT_ONCE):
                pass
