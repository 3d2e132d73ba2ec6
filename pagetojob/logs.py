"""Structured logs: one JSON object per line, with ids and without personal data."""

import json
import logging
import re
from contextvars import ContextVar
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")

#: Our own loggers, whose messages contain no personal data. Others may quote a visitor.
_OURS = ("pagetojob", "syncqueue", "readiness", "drift", "attribution")
#: The secret part of a link, also on the host of a contractor: Django's loggers include the path of a rejected request.
#: The id of a request opens its page for anyone. In any case, because the secret of a mistyped link still works.
_LINK = re.compile(
    r"(/(?:review|account/(?:reset|invitation|email/(?:confirm|stop))|notices/confirm|r|preview|requests(?=/\w{8}-))/)"
    r"[^\s\"?#]+",
    re.IGNORECASE,
)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "request"}


class HideRejectedWebhooks(logging.Filter):
    """Drop Django's log line about a request that the webhook inbox rejected.

    Anyone can send such requests without limit, and each is already counted by reason; a log line would only fill the
    disk.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return not (path.startswith("/hooks/") and getattr(record, "status_code", 500) < 500)


class HideMissingDemoPages(logging.Filter):
    """Drop Django's log line about a missing page of the demo tenant's website, whose menu has some dead links on
    purpose.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        path = getattr(getattr(record, "request", None), "path", "")
        return not (path.startswith("/demo-site/") and getattr(record, "status_code", 500) == 404)


class JsonFormatter(logging.Formatter):
    """Format time, level, logger, message, request id and the fields that our code adds with `extra=`.

    For an exception, only its type and traceback locations are written, because its text may quote a visitor. The same
    applies to messages of other loggers about exceptions or suspicious requests.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name.partition(".")[0] in _OURS
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if ours else self._of_others(record),
        }
        if current := request_id.get():
            line["request_id"] = current
        if ours:
            taken = _STANDARD | line.keys()
            line |= {name: value for name, value in vars(record).items() if name not in taken}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["trace"] = self._places(record)
        # Escaped to ASCII, because an unpaired surrogate cannot be encoded as UTF-8.
        return json.dumps(line, default=str)

    @staticmethod
    def _of_others(record: logging.LogRecord) -> str:
        if record.exc_info:
            return "Error; message omitted."
        if record.name.startswith("django.security"):
            return str(record.msg) if record.args else "Suspicious request; details omitted."
        return _LINK.sub(r"\1…", record.getMessage())

    @staticmethod
    def _places(record: logging.LogRecord) -> list[str]:
        places = []
        trace = record.exc_info[2] if record.exc_info else None
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
            trace = trace.tb_next
        return places[-12:]
