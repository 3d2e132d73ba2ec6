"""The zip bundle of a version: its data, its pages as data and to read, its PDF packet, and the SHA-256 of each.

No clock and no query: the same version with the same packet gives the same bytes. Its names are ours alone: letters,
digits, hyphens, a full stop, at most one folder deep.
"""

import hashlib
import io
import json
import stat
import zipfile

from django.template.loader import render_to_string

from .data import page_document
from .packet import copy_html
from .shape import Pack

SUMS = "SHA256SUMS"
#: Zip knows no earlier day than this.
EARLIEST = (1980, 1, 1, 0, 0, 0)


def bundle(pack: Pack, body: str, packet: bytes | None) -> bytes:
    """The bundle as bytes. `body` is the canonical JSON of the version, `packet` its PDF, None where none was made.

    Unpacked anywhere, `sha256sum -c SHA256SUMS` accepts it.
    """
    files = {"README.txt": _readme(pack, packet).encode(), "pack.json": body.encode()}
    if packet is not None:
        files["packet.pdf"] = packet
    for slug, page in pack.pages.items():
        data = json.dumps(page_document(pack, page), indent=2, ensure_ascii=False)
        files |= {f"pages/{slug}.json": data.encode(), f"pages/{slug}.html": copy_html(pack, page).encode()}
    sums = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items())]
    return _zip(pack, {**dict(sorted(files.items())), SUMS: "".join(sums).encode()})


def _readme(pack: Pack, packet: bytes | None) -> str:
    return render_to_string(
        "readiness/packet/readme.txt", {"pack": pack, "moment": pack.created_at, "has_packet": packet is not None}
    )


def _zip(pack: Pack, files: dict[str, bytes]) -> bytes:
    """Everything that says when and by whom comes from the version, so that nothing differs the next time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, max(pack.created_at.timetuple()[:6], EARLIEST))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, whatever made it
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, content)
    return out.getvalue()
