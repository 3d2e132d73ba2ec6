"""`manage.py prove_webhooks`: post every kind of untrustworthy event to a running server, and seal the results."""

import asyncio
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.ops.webhook_proof import running, throwaway
from pagetojob.ops.webhook_proof.cases import Case, built_in
from pagetojob.ops.webhook_proof.files import BadCase, read_cases
from syncqueue.selectors.inbox import effects
from syncqueue.services.inbox import LARGEST_BODY


class Command(BaseCommand):
    help = (
        "Post forged, stale, repeated and broken events to a running server for two temporary tenants, and print the "
        "results. Run it on the server's machine, with its database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=Path, help="A JSON file with more cases; docs/how-to/webhooks.md.")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="URL of the server.")

    def handle(self, *args: Any, **options: Any) -> None:
        cases = built_in(LARGEST_BODY) + self._more(options["cases"])
        lines = running.judge_vector()
        try:
            with throwaway.ground() as ground:
                for case in cases:
                    before = effects(ground.public_id)
                    status = asyncio.run(running.post(options["url"], ground.public_id, case, ground.keys))
                    lines.append(running.judge(case, status, before, effects(ground.public_id)))
                sealed = running.seal(ground.tenant, lines)
        except throwaway.NotReady as error:
            raise CommandError(str(error)) from None
        self._show(lines)
        self.stdout.write(f"graded {sealed['grade']}  code {sealed['code'][:16]}  seal {sealed['seal']}")
        if not all(line.passed for line in lines):
            raise CommandError(f"{sum(not line.passed for line in lines)} of {len(lines)} cases did not pass.")

    def _more(self, path: Path | None) -> list[Case]:
        if path is None:
            return []
        try:
            return read_cases(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, BadCase) as error:
            raise CommandError(f"The case file cannot be read: {error}") from None

    def _show(self, lines: list[running.Line]) -> None:
        width = max(len(line.case) for line in lines)
        for line in lines:
            verdict = "pass" if line.passed else "FAIL"
            self.stdout.write(
                f"{verdict}  {line.case:<{width}}  {line.status}  {line.effect:<15}  want {line.expected}"
            )
        self.stdout.write(f"{sum(line.passed for line in lines)} of {len(lines)} passed.")
