"""Packets of October: request them, and read their sealed files."""

import hashlib
from datetime import date

from attribution.models import Packet, PacketFile
from attribution.packets.sealing import ask_packet
from pagetojob.platform.files.services import read_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.months import OCTOBER


def fake_pdf(html: str) -> bytes:
    """Fake PDF renderer for tests that are not about the PDF."""
    return b"%PDF-" + hashlib.sha256(html.encode()).digest()


def request_packet(tenant: Tenant, actor: User, campaign: str = "", last: date = OCTOBER) -> Packet:
    packet, _ = ask_packet(tenant=tenant, campaign=campaign, first=OCTOBER, last=last, actor=actor, reason="Agreed.")
    return packet


def sealed_files(packet: Packet) -> dict[str, bytes]:
    with scope.tenant(packet.tenant_id):
        rows = PacketFile.objects.filter(packet=packet).select_related("file")
        return {row.part: b"".join(read_file(row.file)) for row in rows}
