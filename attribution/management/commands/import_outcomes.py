"""`manage.py import_outcomes`: imports one export of a shop's own system completely, or not at all."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.models import OutcomeKind
from attribution.outcomes.checking import as_sentences
from attribution.services.import_result import ImportResult
from attribution.services.outcome_import import take_file
from pagetojob.importer.errors import TableError
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability


class Command(BaseCommand):
    help = (
        "Import one export (CSV or XLSX) of jobs, invoices, payments, bookings or customers. If any row has a problem, "
        "lists the problems on standard error and writes nothing. Importing the same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="SLUG")
        parser.add_argument("kind", choices=OutcomeKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--by", required=True, metavar="EMAIL", help="Email of the user to record in the audit log."
        )
        parser.add_argument("--reason", required=True)
        parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="First day the export covers.")
        parser.add_argument("--to", dest="last", type=dt.date.fromisoformat, help="Last day the export covers.")
        parser.add_argument("--expect-rows", type=int, default=0, help="Reject a file more than ten times as long.")
        parser.add_argument(
            "--sheet", default="", help="Sheet of a workbook; by default the first one that is not empty."
        )
        parser.add_argument("--look", action="store_true", help="Preview the changes without saving them.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant, actor = _named(options["tenant"], options["by"])
        if (options["first"] is None) != (options["last"] is None):
            raise CommandError("Use both --from and --to, or neither.")
        path: Path = options["file"]
        try:
            result = take_file(
                tenant=tenant,
                kind=options["kind"],
                content=path.read_bytes(),
                name=path.name,
                actor=actor,
                reason=options["reason"],
                covers=(options["first"], options["last"]) if options["first"] else None,
                expected_rows=options["expect_rows"],
                sheet=options["sheet"],
                look_only=options["look"],
            )
        except (TableError, OSError) as error:
            raise CommandError(f"Nothing was imported. {error}") from error
        self._say(result, path)

    def _say(self, result: ImportResult, path: Path) -> None:
        for line in as_sentences(result.checked.problems) + as_sentences(result.checked.remarks):
            self.stderr.write(f"{path.name}, {line}")
        for sentence in result.effects:
            self.stderr.write(f"{path.name}: {sentence}")
        if result.refused:
            many = f"{len(result.checked.problems):,} problems"
            raise CommandError(f"Nothing was imported: {many}, listed above. Rows: {result.row_counts}")
        done = "imported" if result.file else "previewed, nothing saved"
        self.stdout.write(f"{path.name} {done}: {result.row_counts}")


def _named(slug: str, email: str) -> tuple[Tenant, User]:
    """Return the tenant and the person who imports, whom the audit log names. Raises CommandError."""
    tenant, actor = Tenant.objects.filter(slug=slug).first(), User.objects.by_email(email)
    if tenant is None or actor is None:
        raise CommandError(f"Unknown {'tenant' if tenant is None else 'user'}.")
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise CommandError("Only an active operator can import: the audit log names this person.")
    return tenant, actor
