"""Writes the current links of a tenant: those of a linking, except where people decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched

from django.db.models import Count, Q

from pagetojob.platform.postgresql.locks import try_lock, wait_for_lock
from pagetojob.platform.tenants.models import Tenant
from syncqueue.leads.models import Lead

from ..errors import AttributionError
from ..linkage.answers import Answer
from ..models import Job, Label, Link, LinkRun, Verdict, current_decisions
from .inputs import MARKED_OUT

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
    wait_for_lock(_LOCK, tenant.pk)  # waits for decisions in progress; later ones are refused until this commits
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
