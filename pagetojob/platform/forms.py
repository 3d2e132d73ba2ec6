"""Helpers for views that change something: the submitted data, and errors that a service raises."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest


def posted(request: HttpRequest) -> Any:
    """Return the submitted data, even if empty; None for another method, which leaves the form unbound."""
    return request.POST if request.method == "POST" else None


def typed_id(text: str) -> UUID:
    """Return the id in a text; for any other text, an id that no row has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


def typed_number(text: str | None) -> int | None:
    """Return the number in a text; None for any other text, and for more digits than a key of a row has.

    Python refuses to read thousands of digits.
    """
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


@contextmanager
def errors_on(form: BaseForm, *errors: type[Exception], field: str | None = None) -> Iterator[None]:
    """Run a block that ends at the first of these errors, and add its message to the form, or to a field of it.

    The view continues after the block, where it shows the form again.
    """
    try:
        yield
    except errors as error:
        form.add_error(field, str(error))


@contextmanager
def errors_shown(request: HttpRequest, *errors: type[Exception]) -> Iterator[None]:
    """Run a block that ends at the first of these errors, and show its message on the next page."""
    try:
        yield
    except errors as error:
        messages.error(request, str(error))
