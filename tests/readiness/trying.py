"""Helpers that submit a form to a tool of the pack and read the response."""

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
    """Return whether the response renders none of a visitor's markup."""
    bad = ("<script>alert(1)", "<img src=x", "onfocus='alert", "<style>*")
    return response.status_code in {200, 422} and not any(bad_text in response.text for bad_text in bad)


def counted(queries: CaptureQueriesContext) -> list[str]:
    """Return the statements that read or write; transaction statements do not count."""
    control = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
    return [query["sql"] for query in queries if not query["sql"].startswith(control)]
