"""Zip bundle of a version: its data, each page as JSON, Markdown and HTML, the PDF packet, the CycloneDX files, and the
SHA-256 of each file.

It reads no clock and makes no query, so the same version with the same files gives the same bytes. File names consist
of letters, digits, hyphens and dots, in at most one folder.
"""

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from datetime import datetime

from django.template.loader import render_to_string

from .data import page_document
from .markdown import page_markdown
from .packet import copy_html
from .shape import Pack

SUMS = "SHA256SUMS"
#: Earliest date that the zip format can store.
EARLIEST = (1980, 1, 1, 0, 0, 0)


def bundle(pack: Pack, body: str, packet: bytes | None, more: Mapping[str, bytes]) -> bytes:
    """Return the bundle as bytes. `body` is the version's canonical JSON, `packet` its PDF (None if there is none), and
    `more` further files by name.

    After unpacking, `sha256sum -c SHA256SUMS` accepts the files.
    """
    files = {"README.txt": _readme(pack, packet).encode(), "pack.json": body.encode(), **more}
    if packet is not None:
        files["packet.pdf"] = packet
    for slug, page in pack.pages.items():
        data = json.dumps(page_document(pack, page), indent=2, ensure_ascii=False)
        files |= {
            f"pages/{slug}.json": data.encode(),
            f"pages/{slug}.md": page_markdown(pack, page).encode(),
            f"pages/{slug}.html": copy_html(pack, page).encode(),
        }
    return zipped(with_sums(files), pack.created_at)


def with_sums(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files sorted by name, and last the SHA-256 of each."""
    in_order = dict(sorted(files.items()))
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in in_order.items()]
    return {**in_order, SUMS: "".join(sums).encode()}


def _readme(pack: Pack, packet: bytes | None) -> str:
    return render_to_string(
        "readiness/packet/readme.txt", {"pack": pack, "moment": pack.created_at, "has_packet": packet is not None}
    )


def zipped(files: dict[str, bytes], moment: datetime) -> bytes:
    """Return the zip file. All files are dated `moment`, so equal files give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, max(moment.timetuple()[:6], EARLIEST))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, regardless of the machine
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return out.getvalue()
