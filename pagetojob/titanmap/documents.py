"""Import target for a whole map: items, shop facts, capacity rules and pages, each as a row.

A row's key is `part:name`; `column` is its place in the document. Items are handled like those of any other import. A
page becomes a draft in review, because only a second person can publish a version. Anything missing from the document
is left unchanged, and nothing is deleted.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pagetojob.importer.models import ImportRow, RowOutcome, Upload
from pagetojob.importer.targets import Target
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User

from . import facts, importing
from .capacity import HOLIDAYS
from .drafts import OPEN, send_for_review, set_aside, write_draft
from .models import CapacityRule, Family, PageBinding, PageDraft, ShopFacts, TaxonomyItem
from .rules import RuleRefused, propose_rule, values_of
from .selectors import newest_pages
from .services import MapRefused

SLUG = f"{importing.PREFIX}document"
SHOP, PAGE, RULE = "shop", "page", "capacity rule"
#: Order in which parts are applied: pages are bound to items of the same document, and rules refer to its pages.
PARTS = (*(family.value for family in Family), SHOP, PAGE, RULE)
_SINCE = "It was changed after the import, so it was not undone."
_MEANWHILE = "The map was changed since the preview. Import the file again."
_NO_PERSON = "No person is recorded for this import."
_WHY = "A Titan Map was imported."

Values = dict[str, Any]


def part_of(row: ImportRow) -> str:
    return row.key.partition(":")[0]


#: Handlers of a batch of items, and of one other row with its current state in the map.
_ItemsHandler = Callable[[Family, Tenant, Upload, Sequence[ImportRow]], None]
_RowHandler = Callable[[str, ImportRow, Values | None], None]


def _walk(
    tenant: Tenant,
    upload: Upload,
    rows: Sequence[ImportRow],
    *,
    handle_items: _ItemsHandler,
    handle_row: _RowHandler,
    parts: Sequence[str] = PARTS,
) -> None:
    """Process rows part by part: items in batches, others one by one. A refused row is marked as a problem."""
    for part in parts:
        group = [row for row in rows if part_of(row) == part]
        if group and part in Family.values:
            handle_items(Family(part), tenant, upload, group)
            continue
        states = _states(tenant, part) if group else {}
        for row in group:
            try:
                handle_row(part, row, states.get(row.key))
            except (MapRefused, facts.FactsRefused) as refused:
                row.outcome, row.problem = RowOutcome.PROBLEM, str(refused)


def compare(tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Set the effect of each row. Two queries per family present in the rows, and at most four more."""
    _walk(tenant, upload, rows, handle_items=importing.compare, handle_row=_judge)


def _judge(part: str, row: ImportRow, current: Values | None) -> None:
    row.before = current
    wanted = (current or {}) | row.values
    row.outcome = RowOutcome.NEW if current is None else RowOutcome.SAME if wanted == current else RowOutcome.CHANGED
    if part == SHOP:
        _read_shop(wanted)


def _states(tenant: Tenant, part: str) -> dict[str, Values]:
    """Return the current state of a part of the map, by row key."""
    if part == SHOP:
        return {f"{SHOP}:{tenant.slug}": shop_of(tenant)}
    if part == RULE:
        rules = CapacityRule.objects.filter(tenant=tenant)
        return {key_of(RULE, rule.name): values_of(rule) for rule in rules}
    return {key_of(PAGE, page.slug): state_of_page(page) for page in newest_pages(tenant)}


def key_of(part: str, name: str) -> str:
    return f"{part}:{name.lower()}"


def shop_of(tenant: Tenant) -> Values:
    """Return the shop's facts, hours and holidays, without empty ones. Two queries.

    Falls back to the phone and license numbers of the profile, which the website shows, if the facts contain none.
    """
    stored = ShopFacts.objects.filter(tenant=tenant).first()
    profile = BusinessProfile.objects.filter(tenant=tenant).first()
    result: Values = dict(stored.facts) if stored else {}
    if profile is not None:
        approved = profile.hours if stored is None or stored.pending_hours is None else stored.pending_hours
        hours = {day: spans for day, spans in approved.items() if day != HOLIDAYS and spans}
        phones = [profile.phone, *(entry["number"] for entry in profile.other_phones)]
        contact = {"phones": result.get("phones") or phones, "hours": hours}
        contact["licenses"] = result.get("licenses") or [entry["number"] for entry in profile.license_numbers]
        result |= contact | {HOLIDAYS: approved.get(HOLIDAYS)}
    return {name: value for name, value in result.items() if value not in (None, {}, [])}


def state_of_page(page: PageBinding | PageDraft) -> Values:
    """Return the content of a version, with the names of its items instead of the items."""
    content = {name: getattr(page, name) for name in PageBinding.CONTENT_FIELDS}
    return (
        {"slug": page.slug}
        | content
        | {role: item.name if (item := content[role]) else "" for role in PageBinding.MAPPED}
    )


