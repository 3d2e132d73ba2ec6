"""The files of a packet: page, PDF, CSV, JSON, and a ZIP of all. No clock or query, so the bytes are reproducible."""

import csv
import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from attribution.models import PacketPart
from attribution.statements import canonical_form
from pagetojob.platform.spreadsheet import safe_cell

from .document import SealedMonth

#: The earliest date that the ZIP format supports.
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_COLUMNS = (
    *("invoice", "job", "on", "bucket", *canonical_form.AMOUNTS),
    *("lead", "lead_on", "probability", "campaign", "customer", "grade"),
)
#: Columns with text that people typed. The others are dates and numbers, whose minus sign is no formula.
_TYPED = frozenset({"lead", "campaign"})
#: The name and the content type of each file.
FILES = {
    PacketPart.PAGE: ("packet.html", "text/html; charset=utf-8"),
    PacketPart.PDF: ("packet.pdf", "application/pdf"),
    PacketPart.CSV: ("packet.csv", "text/csv; charset=utf-8"),
    PacketPart.DATA: ("packet.json", "application/json"),
    PacketPart.ZIP: ("packet.zip", "application/zip"),
}
NAMES = {part: name for part, (name, _) in FILES.items()}


def packet_files(
    document: dict[str, Any], months: Iterable[SealedMonth], *, make_pdf: Callable[[str], bytes]
) -> dict[PacketPart, bytes]:
    """Return all files of a packet by part. Raises what `make_pdf` raises, and takes as long as it does."""
    page = packet_html(document)
    parts = {
        PacketPart.PAGE: page.encode(),
        PacketPart.PDF: make_pdf(page),
        PacketPart.CSV: _csv(document).encode(),
        PacketPart.DATA: (json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode(),
    }
    return {**parts, PacketPart.ZIP: _zip(document, parts, list(months))}


def packet_html(document: dict[str, Any]) -> str:
    """Render the packet as one self-contained HTML document that loads no other resources."""
    return render_to_string("attribution/packets/paper.html", {"doc": document, "moment": as_of(document)})


def as_of(document: dict[str, Any]) -> datetime:
    """Return the latest time at which a part of the packet was closed or signed."""
    return datetime.fromisoformat(document["inputs"]["as_of"])


def _csv(document: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in document["lines"]:
        writer.writerow([safe_cell(row[name]) if name in _TYPED else row[name] for name in _COLUMNS])
    return out.getvalue()


def _zip(document: dict[str, Any], parts: dict[PacketPart, bytes], months: list[SealedMonth]) -> bytes:
    files = {NAMES[part]: content for part, content in parts.items()}
    for month in months:
        head, _ = canonical_form.read(month.statement)
        files[f"sealed/{head['month']}-statement.jsonl"] = month.statement.encode()
        for number, body in enumerate(month.restatements, start=1):
            files[f"sealed/{head['month']}-restatement-{number}.jsonl"] = body.encode()
    files["README.txt"] = render_to_string("attribution/packets/readme.txt", {"doc": document}).encode()
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    moment = max(as_of(document).timetuple()[:6], _EARLIEST)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in [*sorted(files.items()), ("SHA256SUMS", sums.encode())]:
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every platform
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return out.getvalue()
