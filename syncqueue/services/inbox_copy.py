"""Shows a stored copy, rendered and raw, to a person who gave a reason."""

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
    """A stored copy. `rendered` is empty for a body that is not strict JSON; `raw` escapes every non-printable byte."""

    headers: dict[str, str]
    rendered: str
    raw: str


def show(row: InboxEvent | QuarantinedRequest, *, actor: User, reason: str) -> Shown:
    """Open a copy, with an audit line for the tenant. Raises SecretNotStored if it was removed, and vault errors."""
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
