"""`manage.py check_claims`: report texts that assert a claim that is still gated."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.claims.approvals import approved_sentences
from pagetojob.claims.guard import judge_text
from readiness import nightly
from readiness.services import scan


class Command(BaseCommand):
    help = (
        "Check every row, content file, template, email and rendered page, and store the result. "
        "With --stdin: one text or HTML fragment per line, every claim counts as gated, nothing is stored."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--stdin", action="store_true", help="Check the lines of standard input instead.")
        parser.add_argument("--json", action="store_true", help="Print JSON, one object per line.")
        parser.add_argument("--files", action="store_true", help="Only content, templates and emails; no database.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["stdin"]:
            lines = (line.decode(errors="replace") for line in sys.stdin.buffer)
            self._judge_lines(lines, as_json=options["json"])
            return
        checked, claims, waiting = self._files() if options["files"] else self._everything()
        for overclaim in claims:
            self.stdout.write(json.dumps(overclaim) if options["json"] else _sentence(overclaim))
        if claims:
            raise CommandError(f"{checked} texts checked; {len(claims)} assertions of a gated claim found.")
        if waiting:
            for text in waiting:
                self.stderr.write(f"{text.where}: “{text.text}” needs the approval of a second person.")
            raise CommandError(f"{len(waiting)} sentences on a gated topic are not approved.")
        if not options["json"]:
            self.stdout.write(f"{checked} texts checked; none asserts a gated claim.")

    def _files(self) -> tuple[int, list[dict[str, str]], list[scan.Text]]:
        checked, claims, waiting = scan.judge(scan.files())
        return checked, [asdict(overclaim) for overclaim in claims], waiting

    def _everything(self) -> tuple[int, list[dict[str, str]], list[scan.Text]]:
        scanned = nightly.scan_ours()
        if scanned is None:
            raise CommandError("There is no pack yet: run manage.py load_readiness first, or use --files.")
        done, waiting = scanned
        return done.looked_at, done.found, waiting

    def _judge_lines(self, lines: Iterable[str], *, as_json: bool) -> None:
        approved = approved_sentences()
        for line in lines:
            text = line.rstrip("\r\n")
            overclaims, topics = judge_text(text, approved=approved)
            first, waiting = next(iter(overclaims), None), next(iter(topics), None)
            if as_json:
                answer = {
                    "text": text,
                    "overclaim": first is not None,
                    "claim": first.claim if first else None,
                    "phrase": first.phrase if first else None,
                    "held": waiting is not None,
                }
                # ASCII output works on any terminal, and unusual line breaks in the text cannot split the JSON line.
                self.stdout.write(json.dumps(answer))
            elif waiting:
                self.stdout.write(f"held: “{waiting.statement}” needs the approval of a second person.")
            else:
                self.stdout.write(f"{first.claim}: “{first.phrase}”. {first.safe_wording}" if first else "honest")


def _sentence(overclaim: dict[str, str]) -> str:
    return (
        f"{overclaim['where']}: “{overclaim['phrase']}” asserts {overclaim['claim']}, which is gated.\n"
        f"    Say instead: {overclaim['safe_wording']}"
    )
