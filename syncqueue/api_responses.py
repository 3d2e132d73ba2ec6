"""API responses, parsed from the detail of an attempt. Pure.

An attempt stores our sentence with the response status and trace id; nothing of the response body is stored.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

_SAID = re.compile(r"^(?P<sentence>.*) \(status (?P<status>\d{3})(?:, trace (?P<trace>[^)]{1,80}))?\)$", re.DOTALL)


@dataclass(frozen=True)
class Said:
    at: datetime
    sentence: str
    status: str
    trace: str = ""


def said_by(tries: Iterable[tuple[datetime, str]]) -> list[Said]:
    """Return the responses that did not deliver, in order, from the (time, detail) pairs of attempts."""
    found = ((at, _SAID.match(detail)) for at, detail in tries)
    return [Said(at, match["sentence"], match["status"], match["trace"] or "") for at, match in found if match]
