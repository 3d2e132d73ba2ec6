"""`manage.py import_outcomes`: imports one export of a shop's own system completely, or not at all."""

import datetime as dt
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.models import OutcomeKind
from attribution.outcomes.checking import FileRefused, told
from attribution.services.outcome_import import Taken, take_file
from pagetojob.platform.tenants.models import Tenant, User


class Command(BaseCommand):
    help = (
        "Take in one export (CSV or XLSX) of jobs, invoices, payments, bookings or customers. A row with a problem is "
        "named on standard error and then nothing is written; the same file again changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="SLUG")
        parser.add_argument("kind", choices=OutcomeKind.values)
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, metavar="EMAIL", help="Who stands behind this act.")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--from", dest="first", type=dt.date.fromisoformat, help="First day the export covers.")
        parser.add_argument("--to", dest="last", type=dt.date.fromisoformat, help="Last day the export covers.")
        parser.add_argument("--expect-rows", type=int, default=0, help="Refuse a file over ten times as long.")
        parser.add_argument("--sheet", default="", help="Of a workbook; without it, the first that holds anything.")
        parser.add_argument("--look", action="store_true", help="Only say what would change.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        actor = User.objects.by_email(options["by"])
        if tenant is None or actor is None:
            raise CommandError(f"There is no {'tenant' if tenant is None else 'person'} of that name.")
        if (options["first"] is None) != (options["last"] is None):
            raise CommandError("Give both --from and --to, or neither.")
        path: Path = options["file"]
        try:
            taken = take_file(
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
        except (FileRefused, OSError) as error:
            raise CommandError(f"Nothing was taken in. {error}") from error
        self._say(taken, path)

    def _say(self, taken: Taken, path: Path) -> None:
        for line in told(taken.checked.problems) + told(taken.checked.remarks):
            self.stderr.write(f"{path.name}, {line}")
        if taken.refused:
            raise CommandError(f"Nothing was taken in: {len(taken.checked.problems):,} problems, named above.")
        done = "taken in" if taken.file else "looked at, nothing written"
        self.stdout.write(
            f"{path.name} {done}: {taken.added:,} new, {taken.changed:,} changed, {taken.unchanged:,} as they were."
        )
