"""View data of the workbench, computed from rows. Needs the scope of an operator or of the tenant."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Q, QuerySet

from pagetojob.platform.audit.selectors import Asked, next_lines
from pagetojob.platform.audit.services import subject_key
from pagetojob.platform.forms import typed_number
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.platform.tenants.two_people import LOST, who_lost
from pagetojob.titanmap import capacity
from pagetojob.titanmap.drafts import AUTHOR
from pagetojob.titanmap.models import DraftState, Family, PageBinding, PageContent, PageDraft, TaxonomyItem
from pagetojob.titanmap.selectors import capacity_rules, touched_by
from pagetojob.titanmap.waiting import waiting_with

from ..staged_changes import differences


def family_tabs(tenant: Tenant, chosen: str) -> list[dict[str, Any]]:
    """Return every family with its item counts. Runs one query."""
    rows = TaxonomyItem.objects.filter(tenant=tenant).values("family").order_by()
    counts = rows.annotate(total=Count("id"), active=Count("id", filter=Q(active=True)))
    counted = {row["family"]: row for row in counts}
    return [
        {"family": family.value, "total": 0, "active": 0}
        | counted.get(family.value, {})
        | {"label": f"{family.label.capitalize()}s", "chosen": chosen == family.value}
        for family in Family
    ]


def find_items(tenant: Tenant, family: str, words: str) -> QuerySet[TaxonomyItem]:
    """Return items of a family whose name, description or id matches the words. Runs one query when evaluated."""
    rows = TaxonomyItem.objects.filter(tenant=tenant, family=family)
    if words:
        matches = Q(name__icontains=words) | Q(detail__icontains=words)
        number = typed_number(words)
        rows = rows.filter(matches if number is None else matches | Q(external_id=number))
    return rows.order_by("-active", "name", "id")


def retirement_effects(item: TaxonomyItem) -> dict[str, Any]:
    """Return the pages and waiting requests that retiring an item affects. Runs three queries.

    Waiting requests are counted up to 1,001.
    """
    touched = touched_by(item)
    waiting = waiting_with(item.tenant_id, touched.versions)
    words = "1,000+" if waiting > 1_000 else f"{waiting:,}"
    return {"touched": touched, "waiting_words": words, "nothing": not touched.pages and not waiting}


def versions(pages: Sequence[PageBinding]) -> list[dict[str, Any]]:
    """Return the versions in the given order (newest first), with their differences. Runs no queries."""
    states = [_page_state(page) for page in pages]
    before = [*states[1:], {}]
    return [
        {"page": page, "changes": differences(was, now) if was else ()}
        for page, now, was in zip(pages, states, before, strict=True)
    ]


def between(pages: Sequence[PageBinding], first: str, second: str) -> list[dict[str, str]] | None:
    """Compare two versions of a page by their typed numbers. Returns None unless both exist."""
    by_number = {str(page.version): page for page in pages}
    if first not in by_number or second not in by_number:
        return None
    return differences(_page_state(by_number[first]), _page_state(by_number[second]))


def draft_changes(draft: PageDraft) -> list[dict[str, str]]:
    """Return the differences between a draft and the version it is based on; everything, for a first draft.

    Runs one query.
    """
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, slug=draft.slug, version=draft.based_on)
    followed = rows.select_related(*PageBinding.MAPPED).first()
    return differences(_page_state(followed) if followed else {}, _page_state(draft))


def shown_drafts(drafts: Sequence[PageDraft], actor: User) -> list[dict[str, Any]]:
    """Return drafts annotated with `now`, with their changes. Runs two queries for all.

    `why_not` explains why this user cannot approve a draft; empty if they can.
    """
    slugs = {draft.slug for draft in drafts}
    rows = PageBinding.objects.filter(tenant__in={draft.tenant_id for draft in drafts}, slug__in=slugs)
    lost = who_lost((draft.written_by_id for draft in drafts), AUTHOR)
    states = {(page.slug, page.version): _page_state(page) for page in rows.select_related(*PageBinding.MAPPED)}
    return [
        {
            "draft": draft,
            "changes": differences(states.get((draft.slug, draft.based_on), {}), _page_state(draft)),
            "why_not": _why_not(draft, actor, lost),
        }
        for draft in drafts
    ]


def authors_in_review(tenant: Tenant) -> list[dict[str, Any]]:
    """Return the people whose drafts are in review, with their number and whether they lost the role. Two queries."""
    rows = PageDraft.objects.filter(tenant=tenant, state=DraftState.REVIEW).order_by("written_by__name", "written_by")
    people = rows.values("written_by", "written_by__name", "written_by__public_id").annotate(count=Count("pk"))
    lost = who_lost((row["written_by"] for row in people), AUTHOR)
    return [
        {
            "name": row["written_by__name"],
            "public_id": row["written_by__public_id"],
            "count": row["count"],
            "has_lost": row["written_by"] in lost,
        }
        for row in people
    ]


def _why_not(draft: PageDraft, actor: User, lost: Collection[int]) -> str:
    if draft.written_by_id == actor.pk:
        return "You imported it, so another person has to approve it."
    if draft.written_by_id in lost:
        return LOST
    stale = getattr(draft, "now", draft.based_on) != draft.based_on
    return "The page has changed since. Discard this draft and import again." if stale else ""


def history(tenant: Tenant, subject: models.Model | str) -> list[dict[str, Any]]:
    """Return the last 30 audited actions on a row, newest first, each with the person. Runs five queries."""
    lines = next_lines(Asked(tenant_id=tenant.pk, subject=subject_key(subject)), None, 30)
    people = dict(
        User.objects.filter(pk__in={line.entry.actor_id for line in lines}).order_by("pk").values_list("pk", "name")
    )
    return [{"line": line, "who": people.get(line.entry.actor_id or 0, line.entry.actor_label)} for line in lines]


def _page_state(page: PageContent) -> dict[str, Any]:
    mapped = {
        role.replace("_", " "): (item.name if (item := getattr(page, role)) else "") for role in PageBinding.MAPPED
    }
    return {
        "path": page.page_path,
        "our name": page.label,
        "kind": page.get_kind_display(),
        "headline": page.headline,
        "text": page.intro,
        **mapped,
    }


def evaluate_rules(
    tenant: Tenant, *, page: PageBinding | None, urgency: str, zone_state: str, local: datetime
) -> dict[str, Any]:
    """Evaluate the capacity rules exactly as the website does. Runs two queries.

    Returns the choice that a visitor would see, and each rule with whether it decides and its unmet conditions.
    """
    rules = list(capacity_rules(tenant))
    choice = capacity.choose(
        rules,
        page_slug=page.slug if page else "",
        urgency=urgency,
        local=local,
        hours=BusinessProfile.of(tenant.pk).hours,
        zone_state=zone_state,
    )
    lines = [
        {"rule": rule, "decides": rule.name == choice.rule, "unmet": capacity.unmet(rule, choice.inputs, local.date())}
        for rule in rules
    ]
    return {"choice": choice, "lines": lines}
