"""`manage.py import_titan_map`: preview and apply the changes of a Titan Map in JSON."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from pagetojob.importer.models import ImportRow, RowOutcome, Upload
from pagetojob.importer.uploads import ImportRefused, approve
from pagetojob.platform.runs.models import RunState
from pagetojob.platform.runs.services import work_here
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import documents
from pagetojob.titanmap.map_document import take_document
from pagetojob.titanmap.map_errors import BadMap
from pagetojob.titanmap.staged_changes import changes_of


class Command(BaseCommand):
    help = (
        "Preview what a Titan Map in JSON (schema pagetojob.titan-map/1) would change in a tenant's map; nothing is "
        "written without --apply. Pages become drafts in review, which a second person approves."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--apply", action="store_true", help="Apply the changes.")
        parser.add_argument(
            "--by", default="", metavar="EMAIL", help="Person responsible for the import; required with --apply."
        )
        parser.add_argument("--reason", default="A Titan Map was imported.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no tenant with this slug.", returncode=2)
        actor = User.objects.by_email(options["by"]) if options["by"] else None
        if actor is None and (options["apply"] or options["by"]):
            raise CommandError(
                "Name the person responsible: --by with the email address of an existing user.", returncode=2
            )
        path: Path = options["file"]
        try:
            content = io.BytesIO(path.read_bytes())
            with scope.tenant(tenant.pk):
                if options["apply"]:
                    self._apply(self._taken(tenant, content, path, actor), options["reason"], actor)
                    return
                with transaction.atomic():
                    self._taken(tenant, content, path, None)
                    transaction.set_rollback(True)
        except OSError as error:
            raise CommandError(f"{path}: cannot read the file: {error.strerror}.", returncode=2) from None
        except (BadMap, ImportRefused) as refused:
            raise CommandError(f"{path}: {refused} Nothing was written.", returncode=2) from None
        self.stdout.write("Nothing was written. Use --apply and --by to write it.")

    def _taken(self, tenant: Tenant, content: io.BytesIO, path: Path, actor: User | None) -> Upload:
        """Stage the document, print its differences, and return the upload."""
        upload = take_document(tenant=tenant, content=content, name=path.name, actor=actor)
        counts = dict.fromkeys(RowOutcome.values, 0)
        for row in ImportRow.objects.filter(tenant=tenant, upload=upload).order_by("number").iterator():
            counts[row.outcome] += 1
            for line in _difference_lines(row):
                self.stdout.write(line)
        self.stdout.write(
            ", ".join(f"{count:,} {RowOutcome(name).label}" for name, count in counts.items() if count) + "."
        )
        return upload

    def _apply(self, upload: Upload, reason: str, actor: User | None) -> None:
        assert actor is not None
        rows = ImportRow.objects.filter(tenant=upload.tenant_id, upload=upload)
        if not rows.filter(outcome__in=(RowOutcome.NEW, RowOutcome.CHANGED)).exists():
            self.stdout.write("The map already matches. Nothing was written.")
            return
        approve(upload=upload, actor=actor, reason=reason)
        assert upload.run is not None
        run = work_here(upload.run)
        if run.state != RunState.DONE:
            raise CommandError(f"The import is {run.get_state_display()}. {run.error}".rstrip(), returncode=1)
        wrong = rows.filter(outcome=RowOutcome.PROBLEM).order_by("number")
        for row in wrong:
            self.stderr.write(f"{row.column} {row.key}: {row.problem}")
        done = rows.filter(applied=True).count()
        drafts = rows.filter(applied=True, key__startswith=f"{documents.PAGE}:").count()
        waits = f" {drafts:,} pages are drafts that wait for a second person." if drafts else ""
        self.stdout.write(f"{done:,} written, {wrong.count():,} not.{waits} Import {upload.public_id}.")


def _difference_lines(row: ImportRow) -> Iterator[str]:
    if row.outcome == RowOutcome.PROBLEM:
        yield f"? {row.column} {row.key}: {row.problem}"
    elif row.outcome in (RowOutcome.NEW, RowOutcome.CHANGED):
        yield f"{'+' if row.outcome == RowOutcome.NEW else '~'} {row.column} {row.key}"
        yield from (
            f"    {_line(difference, new=row.outcome == RowOutcome.NEW)}"
            for difference in changes_of(row, documents.SLUG)
        )


def _line(difference: dict[str, str], *, new: bool) -> str:
    before = "" if new else f"{difference['before']} -> "
    return f"{difference['label']}: {before}{difference['after']}"
