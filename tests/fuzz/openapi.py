"""Send what schemathesis makes of the API's description: `python -m tests.fuzz.openapi OPTIONS REPORT`.

Needs the environment of a production process. What is sent is stored, as in production.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok

from pagetojob.wsgi import application

from .requests import HOST, ORIGIN

CHECK_NAMES = (
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
MOST_PROBLEMS = 20
SENT_BY_CADDY = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


class ApiRun:
    """All requests, and the answers that the description does not cover."""

    def __init__(self, options: dict[str, Any]) -> None:
        load_all_checks()
        self.options = options
        self.checks: list[Any] = [CHECKS.get_one(name) for name in CHECK_NAMES]
        self.counts: Counter[str] = Counter()
        self.problems: dict[str, str] = {}
        self.sent = 0

    def send(self, case: Case, headers: dict[str, str], label: str) -> None:
        """Send a request and hold its answer against the description. A 503 is documented but has no cause here."""
        answer = case.call(headers=SENT_BY_CADDY | headers)
        self.sent += 1
        self.counts[f"{case.method} {case.path} {label} {answer.status_code}"] += 1
        try:
            assert answer.status_code < 500, f"status {answer.status_code}"
            case.validate_response(answer, checks=self.checks)
        except (AssertionError, FailureGroup) as failure:
            signature = f"{case.method} {case.path} {label} {answer.status_code} {type(failure).__name__}"
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.setdefault(signature, f"request {self.sent}: {failure}\n{case.as_curl_command()}")

    def run(self) -> None:
        """Send cases of every operation, valid and invalid, until there are enough of them."""
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, headers=SENT_BY_CADDY)
        operations: list[Any] = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
        start, number = self.options["seed"], 0
        while self.sent < self.options["requests"]:
            for operation in operations:
                for mode in GenerationMode:
                    strategy = operation.as_strategy(generation_mode=mode)
                    for label, headers, examples in self.senders():
                        self.batch(strategy, headers, label, start + number, examples)
                        number += 1

    def senders(self) -> Iterator[tuple[str, dict[str, str], int]]:
        """Return who sends, the headers, and the number of requests: most have a key that works."""
        key = self.options["site_key"]
        yield "listed website", {"X-Site-Key": key, "Origin": self.options["origin"]}, 500
        yield "any origin", {"X-Site-Key": key}, 300
        yield "other website", {"X-Site-Key": key, "Origin": ORIGIN}, 50
        yield "retired key", {"X-Site-Key": self.options["retired_key"]}, 50
        yield "any key", {}, 100

    def batch(self, strategy: Any, headers: dict[str, str], label: str, number: int, examples: int) -> None:
        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def send(case: Case) -> None:
            if self.sent < self.options["requests"]:
                self.send(case, headers, label)

        with suppress(Unsatisfiable):  # an operation without parameters has no invalid requests
            send()

    def report(self) -> dict[str, Any]:
        return {
            "sent": self.sent,
            "counts": dict(sorted(self.counts.items())),
            "problems": list(self.problems.values()),
        }


if __name__ == "__main__":
    run = ApiRun(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    run.run()
    Path(sys.argv[2]).write_text(json.dumps(run.report(), indent=1), encoding="utf-8")
