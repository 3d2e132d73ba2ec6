"""The report of a test has no traceback of a warning; an error keeps its own, and so does `caplog`."""

import logging
from typing import Any

import pytest

log = logging.getLogger("django.request")


def log_error(level: int, message: str) -> None:
    try:
        int("of a form")
    except ValueError:
        log.log(level, message, exc_info=True)


def test_only_an_error_is_reported_with_its_traceback(request: pytest.FixtureRequest) -> None:
    plugin: Any = request.config.pluginmanager.get_plugin("logging-plugin")
    reported = plugin.report_handler.stream
    log_error(logging.WARNING, "refused")
    assert "refused" in reported.getvalue() and "Traceback" not in reported.getvalue()
    log_error(logging.ERROR, "failed")
    assert "failed" in reported.getvalue() and "ValueError: invalid literal" in reported.getvalue()


def test_caplog_has_each_traceback(caplog: pytest.LogCaptureFixture) -> None:
    log_error(logging.WARNING, "refused")
    assert "ValueError: invalid literal" in caplog.text
