"""`manage.py verify_audit`: verify the audit log against its seals, and report the first line that differs."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from pagetojob.platform.audit import verify
from pagetojob.platform.audit.findings import Result, note
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant


class Command(BaseCommand):
    help = (
        "Verify every seal, line and anchor of the audit log, and store the result. "
        "Exit status: 0 everything matches, 1 something does not, 2 it could not be verified."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print one JSON document.")
        parser.add_argument("--tenant", help="Slug of a tenant: verify only its log. The result is not stored.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            result = self._check(options["tenant"])
        except DatabaseError as error:
            raise CommandError(f"The database does not respond ({type(error).__name__}).", returncode=2) from error
        self.stdout.write(_as_json(result) if options["json"] else _in_words(result, options["tenant"]))
        if result.found:
            sys.exit(1)

    def _check(self, slug: str | None) -> Result:
        if slug is None:
            with scope.worker():
                result = verify.verify()
                note(result.found, first=result.first, last=result.last, whole=result.whole)
                return result
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant {slug}.", returncode=2)
        with scope.worker():
            return verify.verify_tenant(tenant.pk)


def _as_json(result: Result) -> str:
    facts = {"schema": "pagetojob.audit-check/1", "ok": not result.found, **asdict(result)}
    return json.dumps(facts, indent=2)


def _in_words(result: Result, slug: str | None) -> str:
    what = f"places of {slug}" if slug else "seals"
    lines = [f"{what} {result.first} to {result.last}" if result.last else f"no {what}"]
    if result.purged:
        lines.append(f"Lines up to seal {result.purged} were purged; their seals are checked.")
    if result.found:
        lines.append(f"First: {result.found[0].kind}. {result.found[0].sentence}")
        lines += [f"then:  {finding.kind}. {finding.sentence}" for finding in result.found[1:]]
    else:
        lines.append("The log matches its seals.")
    return "\n".join(lines)
