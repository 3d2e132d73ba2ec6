"""Bulk approval and rollback of the drafts of an import. Each runs in the background.

Every draft goes through the same service as a single one and gets its own audit line. A draft and the position in the
list are committed together, so a killed worker resumes without losing anything.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from pagetojob.importer.models import ImportRow, Upload
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import Ability
from pagetojob.platform.tenants.two_people import who_lost

from .documents import PAGE
from .drafts import AUTHOR, approve_draft
from .models import DraftState, PageBinding, PageDraft
from .services import MapRefused, roll_back

KIND = "titanmap.drafts"
APPROVE, BACK = "approve", "back"
STEP = 50
_MOST_REASONS = 20
_MOVED = "The drafts have changed since you opened this page. Reload it and review them again."
_BUSY = "Drafts of this contractor are already being processed. Wait until that has finished, then try again."

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Preview:
    """Effect of a bulk approval by this person.

    `lost` drafts are by people who have left or lost the role, so no one can approve them.
    `ready` drafts can be approved; `first` of them bind a page for the first time.
    `mark` identifies exactly the drafts that are ready, in their current versions.
    """

    waiting: int
    own: int
    stale: int
    ready: int
    first: int
    mark: str
    lost: int = 0


def drafts_of(upload: Upload) -> QuerySet[Any]:
    """Return the drafts created by an import, by slug, with the page's current version as `now`.

    Runs one query when evaluated.
    """
    brought = ImportRow.objects.filter(
        tenant=upload.tenant_id, upload=upload, applied=True, key__startswith=f"{PAGE}:"
    ).values("subject_id")
    versions = PageBinding.objects.filter(tenant=upload.tenant_id, slug=OuterRef("slug")).order_by("-version")
    rows = PageDraft.objects.filter(tenant=upload.tenant_id, pk__in=brought)
    return rows.annotate(now=Coalesce(Subquery(versions.values("version")[:1]), 0)).order_by("slug", "id")


def waiting(upload: Upload) -> QuerySet[Any]:
    """Return the drafts that wait for a second person. Runs one query when evaluated."""
    return drafts_of(upload).filter(state=DraftState.REVIEW)


def _lost(upload: Upload) -> set[int]:
    """Return the authors of waiting drafts who have left or lost the role. Two queries."""
    return who_lost(waiting(upload).order_by().values_list("written_by", flat=True).distinct(), AUTHOR)


def _ready(upload: Upload, actor: User, lost: Iterable[int]) -> QuerySet[Any]:
    return waiting(upload).filter(now=F("based_on")).exclude(written_by__in=[actor.pk, *lost])


def preview(upload: Upload, actor: User) -> Preview:
    """Describe what a bulk approval by this person would do. Four queries."""
    gone = _lost(upload)
    # An empty list in a filter would make Django return zero for every count.
    of_lost = {"lost": Count("id", filter=Q(written_by__in=gone))} if gone else {}
    counted = waiting(upload).aggregate(
        waiting=Count("id"),
        own=Count("id", filter=Q(written_by=actor)),
        stale=Count("id", filter=~Q(now=F("based_on"))),
        **of_lost,
    )
    drafts = list(_ready(upload, actor, gone).values_list("pk", "version", "based_on"))
    pairs = [(pk, version) for pk, version, _ in drafts]
    first = sum(not based_on for _, _, based_on in drafts)
    return Preview(**counted, ready=len(drafts), first=first, mark=_mark(pairs))


def way_back(upload: Upload) -> dict[str, Any]:
    """Describe what a rollback of all pages would do. Runs one query.

    `pages` return to their previous version, `first` have none, and `moved` were changed since.
    """
    drafts = list(
        drafts_of(upload).filter(state=DraftState.APPROVED).values_list("pk", "version", "based_on", "became", "now")
    )
    unchanged = [draft for draft in drafts if draft[3] == draft[4]]
    back = [(pk, version) for pk, version, based_on, *_ in unchanged if based_on]
    first, moved = len(unchanged) - len(back), len(drafts) - len(unchanged)
    return {"pages": len(back), "first": first, "moved": moved, "mark": _mark(back)}


def _mark(pairs: Pairs) -> str:
    return hashlib.sha256(",".join(f"{pk}:{version}" for pk, version in pairs).encode()).hexdigest()


def approve_all(*, upload: Upload, mark: str, actor: User, reason: str) -> Run:
    """Start approving exactly the drafts that a preview showed to this person. Raises MapRefused. Seven statements."""
    pairs = list(_ready(upload, actor, _lost(upload)).values_list("pk", "version"))
    if not pairs:
        raise MapRefused("You cannot approve any of these drafts. The importer needs a second person.")
    _must_be_shown(pairs, mark)
    return _start(upload, APPROVE, pairs, actor=actor, reason=reason)


def back_all(*, upload: Upload, mark: str, actor: User, reason: str) -> Run:
    """Start returning the pages of approved drafts to their previous version, unless they were changed since.

    Raises MapRefused. Five statements.
    """
    rows = drafts_of(upload).filter(state=DraftState.APPROVED, now=F("became"), based_on__gt=0)
    pairs = list(rows.values_list("pk", "version"))
    if not pairs:
        raise MapRefused("There is no page that can be rolled back.")
    _must_be_shown(pairs, mark)
    return _start(upload, BACK, pairs, actor=actor, reason=reason)


def _must_be_shown(pairs: Pairs, mark: str) -> None:
    if _mark(pairs) != mark:
        raise MapRefused(_MOVED)


def _start(upload: Upload, step: str, pairs: Pairs, *, actor: User, reason: str) -> Run:
    words = {APPROVE: "Approve", BACK: "Roll back"}[step]
    with transaction.atomic():
        run, new = start_run(
            tenant=upload.tenant,
            kind=KIND,
            params={"upload": upload.pk, "step": step, "drafts": [list(pair) for pair in pairs], "reason": reason,
                    "words": f"{words}: {len(pairs)} pages of an import"},
            actor=actor,
            reason=reason,
            total=len(pairs),
            changes={"kind": (None, KIND), "step": (None, step), "upload": (None, upload), "drafts": (None, len(pairs)),
                     "sha256": (None, _mark(pairs))},
        )  # fmt: skip
        if not new:
            raise MapRefused(_BUSY)
    return run


def last_run(upload: Upload) -> Run | None:
    """Return the newest run that processed the drafts of an import. Runs one query."""
    rows = Run.objects.filter(tenant=upload.tenant_id, kind=KIND, params__upload=upload.pk)
    return rows.order_by("-created_at", "-id").first()


def work(run: Run) -> Iterator[Progress]:
    """Handle a run. Drafts that changed since they were shown, or that the service refuses, are skipped and counted."""
    act = {APPROVE: approve_draft, BACK: _back}[run.params["step"]]
    reason = f"Run {str(run.public_id)[:8]}: {run.params['reason']}"[:500]
    pairs: Pairs = run.params["drafts"]
    while run.done < len(pairs):
        do = partial(act, actor=_approver(run), reason=reason)
        for pk, version in pairs[run.done : run.done + STEP]:
            with scope.tenant(run.tenant_id):
                progress = _process(run, pk, version, do)
        yield progress


def _approver(run: Run) -> User:
    """Return the person who started a run. Raises RunStopped if they may not approve any more. Runs one query."""
    with scope.tenant(run.tenant_id):
        actor = User.objects.get(pk=run.asked_by_id or 0)
    if not actor.can(Ability.ACT_ON_QUEUE):
        raise RunStopped("The person who started this run may not approve pages any more. Start it again.")
    return actor


def _process(run: Run, pk: int, version: int, act: Callable[..., object]) -> Progress:
    tally: dict[str, Any] = {"kept": 0, "left": {}} | (run.cursor or {})
    rows = PageDraft.objects.filter(tenant=run.tenant_id, pk=pk, version=version).select_related(*PageDraft.MAPPED)
    try:
        act(draft=_as_shown(rows.first()))
        tally["kept"] += 1
    except MapRefused as refused:
        left = dict(tally["left"])
        why = str(refused) if str(refused) in left or len(left) < _MOST_REASONS else "Other reasons."
        tally["left"] = left | {why: left.get(why, 0) + 1}
    progress = Progress(done=run.done + 1, total=run.total, cursor=tally)
    with scope.worker():
        checkpoint(run, progress)
    return progress


def _as_shown(draft: PageDraft | None) -> PageDraft:
    if draft is None:
        raise MapRefused("It has changed since the preview.")
    return draft


def _back(*, draft: PageDraft, actor: User, reason: str) -> None:
    roll_back(
        tenant=draft.tenant, slug=draft.slug, to=draft.based_on, based_on=draft.became or 0, actor=actor, reason=reason
    )
