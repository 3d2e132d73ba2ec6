"""API responses, parsed from the detail of an attempt. Pure.

An attempt stores our sentence with the response status and trace id; nothing of the response body is stored.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_RESPONSE = re.compile(r"^(?P<sentence>.*) \(status (?P<status>\d{3})(?:, trace (?P<trace>[^)]{1,80}))?\)$", re.DOTALL)


@dataclass(frozen=True)
class ApiResponse:
    at: datetime
    sentence: str
    status: str
    trace: str = ""


def responses_of(attempts: Iterable[tuple[datetime, str]]) -> list[ApiResponse]:
    """Return the responses that did not deliver, in order, from the (time, detail) pairs of attempts."""
    matches = ((at, _RESPONSE.match(detail)) for at, detail in attempts)
    return [ApiResponse(at, match["sentence"], match["status"], match["trace"] or "") for at, match in matches if match]
