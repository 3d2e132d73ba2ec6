"""Keeps pytest from writing out the traceback of each warning that a test logs.

Django logs every refused request with the traceback of its error. Formatting one takes longer than most requests, and
pytest shows the text only if the test fails; the line of our own logger, which it shows as well, has the locations.
"""

import copy
import logging
import os

import pytest


class WithoutTracesOfWarnings(logging.Formatter):
    """Format like pytest's formatter, but without the traceback of a record below ERROR."""

    def __init__(self, whole: logging.Formatter) -> None:
        super().__init__()
        self.whole = whole

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info and record.levelno < logging.ERROR:
            record = copy.copy(record)
            record.exc_info = None
        return self.whole.format(record)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave `caplog` whole: a test that asks for it may search the traceback for a secret."""
    logs = item.config.pluginmanager.get_plugin("logging-plugin")
    if logs is None:  # -p no:logging
        return
    asks = "caplog" in getattr(item, "fixturenames", ())
    formatter = logs.formatter if asks else WithoutTracesOfWarnings(logs.formatter)
    handlers = [logs.caplog_handler, logs.report_handler]
    if logs.log_file_handler.baseFilename == os.devnull:  # without --log-file, pytest formats each record for it
        handlers.append(logs.log_file_handler)
    for handler in handlers:
        handler.setFormatter(formatter)
