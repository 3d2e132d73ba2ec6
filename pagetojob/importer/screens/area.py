"""Area: the part of operations where an app's imports are, and what its screens say about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from django.urls import reverse

from pagetojob.platform import masking, times
from pagetojob.platform.runs.models import Run
from pagetojob.platform.tenants.models import Tenant

from .. import uploads
from ..fields import FieldKind, FieldSpec
from ..models import ImportRow, RowOutcome, Upload
from ..targets import target_of

#: A row with its name and changes, as the preview shows it.
ShownRow = Mapping[str, Any]


def show_rows(upload: Upload, rows: Sequence[ImportRow]) -> list[ShownRow]:
    """Return rows with the values that are stored. Runs no queries."""
    return [{"row": row, "name": row.values.get("external_id", ""), "changes": values_of(upload, row)} for row in rows]


def values_of(upload: Upload, row: ImportRow) -> list[dict[str, str]]:
    """Return the values that a row stores; of a changed row, those that differ. Personal values are masked."""
    specs = {spec.name: spec for spec in target_of(upload.target).fields}
    before = row.before or {}
    changed = row.outcome == RowOutcome.CHANGED
    shown = []
    zone = upload.tenant.shown_zone
    for name, spec in specs.items():
        was, now = (_text(spec, values.get(name), zone) for values in (before, row.values))
        if name in row.values and ((was != now) if changed else now):
            if spec.personal:
                was, now = masking.shape(was), masking.shape(now)
            shown.append({"label": spec.label, "before": was or "nothing", "after": now or "nothing"})
    return shown


def _text(spec: FieldSpec, value: Any, zone: tzinfo) -> str:
    if isinstance(value, bool) or value is None:
        return "yes" if value else ""
    if spec.kind is FieldKind.MOMENT:
        return times.shown(datetime.fromisoformat(value), zone)
    if spec.kind is FieldKind.DATE and not isinstance(value, list):
        return times.shown_day(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@dataclass(frozen=True, kw_only=True)
class ApiSource:
    """Imports of an area by API: what is read, what its page shows about it, and the function that starts one."""

    what: str
    result: str
    board: Callable[[Tenant], Mapping[str, Any]]
    start: Callable[..., tuple[Run, bool]]


@dataclass(frozen=True, kw_only=True)
class Area:
    """Place of the imports into targets with a prefix.

    `base` is the template that the pages extend, with the blocks `heading` and `body`. `after` is a template shown on
    an import, with its next steps. `effect` states what approving does. `more` adds to the context of an import, and
    `not_in_file` returns what the file leaves out. `api` imports without a file. With `by_row`, a person chooses rows
    and can undo an import.
    """

    namespace: str
    prefix: str
    base: str
    after: str
    title: str
    lead: str
    file_help: str
    effect: str
    accept: str = ".csv,.txt,.tsv,.xlsx"
    by_row: bool = True
    take: Callable[..., Upload] = uploads.take_upload
    show_rows: Callable[[Upload, Sequence[ImportRow]], Sequence[ShownRow]] = show_rows
    not_in_file: Callable[[Upload], Any] | None = None
    more: Callable[[Upload], Mapping[str, Any]] = lambda upload: {}
    api: ApiSource | None = None

    def url(self, name: str, tenant: Tenant, upload: Upload | None = None) -> str:
        return reverse(f"{self.namespace}:{name}", args=[tenant.slug, *([upload.public_id] if upload else [])])

    def urls(self, tenant: Tenant, upload: Upload | None = None) -> dict[str, str]:
        """Return the addresses of the imports, or of one, by name."""
        own = ("import", "columns", "mapping", "sheet", "approve", "discard", "problems_csv")
        choices = ("rows", "resume", "undo") if self.by_row else ()
        reads = ("api_import",) if self.api else ()
        names = ("imports", "upload", *reads) if upload is None else (*own, *choices)
        return {name: self.url(name.replace("_", "-"), tenant, upload) for name in names}
