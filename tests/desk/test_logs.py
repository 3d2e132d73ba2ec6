"""Logs hold ids and places, and never what a visitor typed."""

import json
import logging
import sys
from typing import Any

import pytest

from pagetojob.logs import JsonFormatter, request_id


def line(name: str, message: str, *args: object, error: bool = False, **extra: Any) -> dict[str, Any]:
    record = logging.getLogger(name).makeRecord(
        name, logging.ERROR, "x.py", 1, message, args, sys.exc_info() if error else None, extra=extra
    )
    written: dict[str, Any] = json.loads(JsonFormatter().format(record))
    return written


def test_our_lines_carry_ids() -> None:
    token = request_id.set("r-1")
    try:
        written = line("syncqueue.x", "settled %s", "fine", item="i-1")
    finally:
        request_id.reset(token)
    assert (written["message"], written["item"], written["request_id"]) == ("settled fine", "i-1", "r-1")


@pytest.mark.parametrize(("name", "message"), [("syncqueue.x", "failed"), ("celery.app.trace", "Task raised: %s")])
def test_an_exception_is_named_and_placed_but_not_quoted(name: str, message: str) -> None:
    try:
        int("Jamie Rivera, (602) 555-0199")
    except ValueError as error:
        foreign = {"data": {"exc": repr(error)}} if name.startswith("celery") else {}
        written = line(name, message, *([error] if "%s" in message else []), error=True, **foreign)
    assert "Jamie" not in json.dumps(written)
    assert written["error"] == "ValueError"
    assert "test_logs.py" in written["trace"][-1]
