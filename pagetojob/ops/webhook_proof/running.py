"""Posting of cases to a running server, checking of their effects in the database, and sealing of the results."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from pagetojob.platform.audit.services import record
from pagetojob.platform.canonical import canonical_sha256
from pagetojob.platform.outbound.addresses import read_origin
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.outbound.transport import Patience, Transport
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from syncqueue.inbox.outcomes import ANSWERS

from . import vector
from .cases import Case, Effect, headers_of

GRADE = "stand-in"
_REFUSED, _FEW = 400, 4
_CODE = ("manage.py", "pagetojob", "syncqueue")


@dataclass(frozen=True)
class Line:
    """A row of the results table."""

    case: str
    expected: str
    status: int
    effect: str
    passed: bool


async def post(server: str, public_id: str, case: Case, keys: Mapping[str, str]) -> int:
    """Send a case as many times as it asks. Return the last response's status, or 0 without a response."""
    url = f"{server.rstrip('/')}/hooks/{case.path.replace('{id}', public_id).lstrip('/')}"
    origin = read_origin(url)
    headers, status = headers_of(case, keys, now=time.time()), 0
    async with Transport(listed=frozenset({origin}), patience=Patience(total=20.0)) as transport:
        for _ in range(case.times):
            try:
                status = (await transport.send(case.method, url, headers=headers, form=case.body)).status
            except GatewayError:
                status = 0
    return status


def judge(case: Case, status: int, before: Mapping[str, int], after: Mapping[str, int]) -> Line:
    """Compare the response and the new rows with the expected result."""
    events = after["events"] - before["events"]
    quarantined = after["quarantined"] - before["quarantined"]
    effect = "event" if events == 1 else f"{events} events" if events else "quarantine" if quarantined else "nothing"
    # Copies of unsigned requests are limited per hour. Beyond the limit, no copy is expected.
    full = before["quarantined"] >= settings.INBOX_UNVERIFIED_AN_HOUR
    fits = {
        Effect.ANY: True,
        Effect.EVENT: events == 1,
        Effect.DUPLICATE: events == (1 if case.times > 1 else 0) and not quarantined,
        Effect.QUARANTINE: events == 0 and (quarantined >= 1 or full),
        Effect.NO_EVENT: events == 0,
        Effect.REFUSED: events == 0 and status >= _REFUSED,
        Effect.NOT_STORED: events == 0 and quarantined == 0,
    }[case.effect]
    wanted = "/".join(map(str, sorted(case.statuses))) if len(case.statuses) <= _FEW else f"{min(case.statuses)}…"
    answered = not case.statuses or status in case.statuses
    return Line(case.name, f"{wanted} {case.effect}".strip(), status, effect, passed=answered and fits)


def judge_vector() -> list[Line]:
    """Return the results of the published vector and its mutations, checked by the same code at the vector's time."""
    return [
        Line(
            name,
            wanted.value,
            ANSWERS[outcome],
            outcome.value,
            passed=outcome is wanted,
        )
        for name, outcome, wanted in vector.all_judged()
    ]


def code_version() -> str:
    """Return a hash of the code that checks requests. It does not depend on where the files are."""
    digest = hashlib.sha256()
    for part in _CODE:
        root: Path = settings.BASE_DIR / part
        for path in sorted([root] if root.is_file() else root.rglob("*.py")):
            digest.update(f"{path.relative_to(settings.BASE_DIR)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def seal(tenant: Tenant, lines: Sequence[Line]) -> dict[str, str]:
    """Hash the grade, the code version and the table, and write the result to the tenant's audit log."""
    sealed = {"grade": GRADE, "code": code_version()}
    sealed["seal"] = canonical_sha256(sealed | {"lines": [asdict(line) for line in lines]})
    passed = sum(line.passed for line in lines)
    with transaction.atomic(), scope.tenant(tenant.pk):
        record(
            action="inbox.proof",
            subject="inbox.proof",
            reason=f"{passed} of {len(lines)} cases passed; graded {GRADE}, so it opens no gate.",
            tenant=tenant,
            actor="command line",
            changes={name: (None, value) for name, value in sealed.items()},
        )
    return sealed
