"""Links a tenant's leads and jobs in a run: read, link, write. Runs do not overlap and are safe to repeat."""

import datetime as dt
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now

from pagetojob.platform.postgresql.locks import try_lock, wait_for_lock
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.scratch import private_folder
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead

from ..errors import AttributionError
from ..linkage import answers, model
from ..linkage.answers import Answer
from ..linkage.errors import LinkageError
from ..models import (
    DEFAULT_WINDOW_DAYS,
    LINK,
    Job,
    Label,
    Link,
    LinkRun,
    LinkSettings,
    Verdict,
    current_decisions,
    finished_runs,
    interrupted_runs,
)
from . import inputs
from .inputs import MARKED_OUT

if TYPE_CHECKING:
    from ..linkage import pipeline

_STEPS = 3
_UNCHANGED = "Nothing has been changed."
_PARTLY = "Only a part of the links has been written. Start the linking again."
#: Leads or jobs per part. Small enough to finish within a task's time limit on a busy machine.
PART = 10_000


def start_linking(*, tenant: Tenant, actor: User | str, reason: str, whole: bool = False) -> tuple[Run, bool]:
    """Request a linking; return its run and whether it is new. A run that is still open is returned unchanged.

    Links only what changed since the last run, unless `whole` is set or the window or the model changed. Call in the
    operator's or the tenant's scope.
    """
    params = {"whole": whole, "words": "Link requests to jobs" + (" (all of them)" if whole else "")}
    return start_run(tenant=tenant, kind=LINK, params=params, actor=actor, reason=reason, total=_STEPS)


def window_of(tenant: Tenant) -> int:
    """Return the attribution window in days. Makes one query, in a scope that sees the tenant."""
    chosen = LinkSettings.objects.filter(tenant=tenant).values_list("window_days", flat=True).first()
    return DEFAULT_WINDOW_DAYS if chosen is None else chosen


def model_of(tenant: Tenant) -> model.Model:
    """Return the tenant's model: the shipped one with the tenant's window and, if applied, its own weights.

    Weights estimated from another version of the shipped model are ignored. Makes one query, in a scope that sees the
    tenant.
    """
    shipped = model.read()
    chosen = LinkSettings.objects.filter(tenant=tenant).select_related("estimate").first()
    if chosen is None:
        return shipped.with_window(DEFAULT_WINDOW_DAYS)
    used, own = shipped.with_window(chosen.window_days), chosen.estimate
    if own is None or own.base_sha256 != shipped.sha256:
        return used
    return replace(used, weights=own.weights, labels=own.labels)


def work_linking(run: Run) -> Iterator[Progress]:
    """Run a linking. Each part is read, linked and written in one transaction with its checkpoint, or not at all.

    A small run has one part. A larger one is split by time, so that a worker that dies or exceeds its time limit loses
    one part only. The files of a part are temporary and local to the worker.
    """
    tenant = Tenant.objects.get(pk=run.tenant_id)
    while True:
        with private_folder("linking") as folder:
            progress = _Part(run, tenant, folder).work()
        if progress is None:
            return
        yield progress


