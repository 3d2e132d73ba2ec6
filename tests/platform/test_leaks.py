"""The look for the planted secret finds it: in a log line, an answer and a mail, in any of its forms."""

import base64
import logging
from pathlib import Path

import pytest
from django.test import Client

from tests.support.leaks import Listener
from tests.support.vault import PLANTED


@pytest.mark.parametrize("text", [PLANTED, PLANTED.encode().hex(), base64.b64encode(PLANTED.encode()).decode()])
def test_leak_in_a_log_line_is_found(listener: Listener, text: str) -> None:
    logging.getLogger("pagetojob.test").warning("it is %s", text)
    logging.getLogger("pagetojob.test").warning("it is hidden", extra={"held": text})
    assert listener.found == ["a line of pagetojob.test"] * 2
    listener.found.clear()


def test_leak_in_a_response_is_found(db: None, listener: Listener) -> None:
    Client().get("/account/sign-in", {"next": f"/{PLANTED}"})
    assert listener.found == ["the answer to /account/sign-in"]
    listener.found.clear()


def test_leak_in_an_email_is_found(tmp_path: Path) -> None:
    from tests.support.vault import files_with

    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "one.eml").write_text(f"Your key is {PLANTED}.")
    assert len(files_with(PLANTED, [tmp_path / "mail"])) == 1
    (tmp_path / "mail" / "one.eml").unlink()
