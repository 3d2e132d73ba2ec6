"""`manage.py export_titan_map`: export a tenant's Titan Map in its documented JSON form."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.titanmap.map_document import document_of, written


class Command(BaseCommand):
    help = "Write a tenant's Titan Map as JSON (schema pagetojob.titan-map/1; docs/reference/titan-map-json.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--tenant", required=True, metavar="SLUG")
        parser.add_argument("--out", type=Path, metavar="FILE", help="Output file (default: standard output).")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no tenant with this slug.", returncode=2)
        with scope.tenant(tenant.pk):
            document = document_of(tenant)
        path: Path | None = options["out"]
        if path is None:
            self.stdout.write(written(document).decode(), ending="")
            return
        try:
            path.write_bytes(written(document))
        except OSError as error:
            raise CommandError(f"{path}: cannot write the file: {error.strerror}.", returncode=2) from None
        counts = [
            f"{len(part):,} {name.replace('_', ' ')}" for name, part in document.items() if isinstance(part, list)
        ]
        self.stdout.write(f"{path}: {', '.join(counts) or 'an empty map'}.")
