"""Queries for the packet pages. The caller sets the scope."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from itertools import takewhile
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from attribution.models import Packet, PacketDigest, PacketFile, PacketPart, Statement
from pagetojob.platform.files.services import FileKeyUnusable, FileRefused, content_of
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.models import Tenant

from .sealing import RUN


def packets_of(tenant: Tenant) -> QuerySet[Packet]:
    """Return a tenant's packets with their files, newest first. Two queries."""
    return _rows().filter(tenant=tenant)


def sealed_of(tenant: Tenant) -> QuerySet[Packet]:
    """Return a tenant's packets that already have files. Two queries."""
    return packets_of(tenant).filter(files__part=PacketPart.ZIP)


def packet_of(tenant: Tenant, public_id: UUID) -> Packet:
    """Return a tenant's packet with its files, or raise a 404. Two queries."""
    return get_object_or_404(_rows(), tenant=tenant, public_id=public_id)


def _rows() -> QuerySet[Packet]:
    files = Prefetch("files", PacketFile.objects.select_related("file").order_by("id"))
    fields = [field.name for field in Packet._meta.concrete_fields]
    rows = Packet.objects.select_related("asked_by", "tenant").prefetch_related(files)
    return rows.only(*fields, "asked_by__name", "asked_by__public_id", "tenant__name", "tenant__slug")


def months_of(tenant: Tenant) -> list[Statement]:
    """Return closed months without their rows, newest first. Makes one query."""
    return list(Statement.objects.filter(tenant=tenant).defer("body").order_by("-month"))


def part_of(packet: Packet, part: str) -> PacketFile | None:
    """Return a file of a packet from `one`, or None if it is not made yet. No query."""
    return next((file for file in packet.files.all() if file.part == part), None)


def document_of(packet: Packet) -> dict[str, Any] | None:
    """Return a packet's content from its stored bytes, or None if it is not made yet. Makes one query per chunk."""
    data = part_of(packet, PacketPart.DATA)
    if data is None:
        return None
    document: dict[str, Any] = json.loads(content_of(data.file))
    return document


def newest_run(tenant: Tenant) -> Run | None:
    """Return the tenant's current or last packet run. Makes one query."""
    return Run.objects.filter(tenant=tenant, kind=RUN).order_by("-id").first()


def unproven_files(tenant: Tenant, deadline: float) -> Iterator[tuple[PacketFile, bool]]:
    """Yield stored files that are not proven to be as sealed, with whether they can be decrypted.

    Reads all of them in random order until the deadline of the monotonic clock; needs the tenant's scope.
    """
    rows = PacketFile.objects.filter(tenant=tenant).select_related("file", "packet").order_by("?")
    for row in takewhile(lambda _: time.monotonic() < deadline, rows.iterator()):
        try:
            if as_sealed(row) is None:
                yield row, True
        except FileKeyUnusable:
            yield row, False


def as_sealed(row: PacketFile) -> bytes | None:
    """Return the bytes of a stored file, or None if they differ from the sealed ones. Makes one query per chunk.

    Needs the scope of the tenant or of operators. Raises FileKeyUnusable, which proves nothing about the bytes.
    """
    try:
        content = content_of(row.file)
    except FileKeyUnusable:
        raise
    except FileRefused:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    return content if sha256 == row.file.sha256 else None


def is_ours(sha256: str) -> bool:
    """Return whether we sealed a file with this hash. Makes one query. Needs no scope: a hash identifies no one."""
    return PacketDigest.objects.filter(sha256=sha256).exists()


def packets_matching(text: str, most: int) -> list[Packet]:
    """Return the newest packets of all tenants with a text in their campaign or contractor, or as month or ID.

    Runs one query.
    """
    wanted = Q(campaign__icontains=text) | Q(tenant__name__icontains=text)
    if month := _month_in(text):
        wanted |= Q(first_month__lte=month, last_month__gte=month)
    with suppress(ValueError):
        wanted |= Q(public_id=UUID(text))
    rows = Packet.objects.filter(wanted).select_related("tenant").order_by("-pk")
    return list(rows.only("public_id", "campaign", "first_month", "last_month", "tenant__name", "tenant__slug")[:most])


def _month_in(text: str) -> date | None:
    """Return the first day of a month as pages show it, or as `2026-10`; None for any other text."""
    for form in ("%Y-%m", "%B %Y", "%b %Y"):
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a month has no time zone
    return None
