"""Import targets of the Titan Map, one per family. A row is matched by its id, else by its name.

A missing column or an empty cell changes nothing. Nothing is deleted: undoing an import retires the items that it
added.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import QuerySet

from pagetojob.importer.fields import FieldKind, FieldSpec
from pagetojob.importer.models import ImportRow, RowOutcome, Upload
from pagetojob.importer.objects import OBJECT_TYPES
from pagetojob.importer.targets import Target
from pagetojob.platform.batches import write_rows
from pagetojob.platform.tenants.models import Tenant

from . import facts
from .models import Family, TaxonomyItem, ZoneState

PREFIX = "titan-map."
FLAG = "manual-taxonomy-import"
#: Columns of an item that an import may write.
WRITABLE = ("name", "external_id", "active", "detail", "zone_state", "facts")
#: Values that a row may set directly; the status in words and the facts are handled separately.
_DIRECT = ("name", "external_id", "detail", "active", "zone_state")
_INACTIVE = "inactive"
_SINCE = "It was changed after the import, so it was not undone."

State = dict[str, Any]


def target_slug(family: str) -> str:
    return PREFIX + family.replace(" ", "-")


def family_of(slug: str) -> Family:
    return Family(slug.removeprefix(PREFIX).replace("-", " "))


def state_of(item: TaxonomyItem) -> State:
    """Return the state of an item, as stored for comparison and undo."""
    return {name: getattr(item, name) for name in WRITABLE}


def wanted_of(family: Family, values: Mapping[str, Any], present: State | None) -> State:
    """Return the state of the item after applying a row. Raises FactsRefused."""
    fresh: State = {
        "name": "", "external_id": None, "active": True, "detail": "", "facts": {},
        "zone_state": ZoneState.ACTIVE.value if family == Family.ZONE else "",
    }  # fmt: skip
    state = dict(present or fresh)
    given = {name: value for name, value in values.items() if value not in (None, [], "")}
    state |= {name: given.pop(name) for name in _DIRECT if name in given}
    if status := given.pop("status", None):
        state["active"] = status != _INACTIVE if family == Family.ZONE else status == "active"
        if family == Family.ZONE and status != _INACTIVE:
            state["zone_state"] = status
    state["facts"] = facts.read(family, {**state["facts"], **given})
    return state


@dataclass(frozen=True)
class _Existing:
    """Existing items that rows may refer to, by ServiceTitan id and by name."""

    by_id: Mapping[int, TaxonomyItem]
    by_name: Mapping[str, TaxonomyItem]

    def of(self, row: ImportRow) -> tuple[TaxonomyItem | None, TaxonomyItem | None]:
        """Return the item that a row refers to, and the item that has its name."""
        named = self.by_name.get(row.values["name"].lower())
        return self.by_id.get(row.values.get("external_id") or 0) or named, named


def _load_existing(tenant: Tenant, family: Family, rows: Sequence[ImportRow], *, lock: bool = False) -> _Existing:
    """Load the items that rows refer to.

    Runs two queries, one per index: a combined condition would scan the whole family for every batch.
    With `lock`, the items stay locked until the batch is written.
    """
    ids = {row.values["external_id"] for row in rows if row.values.get("external_id")}
    names = {row.values["name"].lower() for row in rows}
    items = TaxonomyItem.objects.filter(tenant=tenant, family=family).order_by("id")
    if lock:
        items = items.select_for_update()
    by_pk = {item.pk: item for wanted in ({"external_id__in": ids}, {"lowered__in": names})
             for item in items.filter(**wanted)}  # fmt: skip
    by_id = {item.external_id: item for item in by_pk.values() if item.external_id}
    return _Existing(by_id, {by_pk[pk].name.lower(): by_pk[pk] for pk in sorted(by_pk)})


def compare(family: Family, tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Set the effect of each row. Two queries."""
    existing = _load_existing(tenant, family, rows)
    for row in rows:
        _judge(family, row, *existing.of(row))


