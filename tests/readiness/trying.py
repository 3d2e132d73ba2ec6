"""Sending something to a tool of the pack, and reading what it answers."""

from typing import Any

from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.panels.handoff_form import DEMO_VISITOR

from .reading import read

ROOT = "/servicetitan-ready-websites/"
HANDOFF, IMPORTER, GUARD = f"{ROOT}handoff/try", f"{ROOT}importer/try", f"{ROOT}claims/try"
ASKED = {name: str(value) for name, value in DEMO_VISITOR.items()} | {"asked_at": "2026-06-22T12:00"}


def ask(client: Client, **changes: str) -> Any:
    return client.post(HANDOFF, ASKED | changes)


def review(client: Client, text: str = "", *, kind: str = "jobType", **more: Any) -> Any:
    return client.post(IMPORTER, {"kind": kind, "text": text, **more})


def judge(client: Client, text: str) -> Any:
    return client.post(GUARD, {"text": text})


def text_of(response: Any) -> str:
    return read(response.text).text


def harmless(response: Any) -> bool:
    """An answer in which no markup of a visitor is markup."""
    bad = ("<script>alert(1)", "<img src=x", "onfocus='alert", "<style>*")
    return response.status_code in {200, 422} and not any(one in response.text for one in bad)


def counted(queries: CaptureQueriesContext) -> list[str]:
    """The statements that read or set something: beginning and ending a transaction is no query."""
    control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(control)]
