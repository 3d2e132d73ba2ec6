"""`manage.py prove_packets TENANT`: rebuild each sealed packet and compare it with the stored one."""

import hashlib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.packets.sealing import compare_again
from attribution.packets.selectors import sealed_of
from pagetojob.platform.files.services import FileRefused
from pagetojob.platform.pdf import PdfFailed, PdfMakerMissing, make_pdf
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant


class Command(BaseCommand):
    help = "Rebuild the sealed packets of a tenant from the sealed rows, and compare them byte by byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="Slug of the tenant, as in URLs.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no tenant with this slug.")
        with scope.tenant(tenant.pk):
            packets = list(sealed_of(tenant).order_by("id"))
        if not packets:
            raise CommandError("This tenant has no sealed packets.")
        differ = 0
        for packet in packets:
            try:
                files = compare_again(packet, make_pdf=make_pdf)
            except (FileRefused, PdfMakerMissing, PdfFailed) as error:
                raise CommandError(str(error)) from None
            for name, (stored, made) in files.items():
                differ += stored != made
                verdict = "same" if stored == made else "DIFFERENT"
                self.stdout.write(f"{packet.public_id}  {name:<12}  {hashlib.sha256(stored).hexdigest()}  {verdict}")
        if differ:
            raise CommandError(
                f"{differ} files differ. The stored files are unchanged. Different fonts can change the layout."
            )
