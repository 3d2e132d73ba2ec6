"""Commands that answer each line of JSON on standard input with a line of JSON."""

import json
import sys
from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from .strict_json import BadJson, loads


class BadLine(Exception):
    """Raised for invalid input. The message names the field and what it should be."""


class JsonLinesCommand(BaseCommand):
    """A command that prints an answer for each object, or its error; the exit status is 2 if there was one."""

    requires_system_checks = ()
    stealth_options = ("stdin",)

    @abstractmethod
    def answer(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one object. Raises BadLine."""

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [line for line in options.get("stdin") or sys.stdin if line.strip()]
        wrong = 0
        for line in lines:
            try:
                answer = self.answer(_object(line))
            except BadLine as error:
                wrong += 1
                answer = {"error": str(error)}
            self.stdout.write(json.dumps(answer))
        if wrong:
            raise CommandError(f"{wrong} of {len(lines)} lines cannot be read.", returncode=2)


def _object(line: str) -> dict[str, Any]:
    try:
        row = loads(line.encode(errors="surrogatepass"))
    except BadJson as error:
        raise BadLine(str(error)) from None
    if not isinstance(row, dict):
        raise BadLine("Each line is a JSON object.")
    return row
