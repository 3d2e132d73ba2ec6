"""Drafts of page bindings: written, sent for review, and approved by a second person, which makes the next version.

A draft steers nothing: the website and the hand-off read `PageBinding`, whose every row is approved.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from pagetojob.claims import guard
from pagetojob.platform import states
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import Tenant, User

from .models import DraftState, PageBinding, PageDraft, TaxonomyItem
from .services import ChangedMeanwhile, MapRefused, must_be_as_seen, must_publish

OPEN = (DraftState.DRAFT, DraftState.REVIEW)
_TAKEN = "Somebody has an open draft of this page already. Change that one, or set it aside."
_MOVED = "Somebody else moved this draft meanwhile. Look at it again."
_STALE = "The page was changed meanwhile: it is version {now} now, and the draft follows version {then}. Write it anew."

Said = Mapping[str, Any]


def open_draft(tenant: Tenant, slug: str) -> PageDraft | None:
    """The draft of a page that is not decided, if there is one. One query."""
    return PageDraft.objects.filter(tenant=tenant, slug=slug, state__in=OPEN).first()


def is_stale(draft: PageDraft) -> bool:
    """Whether the page was changed since the version that a draft follows. One query."""
    present = _present(draft)
    return (present.version if present else 0) != draft.based_on


def write_draft(*, tenant: Tenant, slug: str, said: Said, actor: User, reason: str, based_on: int) -> PageDraft:
    """Begin a draft of a page's next version; `based_on` is the version it follows, 0 for a page without any.

    `said` gives every name of `PageContent.SAID`. Raises MapRefused and ChangedMeanwhile. About six statements.
    """
    draft = PageDraft(tenant=tenant, slug=slug, based_on=based_on, written_by=actor, reason=reason)
    _say(draft, said)
    present = _present(draft)
    if based_on != (present.version if present else 0):
        now = present.version if present else 0
        raise ChangedMeanwhile(f"The page was changed meanwhile: it is version {now} now. Nothing was kept yet.")
    _must_differ(draft, present)
    try:
        with transaction.atomic():
            draft.save()
            _record("titanmap.draft", draft, actor=actor, reason=reason, changes={"follows": (None, based_on)})
    except IntegrityError as error:
        if "page_draft_open_once" not in str(error):
            raise
        raise MapRefused(_TAKEN) from None
    return draft


def rewrite_draft(
    *, draft: PageDraft, said: Said, actor: User, reason: str, seen: Mapping[str, Any] | None = None
) -> PageDraft:
    """Change a draft that nobody reviews yet; whoever changes it has written it.

    `seen`: what the person saw of it, by its columns. Raises MapRefused and ChangedMeanwhile. Five statements.
    """
    with transaction.atomic():
        held = PageDraft.objects.select_for_update().get(pk=draft.pk, tenant=draft.tenant_id)
        if held.state != DraftState.DRAFT:
            raise MapRefused("Only a draft can be changed. Take it back from review first.")
        must_be_as_seen(held, seen)
        _say(held, said)
        _must_differ(held, _present(held))
        held.written_by, held.reason = actor, reason
        held.save(update_fields=[*PageDraft.SAID, "written_by", "reason"])
        _record("titanmap.rewrite_draft", held, actor=actor, reason=reason)
    return held


def send_for_review(*, draft: PageDraft, actor: User) -> PageDraft:
    """From now on a second person decides. Raises MapRefused. Four statements."""
    return _move(draft, DraftState.REVIEW, "titanmap.send_draft", actor, draft.reason)


def give_back(*, draft: PageDraft, actor: User, reason: str) -> PageDraft:
    """Back from review to be written on. Raises MapRefused. Four statements."""
    return _move(draft, DraftState.DRAFT, "titanmap.give_draft_back", actor, reason)


def set_aside(*, draft: PageDraft, actor: User, reason: str) -> PageDraft:
    """End a draft without a version. Raises MapRefused. Four statements."""
    return _move(draft, DraftState.ASIDE, "titanmap.set_draft_aside", actor, reason, decided_by=actor)


def approve_draft(*, draft: PageDraft, actor: User, reason: str) -> PageBinding:
    """Make a draft the next version of its page; it holds at once, and no waiting request is released by it.

    Raises MapRefused for who wrote it, for a draft that is not in review, for a page that was changed since, and for
    one that is bound to something retired; and while nothing is published for the tenant. About eight statements.
    """
    if actor.pk == draft.written_by_id:
        raise MapRefused("You wrote this draft. A second person has to approve it.")
    must_publish(draft.tenant)
    present = _present(draft)
    now = present.version if present else 0
    if now != draft.based_on:
        raise MapRefused(_STALE.format(now=now, then=draft.based_on))
    _must_be_active(draft)
    _must_not_claim(draft)
    said = {name: getattr(draft, name) for name in PageDraft.SAID}
    try:
        with transaction.atomic():
            binding = PageBinding.objects.create(tenant_id=draft.tenant_id, slug=draft.slug, version=now + 1, **said)
            states.move(draft, DraftState.APPROVED, decided_by=actor, became=binding.version)
            changes = {"version": (now or None, binding.version), "draft": (None, draft)}
            subject = f"titanmap.pagebinding:{binding}"
            _record("titanmap.approve_draft", draft, actor=actor, reason=reason, changes=changes, subject=subject)
    except (states.IllegalMove, states.LostRace):
        raise MapRefused(_MOVED) from None
    except IntegrityError as error:
        if "page_binding_version_once" not in str(error):
            raise
        raise MapRefused("Somebody else changed this page at the same moment. Look again.") from None
    return binding


def _move(draft: PageDraft, to: DraftState, action: str, actor: User, reason: str, **facts: Any) -> PageDraft:
    was = draft.state
    try:
        with transaction.atomic():
            states.move(draft, to, **facts)
            _record(action, draft, actor=actor, reason=reason, changes={"state": (was, to)})
    except (states.IllegalMove, states.LostRace):
        raise MapRefused(_MOVED) from None
    return draft


def _present(draft: PageDraft) -> PageBinding | None:
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, slug=draft.slug)
    return rows.select_related(*PageBinding.MAPPED).order_by("-version").first()


def _say(draft: PageDraft, said: Said) -> None:
    for name in PageDraft.SAID:
        setattr(draft, name, said[name])
    apart = {one.name for one in PageDraft._meta.fields} - {"slug", *PageDraft.SAID} | set(PageDraft.MAPPED)
    try:
        draft.clean_fields(exclude=apart)
    except ValidationError as error:
        name, sentences = next(iter(error.message_dict.items()))
        raise MapRefused(f"{name.replace('_', ' ').capitalize()}: {sentences[0]}") from None
    for role in PageDraft.MAPPED:
        one: TaxonomyItem | None = getattr(draft, role)
        if one is not None and (one.tenant_id != draft.tenant_id or one.family != role.replace("_", " ")):
            raise MapRefused(f"Choose a {role.replace('_', ' ')} of this tenant.")
    _must_be_active(draft)
    _must_not_claim(draft)
    _must_be_free(draft)


def _must_be_active(draft: PageDraft) -> None:
    retired = [one.name for role in PageDraft.MAPPED if (one := getattr(draft, role)) is not None and not one.active]
    if retired:
        raise MapRefused(f"It would be bound to what is retired: {', '.join(retired)}.")


def _must_not_claim(draft: PageDraft) -> None:
    """What visitors read says nothing that a gate holds."""
    for name in ("headline", "intro"):
        if found := guard.judge(getattr(draft, name)):
            raise MapRefused(f"The {name} claims what is not proven: “{found.phrase}”. {found.safe_wording}".rstrip())


def _must_be_free(draft: PageDraft) -> None:
    rows = PageBinding.objects.filter(tenant=draft.tenant_id, page_path=draft.page_path).exclude(slug=draft.slug)
    if (other := rows.order_by("-version").first()) is not None:
        raise MapRefused(f"The address {draft.page_path} belongs to the binding {other.slug}.")


def _must_differ(draft: PageDraft, present: PageBinding | None) -> None:
    if present and all(getattr(present, name) == getattr(draft, name) for name in PageDraft.SAID):
        raise MapRefused("Nothing differs from the version that holds now.")


def _record(
    action: str,
    draft: PageDraft,
    *,
    actor: User,
    reason: str,
    changes: Mapping[str, tuple[object, object]] | None = None,
    subject: str = "",
) -> None:
    record(action=action, subject=subject or draft, reason=reason, tenant=draft.tenant_id, actor=actor, changes=changes)
