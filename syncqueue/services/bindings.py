"""Corrections of page bindings: a new version, one item released with it, then a run that releases the others.

A version is never edited. Requests keep the version they came with, except those that are released.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from pagetojob.gates.services import why_off
from pagetojob.platform import states
from pagetojob.platform.audit.services import record, record_change
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, start_run
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import PageBinding, TaxonomyItem
from pagetojob.titanmap.services import BINDINGS, publish_bound_items
from syncqueue.leads.models import BookingRequest

from ..binding_blocked import Page, Verdict, items_blocked_by, lacking, missing_by_item, page_of, roles_of, verdict_on
from ..bulk_list import MOST
from ..errors import QueueError
from ..item_actions import OF_THE_BINDING
from ..models import State, SyncItem
from .bulk import asker_of, frozen, list_hash, reason_of, walk
from .operate import requeue, require_can_act

RELEASE = "syncqueue.release"
#: Causes found by the worker for an item that passed the dry run: reasons to stop.
_WENT_WRONG = (*OF_THE_BINDING, "own-fault")
_TRIED = 50
_CHANGED = "Someone else has changed it."
_NO_PAGE = "This item has no booking request, so no page binding blocks it."


@dataclass(frozen=True)
class Corrected:
    """The binding that is now current, and the one item that was released with it, if any waited."""

    binding: PageBinding
    first: SyncItem | None


def correct_binding(
    *, item: SyncItem, actor: User, chosen: Mapping[str, TaxonomyItem | None], based_on: int, reason: str
) -> Corrected:
    """Create the next version of the binding of an item's page, and release one item with it.

    `chosen` maps each role of `PageBinding.MAPPED` to an item of the tenant's map or None; `based_on` is the version
    that the person saw, 0 for none. If nothing changes, no version is created and the present one is used. Releases
    `item` if it waits for the binding, else the oldest item that does. Does both or neither. Raises QueueError if the
    binding would still lack something, if no item would pass with it, if someone else was faster, or if no version is
    published for the tenant. About thirteen statements.
    """
    require_can_act(actor)
    page = _page(item)
    if page.version != based_on:
        raise QueueError(
            f"Someone else has corrected this binding: it is version {page.version} now. "
            "Review it below and decide again."
        )
    _must_fit(page, chosen)
    conflict = QueueError(
        "Someone else corrected this binding at the same time. Review their version and decide again."
    )
    try:
        with raise_on_conflict(conflict, "page_binding_version_once"):
            binding = _next_version(page, chosen, item=item, actor=actor, reason=reason)
            first = _first_to_pass(item, page, chosen)
            if first is not None:
                _release(first, binding, actor=actor, reason=reason)
    except states.LostRace:
        raise QueueError(
            "Someone else has changed the item. Nothing was saved. Reload the page and decide again."
        ) from None
    return Corrected(binding, first)


def why_no_version(tenant: Tenant) -> str:
    """Return why no version of a binding can be created now, for the pages that lead to it; empty if it can. One
    query.
    """
    why = why_off(BINDINGS, tenant)
    return f"{why} No new version of a binding is created until then." if why else ""


def start_release(*, item: SyncItem, actor: User, reason: str) -> tuple[Run, bool]:
    """Start a run that releases the items that still wait for the binding of an item's page, oldest first.

    `item` must have shown that the binding is right. Returns the run and whether it is new, because one may be running
    already. At most 5,000 items per run. Raises QueueError if there is no proof or nothing waits.
    """
    require_can_act(actor)
    page = _page(item)
    if page.present is None or verdict_on(item, page) != Verdict.PASSES:
        raise QueueError("This item has not confirmed yet that the corrected binding works. Wait, or check the item.")
    ids = list(items_blocked_by(page).values_list("pk", flat=True)[:MOST])
    if not ids:
        raise QueueError("No items wait for this binding any more.")
    return start_run(
        tenant=item.tenant,
        kind=RELEASE,
        params=frozen(ids, actor=actor, reason=reason)
        | {"binding": page.present.pk, "words": f"Release with {page.present}", "first": str(item.public_id)},
        actor=actor,
        reason=reason,
        total=len(ids),
        changes={"kind": (None, RELEASE), "items": (None, len(ids)), "sha256": (None, list_hash(ids))},
    )


def release_rest(run: Run) -> Iterator[Progress]:
    """Handle the run: release each item that still waits and passes; the first failure stops the run.

    Skips items that a person changed in the meantime. Stops at an envelope that would lack something, at a released
    item that failed after all, and at a binding that was corrected again.
    """
    actor, reason = asker_of(run), reason_of(run)
    yield from walk(run, partial(_release_next, run, actor, reason), check=partial(_stop_if_it_went_wrong, run))


def _stop_if_it_went_wrong(run: Run) -> None:
    """Raise RunStopped if the binding is not the newest any more, or if an item that the run released has failed."""
    binding = PageBinding.objects.get(tenant=run.tenant_id, pk=run.params["binding"])
    newest = PageBinding.objects.filter(tenant=run.tenant_id, slug=binding.slug).order_by("-version").first()
    if newest != binding:
        raise RunStopped(
            f"The binding was corrected again: it is {newest} now. Release the items with that version instead."
        )
    released = SyncItem.objects.filter(tenant=run.tenant_id, pk__in=run.params["ids"][: run.done], binding=binding)
    stopped = released.filter(state__in=(State.BLOCKED, State.NEEDS_REVIEW), cause__in=_WENT_WRONG)
    if wrong := stopped.select_related("lead").first():
        raise RunStopped(f"{_code(wrong)} was released and then failed: {wrong.last_error} The other items still wait.")


def _release_next(run: Run, actor: User, reason: str, pk: int) -> None:
    """Release one item. Raises QueueError if it changed, and RunStopped if its envelope would lack something."""
    waiting = SyncItem.objects.filter(tenant=run.tenant_id, state=State.BLOCKED, cause__in=OF_THE_BINDING)
    item = waiting.select_related("lead", "binding", "tenant").filter(pk=pk).first()
    if item is None:
        raise QueueError(_CHANGED)
    bindings = PageBinding.objects.select_related(*PageBinding.MAPPED)
    binding = bindings.get(tenant=run.tenant_id, pk=run.params["binding"])
    if lacks := missing_by_item([item], roles_of(binding)).get(item.pk):
        raise RunStopped(f"{_code(item)} would still be blocked: {' '.join(lacks)} It and the other items still wait.")
    try:
        _release(item, binding, actor=actor, reason=reason)
    except states.LostRace:
        raise QueueError(_CHANGED) from None


def _page(item: SyncItem) -> Page:
    page = page_of(item)
    if page is None:
        raise QueueError(_NO_PAGE)
    if not page.can_be_bound:
        raise QueueError("The page address of this request does not belong to one of our sites, so it cannot be bound.")
    return page


def _must_fit(page: Page, chosen: Mapping[str, TaxonomyItem | None]) -> None:
    for role in PageBinding.MAPPED:
        item = chosen.get(role)
        if item is None or item == page.chosen[role]:
            continue
        if item.tenant_id != page.tenant_id or item.family != role.replace("_", " ") or not item.active:
            raise QueueError(f"Choose an active {role.replace('_', ' ')} of this contractor.")
    if lacks := lacking(chosen):
        raise QueueError(f"A booking still needs: {', '.join(lacks)}. Choose one for each.")


def _next_version(
    page: Page, chosen: Mapping[str, TaxonomyItem | None], *, item: SyncItem, actor: User, reason: str
) -> PageBinding:
    roles = {role: chosen.get(role) for role in PageBinding.MAPPED}
    changed = {role: choice for role, choice in roles.items() if choice != page.chosen[role]}
    if page.present and not changed:
        return page.present
    if why := why_no_version(item.tenant):
        raise QueueError(why)
    slug = page.slug
    if PageBinding.objects.filter(tenant=page.tenant_id, slug=slug).exclude(page_path=page.path).exists():
        # Two paths give one slug. A binding of this path that was just created must conflict with this one.
        slug = f"{slug[:70]}-{hashlib.sha256(page.path.encode()).hexdigest()[:8]}"
    values: dict[str, object] = {"slug": slug, "page_path": page.path, "label": page.path}
    if page.present:
        apart = {"id", "version", "created_at", "tenant", *PageBinding.MAPPED}
        fields = [field.name for field in PageBinding._meta.concrete_fields if field.name not in apart]
        values = {name: getattr(page.present, name) for name in fields}
    binding = PageBinding.objects.create(tenant_id=page.tenant_id, version=page.version + 1, **values, **roles)
    publish_bound_items(binding)
    record(
        action="syncqueue.correct_binding",
        subject=f"titanmap.pagebinding:{binding}",
        reason=reason,
        tenant=page.tenant_id,
        actor=actor,
        changes={
            "version": (page.version or None, binding.version),
            "asked_at": (None, item),
            **{role: (_name(page.chosen[role]), _name(choice)) for role, choice in changed.items()},
        },
    )
    return binding


def _first_to_pass(item: SyncItem, page: Page, chosen: Mapping[str, TaxonomyItem | None]) -> SyncItem | None:
    waiting = items_blocked_by(page).select_related("lead", "binding")
    candidates = [*waiting.filter(pk=item.pk), *waiting.exclude(pk=item.pk)[:_TRIED]]
    lacks = missing_by_item(candidates, chosen)
    for candidate in candidates:
        if not lacks.get(candidate.pk):
            return candidate
    if candidates:
        raise QueueError(f"No request would pass with this binding: {' '.join(lacks[candidates[0].pk])}")
    return None


def _release(item: SyncItem, binding: PageBinding, *, actor: User, reason: str) -> None:
    """Give one item and its request the binding, and queue the item. Raises LostRace. Five statements."""
    before, bound_to = item.state, item.binding and str(item.binding)
    with transaction.atomic():
        requeue(item, binding=binding)
        BookingRequest.objects.filter(tenant=item.tenant_id, lead=item.lead_id).update(binding=binding)
        changes = {"state": (before, item.state), "binding": (bound_to, str(binding))}
        record_change("syncqueue.release", item, actor=actor, reason=reason, **changes)


def _name(item: TaxonomyItem | None) -> str | None:
    return item.name if item else None


def _code(item: SyncItem) -> str:
    return item.lead.spoken_code if item.lead else str(item.public_id)
