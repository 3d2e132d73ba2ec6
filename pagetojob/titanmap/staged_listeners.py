"""Imports by API that wait for approval. The queue, an app above the Titan Map, registers what it does with them."""

from collections.abc import Callable

from pagetojob.importer.models import Upload

#: Called with the upload and with the number of items that are no longer active in the account.
type Listener = Callable[[Upload, int], None]

_listeners: list[Listener] = []


def register(listener: Listener) -> None:
    """Register the function that learns of each import that waits. Called from `apps.py`."""
    _listeners[:] = [listener]


def notify(upload: Upload, retired: int) -> None:
    """Report an import that waits, in its transaction."""
    for listener in _listeners:
        listener(upload, retired)
