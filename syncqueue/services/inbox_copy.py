"""Show a stored copy to a person who said why: rendered and raw."""

import json
from dataclasses import dataclass

from pagetojob.platform import strict_json
from pagetojob.platform.sealing.errors import SecretNotStored
from pagetojob.platform.tenants.models import User
from pagetojob.servicetitan.vault.services import inbox_box

from ..inbox import copies
from ..inbox.reading import DEEPEST
from ..models import InboxEvent, QuarantinedRequest


@dataclass(frozen=True)
class Shown:
    """`rendered` is empty for a body that is not JSON as we read it; `raw` marks every byte that is not printable."""

    headers: dict[str, str]
    rendered: str
    raw: str


def show(row: InboxEvent | QuarantinedRequest, *, actor: User, reason: str) -> Shown:
    """Open it, with a line the tenant can read. Raises SecretNotStored once it was removed, and what opening raises."""
    if row.box is None:
        raise SecretNotStored
    box = inbox_box(row.tenant, why=f"Looked at {row}: {reason}", by=actor)
    headers, body = copies.unpack(box.open(bytes(row.box), about=row.public_id))
    try:
        rendered = json.dumps(strict_json.loads(body, deepest=DEEPEST), indent=2, ensure_ascii=False)
    except strict_json.BadJson:
        rendered = ""
    raw = "".join(chr(byte) if 32 <= byte < 127 or byte == 10 else f"\\x{byte:02x}" for byte in body)
    return Shown(headers, rendered, raw)