class _Part:
    """A part of a run: its position and its inputs."""

    def __init__(self, run: Run, tenant: Tenant, folder: Path) -> None:
        self.run, self.tenant, self.folder = run, tenant, folder
        at = run.cursor or {}
        self.begin = dt.datetime.fromisoformat(at["begin"]) if at.get("begin") else None
        self.before: int = at.get("before", 0)
        with scope.tenant(tenant.pk):
            self.used = model_of(tenant)
            self.record = LinkRun.objects.filter(tenant=tenant, run=run).first()
            self.last = finished_runs(tenant).first()
            #: An earlier run wrote only some of its parts, so links of two linkings are mixed.
            self.repairs = interrupted_runs(tenant).exclude(run=run).exists()
        self.since = None if self.repairs else _complete_until(run, self.last, self.used)

    def work(self) -> Progress | None:
        """Link this part and return the progress of the run, or None if nothing is left to do."""
        if self.record is not None:
            if self.record.applied_at:
                return None
            if (self.record.model_sha256, self.record.window_days) != (self.used.sha256, self.used.window_days):
                raise RunStopped("The attribution window or the model was changed during the run. Start a new one.")
        with scope.tenant(self.tenant.pk):
            rows = inputs.scope_of(
                self.tenant, window_days=self.used.window_days, seen_to=self.since, begin=self.begin, most=PART
            )
            if self.record is None and not rows.whole and rows.nothing:
                return None
            paths = inputs.write(self.tenant, rows, self.folder)
        digest = inputs.hash_of(paths, self.used.sha256, rows.since)
        if rows.whole and not self.repairs and self.last is not None and self.last.inputs_sha256 == digest:
            return None
        self._note(rows, 1, "read")
        return self._link(rows, paths, digest)

    def _link(self, rows: inputs.Scope, paths: Mapping[str, Path], digest: str) -> Progress:
        from ..linkage import engine  # noqa: PLC0415 - imports DuckDB, which only a worker needs

        out, ranked, weighed = (self.folder / f"{name}.csv" for name in ("links", "candidates", "weights"))
        with scope.tenant(self.tenant.pk):
            focus = inputs.focus_of(self.tenant, rows)
        try:
            result = engine.link(
                paths, out, model=self.used, candidates=ranked, weights=weighed, focus=focus,
                tick=lambda: self._note(rows, 1, "read"),
            )  # fmt: skip
        except LinkageError as error:
            raise RunStopped(f"{_PARTLY if self.record else _UNCHANGED} {error}") from error
        self._note(rows, 2, "linked")
        answer_list = answers.read(out, ranked, weighed)
        with transaction.atomic(), scope.tenant(self.tenant.pk):
            return self._write(rows, digest, result, answer_list)

    def _write(
        self, rows: inputs.Scope, digest: str, result: "pipeline.Linked", answer_list: Sequence[answers.Answer]
    ) -> Progress:
        from ..linkage import engine  # noqa: PLC0415 - as above

        record = self.record or LinkRun.objects.create(
            tenant=self.tenant,
            run=self.run,
            window_days=self.used.window_days,
            model_sha256=self.used.sha256,
            inputs_sha256=digest,
            leads=rows.all_leads,
            jobs=rows.all_jobs,
            seen_to=rows.now,
        )
        record.changed += apply_answers(self.tenant, record, answer_list, leads=rows.leads, jobs=result.answered)
        parts = [*record.card.get("parts", ()), digest]
        record.card = engine.make_card(self.used, result) | ({"parts": parts} if len(parts) > 1 or rows.until else {})
        record.card |= {} if self.since else {"whole": True}
        if rows.until is None:
            record.counts, record.applied_at = link_counts(self.tenant), Now()
        record.save(update_fields=["changed", "card", "counts", "applied_at"])
        progress = self._progress(rows, _STEPS, "written")
        with scope.worker():
            checkpoint(self.run, progress)
        return progress

    def _note(self, rows: inputs.Scope, step: int, what: str) -> None:
        with scope.worker():
            checkpoint(self.run, self._progress(rows, step, what))

    def _progress(self, rows: inputs.Scope, step: int, what: str) -> Progress:
        """Return the steps done and expected, and the position to resume from: this part or, if done, the next one."""
        parts = max(1, math.ceil(max(rows.all_leads, rows.all_jobs) / PART)) if rows.until else 1
        done = self.before + step
        begin, before = (rows.until, done) if step == _STEPS else (self.begin, self.before)
        cursor = {"step": what, "before": before, "begin": begin.isoformat() if begin else None}
        return Progress(done, self.before + _STEPS * parts, cursor)


def _complete_until(run: Run, last: LinkRun | None, used: model.Model) -> dt.datetime | None:
    """Return the time up to which the last linking is complete, or None if everything must be linked again."""
    if last is None or run.params.get("whole"):
        return None
    same = last.window_days == used.window_days and last.model_sha256 == used.sha256
    return last.seen_to if same else None


_BATCH = 2_000
_LOCK = "attribution.links"
#: Reasons stored with a lead that has no job after a person's decision.
REJECTED = "rejected by a person"
REASSIGNED = "assigned to another lead by a person"
UNSUPPORTED = "its earlier link is no longer supported"
_FACTS = ("label", "probability", "agreeing", "disagreeing", "missing", "reasons", "candidates")


