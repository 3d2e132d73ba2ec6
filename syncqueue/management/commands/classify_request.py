"""`manage.py classify_request`: whether the text of each request looks like spam, as JSON lines."""

import json
import math
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pagetojob.platform import strict_json
from syncqueue import spam
from syncqueue.spam.signals import FIELDS

NUMBERS = ("seconds_to_submit", "same_address_last_10_min")


class BadLine(Exception):
    """Invalid input. The message names the field and what it should be."""


class Command(BaseCommand):
    help = "Read one request a line from standard input, and print whether it looks like spam. Needs no database."
    requires_system_checks = ()
    stealth_options = ("stdin",)

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [line for line in options.get("stdin") or sys.stdin if line.strip()]
        wrong = 0
        for line in lines:
            try:
                answer = classify_line(line)
            except BadLine as error:
                wrong += 1
                answer = {"error": str(error)}
            self.stdout.write(json.dumps(answer))
        if wrong:
            raise CommandError(f"{wrong} of {len(lines)} lines cannot be read.", returncode=2)


def classify_line(line: str) -> dict[str, Any]:
    """Return the verdict on a request, given by the fields of `POST /api/v1/leads`. Raises BadLine."""
    request = _object(line)
    for name in FIELDS:
        value = request.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, str | int)):
            raise BadLine(f"{name}: a text.")
    for name in NUMBERS:
        value = request.get(name)
        if value is not None and not _is_count(value):
            raise BadLine(f"{name}: a number from 0.")
    verdict = spam.classify(request)
    return {"spam": verdict.spam, "reasons": verdict.reasons}


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _object(line: str) -> dict[str, Any]:
    try:
        request = strict_json.loads(line.encode(errors="surrogatepass"))
    except strict_json.BadJson as error:
        raise BadLine(error.for_people) from None
    if not isinstance(request, dict):
        raise BadLine("Each line is a JSON object.")
    return request
