"""Looks for the planted secret in every line logged, every page answered and every mail written, in all tests.

Tests that keep secrets keep ones with `PLANTED` in them. Wherever it turns up, the test that was running fails.
"""

import logging
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from pagetojob.logs import JsonFormatter

from .vault import PLANTED, files_with, forms_of

FORMS = forms_of(PLANTED)
_write = JsonFormatter()


class Listener(logging.Handler):
    """Reads what any logger says, as it would be written."""

    def __init__(self) -> None:
        super().__init__(level=logging.NOTSET)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.look(f"a line of {record.name}", f"{record.getMessage()} {_write.format(record)}".encode())

    def look(self, where: str, content: bytes) -> None:
        if any(form in content for form in FORMS):
            self.found.append(where)


@pytest.fixture(scope="session")
def listener() -> Generator[Listener]:
    listening, ask = Listener(), Client.request

    def request(client: Client, **environ: Any) -> Any:
        answer = ask(client, **environ)
        if not answer.streaming:
            listening.look(f"the answer to {environ.get('PATH_INFO')}", answer.serialize_headers() + answer.content)
        return answer

    logging.getLogger().addHandler(listening)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Client, "request", request)
        yield listening
    logging.getLogger().removeHandler(listening)


@pytest.fixture(autouse=True)
def nothing_leaks(listener: Listener, tmp_path: Path) -> Generator[None]:
    listener.found.clear()
    yield
    leaks = [*listener.found, *files_with(PLANTED, [tmp_path / "mail"])]
    listener.found.clear()
    assert leaks == [], "the planted secret was shown"
