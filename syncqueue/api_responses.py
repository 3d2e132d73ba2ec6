"""What the other side said, read out of the sentence that a try keeps. Pure.

A try keeps our sentence with their status and trace id; of their answer's body nothing is kept.
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
    """Of those tries, each with its time and what it keeps, that had an answer which did not deliver, in order."""
    found = ((at, _SAID.match(detail)) for at, detail in tries)
    return [Said(at, match["sentence"], match["status"], match["trace"] or "") for at, match in found if match]