@dataclass(frozen=True, slots=True)
class _Decisions:
    """People's current decisions: the lead of each accepted job, and the rejected (lead, job) pairs."""

    yes: Mapping[int, int]
    no: frozenset[tuple[int, int]]


def lock_links(tenant_id: int) -> None:
    """Lock the links of a tenant for this transaction: a linking, which reads the decisions first, excludes decisions.

    Waits for the decisions in progress. Makes one query.
    """
    wait_for_lock(_LOCK, tenant_id)


def share_links(tenant_id: int) -> None:
    """Lock the links of a tenant for a decision in this transaction; decisions do not exclude each other.

    Does not wait, because it is called in web requests. Raises AttributionError while a linking writes. Makes one
    query.
    """
    if not try_lock(_LOCK, tenant_id, shared=True):
        raise AttributionError("A linking is being written. Try again in a minute.")


def apply_answers(
    tenant: Tenant,
    run: LinkRun,
    answers: Sequence[Answer],
    *,
    leads: Collection[int] | None = None,
    jobs: Collection[str] | None = None,
) -> int:
    """Make the current links equal to `answers`; return how many changed.

    `jobs` are the IDs of jobs that were linked again, `leads` the keys of leads that were; None means all. A job that a
    person decided keeps its lead, and a pair that a person rejected is not linked again. Every lead in `answers` has a
    row afterwards. Call in the tenant's scope, inside one transaction. Eight queries, plus two per 2,000 changed links.
    """
    lock_links(tenant.pk)
    new = _New(tenant, run, _lead_keys(tenant, answers, whole=jobs is None))
    here = Job.objects.filter(tenant=tenant)
    if jobs is not None:
        here = here.filter(external_id__in=jobs)
    keys = {str(number): pk for number, pk in here.values_list("external_id", "pk")}
    decisions = _decisions(tenant)
    for answer in answers:
        new.add(answer, keys.get(answer.job), decisions)
    changes = _Changes()
    reach = None if jobs is None else frozenset(keys.values())
    leads_with_job = _compare_job_links(tenant, new, changes, reach)
    _write_leads_without_job(
        tenant, new, changes, leads, leads_with_job | {link.lead_id for link in new.by_job.values()}
    )
    for some in batched(changes.ended, _BATCH, strict=False):
        Link.objects.filter(tenant=tenant, pk__in=some).update(current=False)
    Link.objects.bulk_create(changes.fresh, batch_size=_BATCH)
    return max(len(changes.fresh), len(changes.ended))


def _lead_keys(tenant: Tenant, answers: Sequence[Answer], *, whole: bool) -> dict[str, int]:
    """Map spoken codes to keys, of all leads or only of those in the answers. Makes one query."""
    leads = Lead.objects.filter(tenant=tenant)
    if not whole:
        codes = {answer.lead for answer in answers} | {code for answer in answers for code, _ in answer.candidates}
        leads = leads.filter(spoken_code__in=codes)
    return dict(leads.values_list("spoken_code", "pk"))


def link_counts(tenant: Tenant) -> dict[str, int]:
    """Return the number of current links by label. Makes one query."""
    rows = Link.objects.filter(tenant=tenant, current=True).values_list("label").annotate(many=Count("pk"))
    return dict.fromkeys(Label.values, 0) | dict(rows.order_by())


def _decisions(tenant: Tenant) -> _Decisions:
    yes = Link.objects.filter(tenant=tenant, current=True, label=Label.REVIEWED).values_list("job", "lead")
    no = current_decisions(tenant).filter(verdict__in=(Verdict.REJECT, Verdict.CHOOSE))
    pairs = no.values_list("link__lead", "job")
    return _Decisions({job: lead for job, lead in yes if job}, frozenset(pairs))