def _judge(family: Family, row: ImportRow, item: TaxonomyItem | None, named: TaxonomyItem | None) -> State:
    """Set the effect of a row; return the item's resulting state, or nothing if the row is a problem."""
    row.subject_id = item.pk if item else None
    row.before = state_of(item) if item else None
    if named is not None and named != item:
        return _problem(row, f"Its id belongs to another {family}, and its name is already in the map.")
    given = row.values.get("external_id")
    if item is not None and given and item.external_id and item.external_id != given:
        return _problem(row, f"The map has this {family} with another id. Ask the customer which is correct.")
    try:
        wanted = wanted_of(family, row.values, row.before)
    except facts.FactsRefused as refused:
        return _problem(row, str(refused))
    if row.before is None:
        row.outcome = RowOutcome.NEW
    else:
        row.outcome = RowOutcome.SAME if wanted == row.before else RowOutcome.CHANGED
    return wanted


def _problem(row: ImportRow, sentence: str) -> State:
    row.outcome, row.problem = RowOutcome.PROBLEM, sentence
    return {}


def apply(family: Family, tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Write the approved rows, except those whose item was changed since the preview. Four queries."""
    existing = _load_existing(tenant, family, rows, lock=True)
    fresh: list[tuple[ImportRow, TaxonomyItem]] = []
    changed: list[TaxonomyItem] = []
    for row in rows:
        shown = row.outcome, row.before
        item, named = existing.of(row)
        wanted = _judge(family, row, item, named)
        if row.outcome == RowOutcome.PROBLEM:
            continue
        if (row.outcome, row.before) != shown:
            _problem(row, "The map was changed since the preview. Import the file again.")
        elif item is None:
            fresh.append((row, TaxonomyItem(tenant=tenant, family=family, **wanted)))
        else:
            changed.append(_with(item, wanted))
    for (row, _), item in zip(fresh, TaxonomyItem.objects.bulk_create([item for _, item in fresh]), strict=True):
        row.subject_id = item.pk
    write_rows(changed, WRITABLE)


def undo(family: Family, tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Restore the previous state; retire the items that the import added. Two queries."""
    items = TaxonomyItem.objects.filter(tenant=tenant, family=family, pk__in=[row.subject_id for row in rows])
    present = {item.pk: item for item in items.order_by("id").select_for_update()}
    restored = []
    for row in rows:
        item = present.get(row.subject_id or 0)
        if item is None or state_of(item) != wanted_of(family, row.values, row.before):
            _problem(row, _SINCE)
            continue
        restored.append(_with(item, row.before or {**state_of(item), "active": False}))
    write_rows(restored, WRITABLE)


def _with(item: TaxonomyItem, state: State) -> TaxonomyItem:
    for name, value in state.items():
        setattr(item, name, value)
    return item


def missing(tenant: Tenant, upload: Upload) -> QuerySet[TaxonomyItem]:
    """Return active items of the family that no row of the file refers to. They are only listed. Runs one query.

    Uses NOT IN rather than NOT EXISTS. Until the new rows are in the planner's statistics, it expects a single row and
    joins every item with all of them. The list of NOT IN is hashed, and the largest allowed file fits in work_mem.
    """
    named = ImportRow.objects.filter(tenant=tenant, upload=upload, subject_id__isnull=False).values("subject_id")
    rows = TaxonomyItem.objects.filter(tenant=tenant, family=family_of(upload.target), active=True)
    return rows.exclude(pk__in=named).order_by("name")


def keys_of(values: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name, and the id if there is one."""
    return str(values["name"]).casefold()[:250], str(values.get("external_id") or "")


_MONEY, _DATE = FieldKind.MONEY, FieldKind.DATE
_STARTS = FieldSpec("starts", "start", ("starts", "start date", "from", "valid from", "active from"), _DATE)
_ENDS = FieldSpec("ends", "end", ("ends", "end date", "to", "expires", "expiration", "valid to", "expiry"), _DATE)
_SYNONYMS = FieldSpec("synonyms", "also called", ("synonyms", "aliases", "other names", "website name"), several=True)
_PRICE = FieldSpec("price", "price", ("member price", "sell price", "amount", "monthly price", "billing price"), _MONEY)
_CATEGORY = FieldSpec("category", "category", ("campaign category", "category name"))
_ZONE_WORDS = {
    **dict.fromkeys(("active", "yes", "true", "1", "open"), "active"),
    **dict.fromkeys(("paused", "on hold", "closed", "no demand"), "paused"),
    **dict.fromkeys(("emergency only", "emergencies only", "emergency"), "emergency only"),
    **dict.fromkeys(("expansion", "expanding", "new"), "expansion"),
    **dict.fromkeys((_INACTIVE, "no", "false", "0", "retired"), _INACTIVE),
}
_PERIOD_WORDS = {
    **dict.fromkeys(("month", "monthly", "per month"), "month"),
    **dict.fromkeys(("quarter", "quarterly"), "quarter"),
    **dict.fromkeys(("year", "yearly", "annual", "annually", "per year"), "year"),
}
_MORE: dict[Family, tuple[FieldSpec, ...]] = {
    Family.JOB_TYPE: (_SYNONYMS,),
    Family.BUSINESS_UNIT: (_SYNONYMS,),
    Family.CAMPAIGN: (_CATEGORY, _STARTS, _ENDS, _SYNONYMS),
    Family.PRICEBOOK_SERVICE: (_PRICE, FieldSpec("code", "code", ("item code", "sku", "task code")), _CATEGORY,
                               _SYNONYMS),
    Family.ZONE: (
        FieldSpec("cities", "cities", ("city", "towns", "areas", "places"), several=True),
        FieldSpec("zips", "ZIP codes", ("zips", "zip", "zip code", "postal code", "postal codes"), FieldKind.ZIP,
                  several=True),
    ),
    Family.MEMBERSHIP: (
        _PRICE,
        FieldSpec("period", "billing period", ("period", "billing frequency", "frequency", "term"), FieldKind.CHOICE,
                  choices=_PERIOD_WORDS),
        FieldSpec("discount_percent", "member discount", ("discount percent", "discount"), FieldKind.PERCENT),
        _SYNONYMS,
    ),
    Family.OFFER: (
        _PRICE,
        FieldSpec("amount_off", "amount off", ("discount amount", "dollars off", "savings"), _MONEY),
        FieldSpec("percent_off", "percent off", ("discount percent", "percentage off"), FieldKind.PERCENT),
        FieldSpec("service", "service", ("job type", "applies to")),
        _STARTS,
        _ENDS,
        _SYNONYMS,
    ),
}  # fmt: skip
_NAMED: dict[Family, tuple[str, ...]] = {
    **{Family(kind.label): kind.headings for kind in OBJECT_TYPES},
    Family.OFFER: ("offer", "offer name", "coupon", "promotion", "special"),
}


def _fields(family: Family) -> tuple[FieldSpec, ...]:
    status = (
        FieldSpec("status", "state", ("status", "zone state", "active"), FieldKind.CHOICE, choices=_ZONE_WORDS)
        if family == Family.ZONE
        else FieldSpec(
            "status", "status", ("active", "is active", "state", "enabled", f"{family} status"), FieldKind.STATUS
        )
    )
    return (
        FieldSpec("name", "name", (*_NAMED[family], "title", "display name"), required=True, longest=120),
        FieldSpec("external_id", "ServiceTitan id", ("external id", "id", f"{family} id", "st id"), FieldKind.WHOLE),
        status,
        FieldSpec("detail", "description", ("detail", "item description", "details", "memo", "notes"), cut=True),
        *_MORE[family],
    )  # fmt: skip


def _bound(act: Callable[..., None], family: Family) -> Callable[[Tenant, Upload, Sequence[ImportRow]], None]:
    return partial(act, family)


TARGETS = tuple(
    Target(
        slug=target_slug(family),
        label=f"{family.label}s",
        fields=_fields(family),
        keys_of=keys_of,
        compare=_bound(compare, family),
        apply=_bound(apply, family),
        undo=_bound(undo, family),
        flag=FLAG,
    )
    for family in _NAMED
)
