"""What the pages of the workbench show, computed from rows. Needs the scope of an operator or of the tenant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet

from pagetojob.importer.models import ImportRow
from pagetojob.platform.audit.selectors import Asked, Line, next_lines
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.titanmap import capacity, documents
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, PageContent, PageDraft, TaxonomyItem
from pagetojob.titanmap.selectors import Touched, capacity_rules, touched_by
from syncqueue.selectors.bindings import waiting_with

from ..staged_changes import Difference, changes_of, differences

A_PAGE = 50


@dataclass(frozen=True)
class FamilyTab:
    family: str
    label: str
    active: int
    total: int
    chosen: bool


def family_tabs(tenant: Tenant, chosen: str) -> list[FamilyTab]:
    """Every family with how many items it has. One query."""
    rows = TaxonomyItem.objects.filter(tenant=tenant).values("family")
    counted = {
        row["family"]: (row["active"], row["total"])
        for row in rows.annotate(total=Count("id"), active=Count("id", filter=Q(active=True))).order_by()
    }
    return [
        FamilyTab(one.value, f"{one.label.capitalize()}s", *counted.get(one.value, (0, 0)), chosen == one.value)
        for one in Family
    ]


def items_found(tenant: Tenant, family: str, words: str) -> QuerySet[TaxonomyItem]:
    """Items of a family whose name, description or id has the words in it. One query when read."""
    rows = TaxonomyItem.objects.filter(tenant=tenant, family=family)
    if words:
        found = Q(name__icontains=words) | Q(detail__icontains=words)
        rows = rows.filter(found | Q(external_id=int(words)) if words.isdecimal() and len(words) < 19 else found)
    return rows.order_by("-active", "name", "id")


@dataclass(frozen=True)
class Radius:
    """What retiring an item touches. `waiting` stops at 1,001."""

    touched: Touched
    waiting: int

    @property
    def waiting_words(self) -> str:
        return "1,000+" if self.waiting > 1_000 else f"{self.waiting:,}"

    @property
    def nothing(self) -> bool:
        return not self.touched.pages and not self.waiting


def radius_of(item: TaxonomyItem) -> Radius:
    """Three queries."""
    touched = touched_by(item)
    return Radius(touched, waiting_with(item.tenant_id, touched.versions))


@dataclass(frozen=True)
class ShownRow:
    """A staged row as its page shows it; `changes` is empty for one that would change nothing."""

    row: ImportRow
    name: str
    changes: Sequence[Difference]


def shown_rows(target: str, rows: Iterable[ImportRow]) -> list[ShownRow]:
    """Rows with what each would change in the map. No query."""
    whole = target == documents.SLUG
    return [
        ShownRow(row, row.key if whole else str(row.values.get("name", "")), changes_of(row, target)) for row in rows
    ]


@dataclass(frozen=True)
class Version:
    """One version of a page, and how it differs from the one before it."""

    page: PageBinding
    changes: Sequence[Difference]


def versions(pages: Sequence[PageBinding]) -> list[Version]:
    """Newest first, as given. No query."""
    states = [_page_state(page) for page in pages]
    before = [*states[1:], {}]
    return [
        Version(page, differences(was, now) if was else ())
        for page, now, was in zip(pages, states, before, strict=True)
    ]


def between(pages: Sequence[PageBinding], first: str, second: str) -> list[Difference] | None:
    """What differs from one version of a page to another, by their numbers as typed; None without two of them."""
    by_number = {str(page.version): page for page in pages}
    if first not in by_number or second not in by_number:
        return None
    return differences(_page_state(by_number[first]), _page_state(by_number[second]))


def draft_changes(draft: PageDraft) -> list[Difference]:
    """What a draft says differently from the version it follows; all it says, for a first one. One query."""
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, slug=draft.slug, version=draft.based_on)
    followed = rows.select_related(*PageBinding.MAPPED).first()
    return differences(_page_state(followed) if followed else {}, _page_state(draft))


@dataclass(frozen=True)
class ShownDraft:
    """A draft in a list: what it would change, and why it cannot be approved by who looks; empty if it can."""

    draft: PageDraft
    changes: Sequence[Difference]
    why_not: str


def shown_drafts(drafts: Sequence[PageDraft], actor: User) -> list[ShownDraft]:
    """Drafts with `now`, with what each would change. One query for all."""
    slugs = {draft.slug for draft in drafts}
    rows = PageBinding.objects.filter(tenant__in={draft.tenant_id for draft in drafts}, slug__in=slugs)
    states = {(page.slug, page.version): _page_state(page) for page in rows.select_related(*PageBinding.MAPPED)}
    return [
        ShownDraft(one, differences(states.get((one.slug, one.based_on), {}), _page_state(one)), _why_not(one, actor))
        for one in drafts
    ]


def _why_not(draft: PageDraft, actor: User) -> str:
    if draft.written_by_id == actor.pk:
        return "You brought it, so somebody else has to approve it."
    stale = getattr(draft, "now", draft.based_on) != draft.based_on
    return "The page was changed since. Set it aside, and import again." if stale else ""


@dataclass(frozen=True)
class Past:
    """One act in the history of a row: what, by whom, when, why, and what it changed."""

    line: Line
    who: str


def history(tenant: Tenant, subject: models.Model | str) -> list[Past]:
    """The last 30 acts on a row, newest first, from the audit log. Five queries."""
    lines = next_lines(Asked(tenant_id=tenant.pk, subject=subject_key(subject)), None, 30)
    people = dict(
        User.objects.filter(pk__in={line.entry.actor_id for line in lines}).order_by("pk").values_list("pk", "name")
    )
    return [Past(line, people.get(line.entry.actor_id or 0, line.entry.actor_label)) for line in lines]


def _page_state(page: PageContent) -> dict[str, Any]:
    mapped = {role.replace("_", " "): (one.name if (one := getattr(page, role)) else "") for role in PageBinding.MAPPED}
    return {
        "path": page.page_path,
        "our name": page.label,
        "kind": page.get_kind_display(),
        "headline": page.headline,
        "text": page.intro,
        **mapped,
    }


@dataclass(frozen=True)
class RuleLine:
    """A rule as the tester shows it: whether it decides, and which of its conditions do not hold."""

    rule: CapacityRule
    decides: bool
    unmet: Sequence[str]


@dataclass(frozen=True)
class Tested:
    """What a visitor would see, and why."""

    choice: capacity.Choice
    lines: Sequence[RuleLine]


def tested(tenant: Tenant, *, page: PageBinding | None, urgency: str, zone_state: str, local: datetime) -> Tested:
    """Ask the same rules in the same way as the website does. Two queries."""
    rules = list(capacity_rules(tenant))
    profile = BusinessProfile.objects.filter(tenant=tenant).first()
    choice = capacity.choose(
        rules,
        page_slug=page.slug if page else "",
        urgency=urgency,
        local=local,
        hours=profile.hours if profile else {},
        zone_state=zone_state,
    )
    return Tested(
        choice,
        [RuleLine(rule, rule.name == choice.rule, capacity.unmet(rule, choice.inputs, local.date())) for rule in rules],
    )