@dataclass(slots=True)
class _New:
    """The new links: by job, and of leads without a job. `read` are all leads that were linked."""

    tenant: Tenant
    run: LinkRun
    leads: Mapping[str, int]
    by_job: dict[int, Link] = field(default_factory=dict)
    alone: dict[int, Link] = field(default_factory=dict)
    read: set[int] = field(default_factory=set)

    def add(self, answer: Answer, job: int | None, decisions: _Decisions) -> None:
        lead = self.leads[answer.lead]
        self.read.add(lead)
        if job is None:
            self.alone[lead] = self._link(lead, None, answer)
        elif job in decisions.yes:
            if decisions.yes[job] != lead:
                self.alone.setdefault(lead, self.without(lead, f"job {answer.job}: {REASSIGNED}"))
        elif (lead, job) in decisions.no:
            self.alone.setdefault(lead, self.without(lead, f"job {answer.job}: {REJECTED}"))
        else:
            self.by_job[job] = self._link(lead, job, answer)

    def without(self, lead: int, reason: str) -> Link:
        return Link(tenant=self.tenant, run=self.run, lead_id=lead, label=Label.UNMATCHED, reasons=[reason])

    def _link(self, lead: int, job: int | None, answer: Answer) -> Link:
        ranked = [(self.leads[code], chance) for code, chance in answer.candidates if code in self.leads]
        return Link(
            tenant=self.tenant,
            run=self.run,
            lead_id=lead,
            job_id=job,
            label=answer.label,
            probability=answer.probability,
            agreeing=answer.agreeing,
            disagreeing=answer.disagreeing,
            missing=answer.missing,
            reasons=[reason[:500] for reason in answer.reasons],
            weights=[[name, weight] for name, weight in answer.weights],
            candidates=[{"lead": key, "probability": str(chance)} for key, chance in ranked],
        )


@dataclass(slots=True)
class _Changes:
    ended: list[int] = field(default_factory=list)
    fresh: list[Link] = field(default_factory=list)


def _compare_job_links(tenant: Tenant, new: _New, changes: _Changes, reach: Collection[int] | None) -> set[int]:
    """Compare links with a job. Return the leads that keep a link that is outside this linking."""
    links = Link.objects.filter(tenant=tenant, current=True, job__isnull=False)
    if reach is not None:
        losing = links.filter(job__in=reach).values_list("lead", flat=True)
        links = links.filter(Q(job__in=reach) | Q(lead__in=new.read.union(losing)))
    unchanged_leads, seen = set(), set()
    for old in links.iterator(_BATCH):
        assert old.job_id is not None
        if old.label == Label.REVIEWED or (reach is not None and old.job_id not in reach):
            unchanged_leads.add(old.lead_id)
            continue
        wanted = new.by_job.get(old.job_id)
        if wanted is not None and _same(old, wanted):
            seen.add(old.job_id)
        else:
            changes.ended.append(old.pk)
            new.read.add(old.lead_id)
    changes.fresh += [link for job, link in new.by_job.items() if job not in seen]
    return unchanged_leads


def _write_leads_without_job(
    tenant: Tenant, new: _New, changes: _Changes, asked: Collection[int] | None, with_job: set[int]
) -> None:
    """Compare links of leads without a job. A lead that now has a job loses its "no job" row.

    The row of a lead that was not linked again stays, even if its reason would now read differently.
    """
    rows = Link.objects.filter(tenant=tenant, current=True, job__isnull=True)
    known = {old.lead_id: old for old in (rows if asked is None else rows.filter(lead__in=new.read | with_job))}
    changes.ended += [old.pk for lead, old in known.items() if lead in with_job]
    for lead in sorted(new.read - with_job):
        link = new.alone.get(lead) or new.without(lead, UNSUPPORTED)
        old = known.get(lead)
        settled = asked is not None and lead not in asked
        if old is not None and (_same(old, link) or (settled and _marked(old) == _marked(link))):
            continue
        changes.ended += [old.pk] if old else []
        changes.fresh.append(link)


def _same(old: Link, new: Link) -> bool:
    return old.lead_id == new.lead_id and all(getattr(old, name) == getattr(new, name) for name in _FACTS)


def _marked(link: Link) -> bool:
    return bool(link.reasons) and link.reasons[0].startswith(MARKED_OUT)
