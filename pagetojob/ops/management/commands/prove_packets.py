"""`manage.py prove_packets TENANT`: rebuild each sealed packet and compare it with the stored one."""

import hashlib
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attribution.packets.sealing import compare_again, sealed_packets
from pagetojob.platform.pdf import PdfFailed, PdfMakerMissing, make_pdf
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant


class Command(BaseCommand):
    help = "Make the sealed packets of a tenant once more, from the sealed rows, and compare them byte by byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="Its short name, as in the addresses.")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError("There is no tenant of this name.")
        with scope.tenant(tenant.pk):
            packets = sealed_packets(tenant)
        if not packets:
            raise CommandError("No packet of this tenant is sealed.")
        differ = 0
        for packet in packets:
            try:
                found = compare_again(packet, make_pdf=make_pdf)
            except (PdfMakerMissing, PdfFailed) as error:
                raise CommandError(str(error)) from None
            for name, (kept, made) in found.items():
                differ += kept != made
                verdict = "same" if kept == made else "DIFFERENT"
                self.stdout.write(f"{packet.public_id}  {name:<12}  {hashlib.sha256(kept).hexdigest()}  {verdict}")
        if differ:
            raise CommandError(f"{differ} files differ. What was kept stays; other fonts set text anew.")
