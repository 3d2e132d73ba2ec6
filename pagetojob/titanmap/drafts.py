"""Drafts of page bindings: written, sent for review, and approved by a second person to become the next version.

Drafts have no effect: the website and the handoff read `PageBinding`, where every row is approved.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from pagetojob.claims.selectors import first_overclaim
from pagetojob.platform import states
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import why_request_lost

from .models import DraftState, PageBinding, PageDraft, TaxonomyItem
from .services import (
    ChangedMeanwhile,
    MapRefused,
    must_be_as_seen,
    must_be_publishable,
    must_publish,
    publish_bound_items,
    raise_on_version_conflict,
)

OPEN = (DraftState.DRAFT, DraftState.REVIEW)
#: The ability that the author of a draft still needs when it is approved.
AUTHOR = Ability.SET_UP
_TAKEN = "This page already has an open draft. Change that draft or set it aside."
_MOVED = "Someone else changed this draft in the meantime. Reload it and try again."
_STALE = "The page has changed: its version is now {now}, but the draft is based on version {then}. Write a new draft."

Content = Mapping[str, Any]


def open_draft(tenant: Tenant, slug: str) -> PageDraft | None:
    """Return the open draft of a page, if there is one. Runs one query."""
    return PageDraft.objects.filter(tenant=tenant, slug=slug, state__in=OPEN).first()


def is_stale(draft: PageDraft) -> bool:
    """Return whether the page was changed since the version that a draft is based on. Runs one query."""
    present = _present(draft)
    return (present.version if present else 0) != draft.based_on


def write_draft(*, tenant: Tenant, slug: str, values: Content, actor: User, reason: str, based_on: int) -> PageDraft:
    """Create a draft of a page's next version. `based_on` is the version it follows, 0 for a new page.

    `values` has one for each of `CONTENT_FIELDS`. Raises MapRefused and ChangedMeanwhile. About six statements.
    """
    draft = PageDraft(tenant=tenant, slug=slug, based_on=based_on, written_by=actor, reason=reason)
    _fill(draft, values)
    present = _present(draft)
    if based_on != (present.version if present else 0):
        now = present.version if present else 0
        raise ChangedMeanwhile(f"The page has changed: its version is now {now}. Nothing has been saved.")
    _must_differ(draft, present)
    with raise_on_conflict(MapRefused(_TAKEN), "page_draft_open_once"):
        draft.save()
        record_change("titanmap.draft", draft, actor=actor, reason=reason, follows=(None, based_on))
    return draft


def rewrite_draft(
    *, draft: PageDraft, values: Content, actor: User, reason: str, seen: Mapping[str, Any] | None
) -> PageDraft:
    """Change a draft that is not in review. The person who changes it becomes its author.

    `seen` holds the values that the person saw, by column. Raises MapRefused and ChangedMeanwhile. Five statements.
    """
    with transaction.atomic():
        locked = PageDraft.objects.select_for_update().get(pk=draft.pk, tenant=draft.tenant_id)
        if locked.state != DraftState.DRAFT:
            raise MapRefused("A draft in review cannot be changed. Return it to editing first.")
        must_be_as_seen(locked, seen)
        _fill(locked, values)
        _must_differ(locked, _present(locked))
        locked.written_by, locked.reason = actor, reason
        locked.save(update_fields=[*PageDraft.CONTENT_FIELDS, "written_by", "reason"])
        record_change("titanmap.rewrite_draft", locked, actor=actor, reason=reason)
    return locked


def send_for_review(*, draft: PageDraft, actor: User) -> PageDraft:
    """Send a draft to a second person for review. If its author has left or lost the role, `actor` takes it over.

    Raises MapRefused, also while publishing is off for the tenant: no one reviews what cannot be approved. Seven
    statements.
    """
    must_publish(draft.tenant)
    with transaction.atomic():
        # Locked, so that no one becomes its author in between, who could then approve it as a second person.
        rows = PageDraft.objects.select_for_update().filter(pk=draft.pk, tenant=draft.tenant_id)
        author_id = rows.values_list("written_by", flat=True).get()
        author = {"written_by": actor} if why_request_lost(author_id, AUTHOR) else {}
        return _move(draft, DraftState.REVIEW, "titanmap.send_draft", actor, draft.reason, **author)


def give_back(*, draft: PageDraft, actor: User, reason: str) -> PageDraft:
    """Return a draft from review to editing. Raises MapRefused. Four statements."""
    return _move(draft, DraftState.DRAFT, "titanmap.give_draft_back", actor, reason)


def in_review_by(tenant: Tenant, author: User) -> list[PageDraft]:
    """Return the drafts of a person that wait for a second person, by page. Runs one query."""
    return list(PageDraft.objects.filter(tenant=tenant, state=DraftState.REVIEW, written_by=author).order_by("slug"))


def give_back_all(*, tenant: Tenant, author: User, seen: str, actor: User, reason: str) -> int:
    """Return every draft of a person from review to editing, and return how many.

    `seen` is `mark_of_all` of the drafts that the page listed. Raises MapRefused if they are others now; then none is
    returned. Four statements each.
    """
    with transaction.atomic():
        drafts = in_review_by(tenant, author)
        if not drafts or mark_of_all(drafts) != seen:
            raise MapRefused("The drafts have changed since you opened this page. Check the list and try again.")
        for draft in drafts:
            give_back(draft=draft, actor=actor, reason=reason)
    return len(drafts)


def mark_of_all(drafts: Iterable[PageDraft]) -> str:
    return hashlib.sha256("".join(mark_of(draft) for draft in drafts).encode()).hexdigest()


def set_aside(*, draft: PageDraft, actor: User, reason: str) -> PageDraft:
    """Discard a draft. Raises MapRefused. Four statements."""
    return _move(draft, DraftState.ASIDE, "titanmap.set_draft_aside", actor, reason, decided_by=actor)


def approve_draft(*, draft: PageDraft, actor: User, reason: str) -> PageBinding:
    """Publish a draft as the next version of its page. It takes effect at once and releases no waiting requests.

    Raises MapRefused if the actor wrote it and the website is public, if it is not in review, if the page was changed
    since, if it is bound to a retired item, if a text must not be published, or if publishing is off for the tenant.
    About eight statements.
    """
    if refused := why_not_second(draft, actor):
        raise MapRefused(refused)
    must_publish(draft.tenant)
    present = _present(draft)
    now = present.version if present else 0
    if now != draft.based_on:
        raise MapRefused(_STALE.format(now=now, then=draft.based_on))
    _must_be_active(draft)
    must_be_publishable(draft)
    content = {name: getattr(draft, name) for name in PageDraft.CONTENT_FIELDS}
    try:
        with raise_on_version_conflict():
            binding = PageBinding.objects.create(tenant_id=draft.tenant_id, slug=draft.slug, version=now + 1, **content)
            publish_bound_items(binding)
            states.move(draft, DraftState.APPROVED, decided_by=actor, became=binding.version)
            record(
                action="titanmap.approve_draft", subject=f"titanmap.pagebinding:{binding}", reason=reason,
                tenant=draft.tenant_id, actor=actor,
                changes={"version": (now or None, binding.version), "draft": (None, draft)},
            )  # fmt: skip
    except (states.IllegalMove, states.LostRace):
        raise MapRefused(_MOVED) from None
    return binding


def why_not_second(draft: PageDraft, actor: User) -> str:
    """Return why `actor` cannot be the second person of a draft. Runs one query.

    Its author can be while the website is not public.
    """
    if actor.pk == draft.written_by_id:
        return "" if is_hidden(draft.tenant_id) else "You wrote this draft. A second person has to approve it."
    return why_request_lost(draft.written_by_id, AUTHOR)


def mark_of(draft: PageDraft) -> str:
    """Return a hash that identifies a draft as a page shows it: its state, its texts and what it is bound to."""
    shown = [str(draft.public_id), draft.version, draft.based_on, draft.reason, draft.written_by_id]
    values = [getattr(draft, f"{name}_id" if name in PageDraft.MAPPED else name) for name in PageDraft.CONTENT_FIELDS]
    return hashlib.sha256(json.dumps([*shown, *values]).encode()).hexdigest()


def approve_as_seen(*, draft: PageDraft, seen: str, actor: User, reason: str) -> PageBinding:
    """Publish a draft that is as the approver saw it. `seen` is its mark on the page. Raises MapRefused.

    Otherwise its author could return it, write another text and send it again, while the page of the first text is
    open.
    """
    if mark_of(draft) != seen:
        raise MapRefused(_MOVED)
    return approve_draft(draft=draft, actor=actor, reason=reason)


def is_hidden(tenant_id: int) -> bool:
    """Return whether no visitor can see the website, so that an author may approve drafts. Runs one query."""
    return Tenant.objects.filter(pk=tenant_id, state__in=(Lifecycle.DRAFT, Lifecycle.PREVIEW)).exists()


def _move(draft: PageDraft, to: DraftState, action: str, actor: User, reason: str, **facts: Any) -> PageDraft:
    was = draft.state
    try:
        with transaction.atomic():
            states.move(draft, to, **facts)
            record_change(action, draft, actor=actor, reason=reason, state=(was, to))
    except (states.IllegalMove, states.LostRace):
        raise MapRefused(_MOVED) from None
    return draft


def _present(draft: PageDraft) -> PageBinding | None:
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, slug=draft.slug)
    return rows.select_related(*PageBinding.MAPPED).order_by("-version").first()


def _fill(draft: PageDraft, content: Content) -> None:
    for name in PageDraft.CONTENT_FIELDS:
        setattr(draft, name, content[name])
    apart = {item.name for item in PageDraft._meta.fields} - {"slug", *PageDraft.CONTENT_FIELDS} | set(PageDraft.MAPPED)
    try:
        draft.clean_fields(exclude=apart)
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        raise MapRefused(f"{name.replace('_', ' ').capitalize()}: {sentences[0]}") from None
    for role in PageDraft.MAPPED:
        item: TaxonomyItem | None = getattr(draft, role)
        if item is not None and (item.tenant_id != draft.tenant_id or item.family != role.replace("_", " ")):
            raise MapRefused(f"Choose a {role.replace('_', ' ')} of this contractor.")
    _must_be_active(draft)
    _must_not_claim(draft)
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, page_path=draft.page_path).exclude(slug=draft.slug)
    if (other := rows.order_by("-version").first()) is not None:
        raise MapRefused(f"The address {draft.page_path} belongs to the binding {other.slug}.")


def _must_be_active(draft: PageDraft) -> None:
    retired = [item.name for role in PageDraft.MAPPED if (item := getattr(draft, role)) is not None and not item.active]
    if retired:
        raise MapRefused(f"It would be bound to retired items: {', '.join(retired)}.")


def _must_not_claim(draft: PageDraft) -> None:
    """Reject visitor text that asserts a gated claim."""
    for name in ("headline", "intro"):
        if claim := first_overclaim(getattr(draft, name)):
            raise MapRefused(f"The {name} makes an unproven claim: “{claim.phrase}”. {claim.safe_wording}".rstrip())


def _must_differ(draft: PageDraft, present: PageBinding | None) -> None:
    if present and all(getattr(present, name) == getattr(draft, name) for name in PageDraft.CONTENT_FIELDS):
        raise MapRefused("Nothing differs from the current version.")
