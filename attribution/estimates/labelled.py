"""Training cases from people's decisions: the features of each decided pair, as the engine scores it.

A yes names the true lead among the job's candidates. A no only rules out the leads it names; the other candidates were
not judged.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..linkage import engine, fitting, model, pipeline, scoring
from ..linkage.fitting import Case, Further
from ..linkage.model import FURTHER

#: Folds of the cross-validation: each decision is predicted by weights from the other folds.
_PARTS = 5
Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class JobDecision:
    """The current decision on one job, by spoken codes of leads: whose it is, or whose it is not."""

    yes: str = ""
    no: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    """Number of decisions that the shipped and the tenant's weights predict correctly.

    `own` is cross-validated: no decision is predicted by weights that were fitted to it.
    """

    decisions: int
    shipped: int
    own: int


def cases_of(
    paths: Mapping[str, Path], decisions: Mapping[str, JobDecision], *, used: model.Model, work: Path
) -> tuple[list[Case], Further]:
    """Build a case for each decided job with compared pairs, and list the decisions on further jobs of a lead.

    A further job is no case: that it belongs to another order shows nothing about who ordered it. `paths` are the
    input files, `work` a scratch folder.
    """
    with engine.connected(work, paths, threads=2, memory="1GB") as db:
        pipeline.compare_files(db, paths, work, used)
        crowd = scoring.crowd_of(db, used)
        pairs = {
            job: {lead: scoring.features_of(pair, crowd) for lead, pair in leads.items()}
            for job, leads in scoring.best_pairs(db).items()
        }
        pipeline.assign(db, replace(used, trees=()))  # the weights are estimated, and trees then revise what they state
        further = pipeline.further_links(db)
    cases = (_case(pairs.get(job, {}), decision) for job, decision in sorted(decisions.items()) if job not in further)
    return [case for case in cases if case is not None], _further(further, decisions)


def fit_of(used: model.Model, cases: Sequence[Case], further: Further) -> Fit:
    """Compare how often the shipped weights and the tenant's weights match the decisions."""
    own = 0
    for part in range(_PARTS):
        own_model = fitting.by_labels(used, _without(part, cases), _without(part, further))
        own += _right(own_model, cases[part::_PARTS])
        own += _right_further(further[part::_PARTS], own_model.weight(FURTHER) - used.weight(FURTHER))
    return Fit(len(cases) + len(further), _right(used, cases) + _right_further(further), own)


def _without[T](part: int, decisions: Sequence[T]) -> list[T]:
    return [decision for at, decision in enumerate(decisions) if at % _PARTS != part]


def _case(candidates: Mapping[str, Features], decision: JobDecision) -> Case | None:
    leads = list(candidates) if decision.yes else [lead for lead in candidates if lead in decision.no]
    if not leads or (decision.yes and decision.yes not in candidates):
        return None
    true = leads.index(decision.yes) if decision.yes else None
    return Case(tuple(candidates[lead] for lead in leads), true)


def _further(stated: Mapping[str, tuple[str, float]], decisions: Mapping[str, JobDecision]) -> Further:
    """Return the stated log-odds and the decision of each decided further job. A job of another lead shows nothing."""
    return [
        (odds, lead == decisions[job].yes)
        for job, (lead, odds) in stated.items()
        if job in decisions and (lead == decisions[job].yes or lead in decisions[job].no)
    ]


def _right(used: model.Model, cases: Iterable[Case]) -> int:
    return sum(_likeliest(used, case) == case.true for case in cases)


def _right_further(further: Further, shift: float = 0.0) -> int:
    return sum((odds + shift > 0) == right for odds, right in further)


def _likeliest(used: model.Model, case: Case) -> int | None:
    """Return the index of the most likely candidate, or None if "no lead" is more likely.

    The probabilities are those of the assignment (`alone` in `assignment.sql`): that any candidate is true, times the
    candidate's share of it, in which rivals count for more than their odds.
    """
    odds = [
        math.exp(min(model.FAR, sum(used.weight(name) * value for name, value in features.items())))
        for features in case.candidates
    ]
    best = max(range(len(odds)), key=odds.__getitem__)
    share = odds[best] ** model.RIVALRY / sum(each**model.RIVALRY for each in odds)
    any_true = sum(odds) / (1.0 + sum(odds))
    return best if any_true * share >= 1.0 - any_true else None
