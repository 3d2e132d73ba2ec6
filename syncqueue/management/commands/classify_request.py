"""`manage.py classify_request`: whether the text of each request looks like spam, as JSON lines."""

import math
from typing import Any

from pagetojob.platform.json_lines import BadLine, JsonLinesCommand
from syncqueue import spam
from syncqueue.spam.request import FIELDS

NUMBERS = ("seconds_to_submit", "same_address_last_10_min")


class Command(JsonLinesCommand):
    help = "Read one request a line from standard input, and print whether it looks like spam. Needs no database."

    def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the verdict on a request, given by the fields of `POST /api/v1/leads`. Raises BadLine."""
        for name in FIELDS:
            value = row.get(name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
                raise BadLine(f"{name}: a text.")
        for name in NUMBERS:
            value = row.get(name)
            if value is not None and not _is_count(value):
                raise BadLine(f"{name}: a number from 0.")
        verdict = spam.classify(row)
        return {"spam": verdict.spam, "reasons": verdict.reasons}


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