def apply(tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Write the approved rows, part by part.

    A row whose target was changed since the preview is marked as a problem.
    """
    _walk(tenant, upload, rows, handle_items=importing.apply, handle_row=partial(_write, tenant, _asked_by(upload)))


def _asked_by(upload: Upload) -> User | None:
    return upload.run.asked_by if upload.run else None


def _write(tenant: Tenant, actor: User | None, part: str, row: ImportRow, current: Values | None) -> None:
    if row.before != current:
        raise MapRefused(_MEANWHILE)
    if actor is None:
        raise MapRefused(_NO_PERSON)
    wanted = (row.before or {}) | row.values
    if part == SHOP:
        _write_shop(tenant, wanted)
    elif part == RULE:
        rule = CapacityRule.objects.filter(tenant=tenant, name__iexact=wanted["name"]).first()
        row.subject_id = propose_rule(tenant=tenant, rule=rule, values=wanted, actor=actor, reason=_WHY).pk
    else:
        row.subject_id = _draft(tenant, wanted, actor).pk


def _read_shop(wanted: Values) -> tuple[Values, Values]:
    """Parse a shop's facts and hours. Raises FactsRefused."""
    shop_facts = facts.read_shop({name: value for name, value in wanted.items() if name in facts.SHOP})
    return shop_facts, facts.read_hours({**wanted.get("hours", {}), HOLIDAYS: wanted.get(HOLIDAYS)})


def _write_shop(tenant: Tenant, wanted: Values) -> None:
    """Store the shop's facts, and hours that differ from the public ones until they are published."""
    shop_facts, hours = _read_shop(wanted)
    public = BusinessProfile.objects.filter(tenant=tenant).values_list("hours", flat=True).first()
    if hours and public is None:
        raise RuleRefused("", "The contractor has no business profile yet. Add a phone number first.")
    pending = hours if hours != (public or {}) else None
    ShopFacts.objects.update_or_create(tenant=tenant, defaults={"facts": shop_facts, "pending_hours": pending})


def _draft(tenant: Tenant, wanted: Values, actor: User) -> PageDraft:
    content = {name: wanted.get(name, "") for name in PageBinding.CONTENT_FIELDS}
    for role in PageBinding.MAPPED:
        content[role] = _item(tenant, role.replace("_", " "), content[role])
    slug = wanted["slug"]
    newest = PageBinding.objects.filter(tenant=tenant, slug=slug).order_by("-version").first()
    based_on = newest.version if newest else 0
    draft = write_draft(tenant=tenant, slug=slug, values=content, actor=actor, reason=_WHY, based_on=based_on)
    return send_for_review(draft=draft, actor=actor)


def _item(tenant: Tenant, family: str, name: str) -> TaxonomyItem | None:
    if not name:
        return None
    item = TaxonomyItem.objects.filter(tenant=tenant, family=family, name__iexact=name).first()
    if item is None:
        raise MapRefused(f"The map has no {family} of that name.")
    return item


def undo(tenant: Tenant, upload: Upload, rows: Sequence[ImportRow]) -> None:
    """Restore the previous state; deactivate new rules and discard drafts that are not approved."""
    handle_row = partial(_take_back, tenant, _asked_by(upload))
    _walk(tenant, upload, rows, handle_items=importing.undo, handle_row=handle_row, parts=PARTS[::-1])


def _take_back(tenant: Tenant, actor: User | None, part: str, row: ImportRow, current: Values | None) -> None:
    if actor is None:
        raise MapRefused(_NO_PERSON)
    why = "An import was taken back."
    if part == PAGE:
        draft = PageDraft.objects.filter(tenant=tenant, pk=row.subject_id or 0, state__in=OPEN).first()
        if draft is None:
            raise MapRefused("Its draft has been approved or set aside since. Roll the page back manually.")
        set_aside(draft=draft, actor=actor, reason=why)
        return
    present = current or {}
    if any(present.get(name) != value for name, value in ((row.before or {}) | row.values).items()):
        raise MapRefused(_SINCE)
    if part == SHOP:
        _write_shop(tenant, row.before or {})
        return
    rule = CapacityRule.objects.get(tenant=tenant, pk=row.subject_id or 0)
    values = row.before or {"active": False}
    propose_rule(tenant=tenant, rule=rule, values=values, actor=actor, reason=why, undoes=True)


TARGET = Target(
    slug=SLUG,
    label="whole map (JSON)",
    fields=(),
    keys_of=lambda values: ("", ""),
    compare=compare,
    apply=apply,
    undo=undo,
    flag=importing.FLAG,
    batch=100,  # a page takes about twenty statements
)
