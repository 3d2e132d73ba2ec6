"""Import of the Titan Map by API: read the lists of the account, stage what differs, and let a person approve it.

The rows take the path of files: staged with their effect, reviewed, approved, published. Items that the account no
longer lists as active are proposed as retired; nothing changes before a person approves it.
"""

import io
import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import batched
from typing import Any

from django.utils import timezone

from pagetojob.gates.registry import Environment
from pagetojob.importer.models import ImportRow, RowOutcome, Upload, UploadState
from pagetojob.importer.parsed_uploads import take_staged
from pagetojob.importer.targets import Target, target_of
from pagetojob.importer.uploads import discard
from pagetojob.platform.canonical import sha256_hex
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, checkpoint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.mirror.reading import Account, Mirrored, cursor_of, read_through, rows_of

from . import staged_listeners
from .api_lists import CATEGORY_LISTS, OF_FAMILY, RESOURCES, Listed, Proposal, proposals, stored_values
from .api_requests import BY, FLAG
from .importing import target_slug
from .models import Family

FORM = "ServiceTitan API"
_STEPS: tuple[Mirrored | Family, ...] = (
    *(Mirrored(name, resource, stored_values) for name, resource in RESOURCES.items()),
    *OF_FAMILY,
)
_INACTIVE = "It is not in the map, and it is inactive in ServiceTitan."


def work(run: Run) -> Iterator[Progress]:
    """Handle a run: read each list to its end, then stage each family. The cursor is the number of the step."""
    with scope.tenant(run.tenant_id):
        tenant = Tenant.objects.get(pk=run.tenant_id)
    account = Account(run, tenant, flag=FLAG, environment=Environment(run.params["environment"]), by=BY)
    for number in range(int(run.cursor or 0), len(_STEPS)):
        step = _STEPS[number]
        if isinstance(step, Mirrored):
            yield from read_through(account, step, next_step=partial(int, number + 1))
        else:
            yield _stage(account, step, number + 1)


def _stage(account: Account, family: Family, next_step: int) -> Progress:
    """Stage what the account lists differently from the map, in one transaction with the position of the run."""
    run, tenant, connection = account.run, account.tenant, account.connection
    with scope.tenant(tenant.pk):
        cursor = cursor_of(connection, OF_FAMILY[family])
        if cursor.finished_at and not cursor.problem and not cursor.underway:
            categories = _listed(account, CATEGORY_LISTS.get(family, ""))
            items = proposals(family, _listed(account, OF_FAMILY[family]), categories)
            rows = _rows(tenant, family, items)
            _offer(account, family, rows, items)
        progress = Progress(run.done, None, next_step)
        with scope.worker():
            checkpoint(run, progress)
    return progress


def _listed(account: Account, name: str) -> list[Listed]:
    if not name:
        return []
    rows = rows_of(account.connection, name).values_list("remote_id", "values", "gone")
    return [Listed(*row) for row in rows.order_by("remote_id")]


def _rows(tenant: Tenant, family: Family, items: Sequence[Proposal]) -> list[ImportRow]:
    """Return a row for each item, with its effect on the map. Two queries per thousand."""
    target = target_of(target_slug(family))
    assert isinstance(target, Target)
    rows = [
        ImportRow(
            tenant=tenant,
            number=number,
            values=item.values,
            outcome=RowOutcome.NEW,
            key=target.keys_of(item.values)[0],
            other_key=str(item.remote_id),
            problem=item.problem,
        )
        for number, item in enumerate(items, start=1)
    ]
    good = (row for row in rows if not row.problem)
    for batch in batched(good, target.batch, strict=False):
        target.compare(tenant, Upload(tenant=tenant, target=target.slug), batch)
    for row in rows:
        if row.problem and row.outcome == RowOutcome.NEW:
            row.outcome, row.values = RowOutcome.PROBLEM, {}
        elif row.outcome == RowOutcome.NEW and not row.values["active"]:
            row.outcome, row.problem = RowOutcome.ASIDE, _INACTIVE
    return rows


def _offer(account: Account, family: Family, rows: Sequence[ImportRow], items: Sequence[Proposal]) -> None:
    """Store the rows as an upload that waits for approval, unless nothing differs or the same was offered before."""
    tenant, slug = account.tenant, target_slug(family)
    differing = [row for row in rows if row.outcome in (RowOutcome.NEW, RowOutcome.CHANGED, RowOutcome.PROBLEM)]
    digest = sha256_hex(json.dumps([[row.other_key, row.outcome, row.values, row.problem] for row in differing]))
    uploads = Upload.objects.select_related("file").filter(tenant=tenant, target=slug, form=FORM)
    last = uploads.order_by("-pk").first()
    if not differing or (last is not None and _was_offered(last, digest, again=account.run.params["asked"])):
        return
    for waiting in uploads.filter(state=UploadState.READY):
        discard(upload=waiting, actor=BY, reason="A newer import replaces it.")
    retired = [row for row in differing if (row.before or {}).get("active") and row.values.get("active") is False]
    upload = take_staged(
        tenant=tenant, target=slug, content=io.BytesIO(_text(items)), name=_name(account, family), form=FORM,
        rows=rows, notes={"source": _source(account, family), "digest": digest, "retired": len(retired)}, by=BY,
    )  # fmt: skip
    staged_listeners.notify(upload, len(retired))


def _was_offered(last: Upload, digest: str, *, again: bool) -> bool:
    """Return whether a person has seen these changes. A person who requests an import is offered them again."""
    return last.notes.get("digest") == digest and (last.state == UploadState.READY or not again)


def _source(account: Account, family: Family) -> dict[str, Any]:
    """Return the provenance of an upload."""
    cursor = cursor_of(account.connection, OF_FAMILY[family])
    return {
        "flag": FLAG,
        "environment": account.connection.environment,
        "grade": account.grade.value,
        "account": account.connection.servicetitan_tenant,
        "connection": str(account.connection.public_id),
        "list": OF_FAMILY[family],
        "pages": cursor.pages,
        "read_at": cursor.finished_at.isoformat() if cursor.finished_at else "",
        "unreadable": cursor.unreadable,
    }


def _name(account: Account, family: Family) -> str:
    label = Environment(account.connection.environment).label
    return f"{OF_FAMILY[family]}, {label}, {timezone.now():%Y-%m-%d %H.%M}.jsonl"


def _text(items: Sequence[Proposal]) -> bytes:
    lines = (json.dumps(item.values | ({"gone": True} if item.gone else {}), sort_keys=True) for item in items)
    return "".join(f"{line}\n" for line in lines).encode()
