"""What people decided, as cases a model can learn from: the features of each pair in question, as the engine scores it.

A yes says which of the job's candidates is true. A no says only that these leads are not: nobody was asked about the
rest.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ..linkage import assigning, certain, fitting, model, preparing, reading, scoring
from ..linkage.comparing import COMPARISONS
from ..linkage.fitting import Case

#: Held-out decisions are told by weights from the other parts.
_PARTS = 5
Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Word:
    """What stands about one job, by spoken codes of leads: whose it is, or whose it is not."""

    yes: str = ""
    no: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fit:
    """Of how many decisions the likeliest answer is what the person said: with shipped weights, with own ones.

    `own` is told by weights that did not see the decision in question.
    """

    decisions: int
    shipped: int
    own: int


def cases_of(paths: Mapping[str, Path], said: Mapping[str, Word], *, used: model.Model, work: Path) -> list[Case]:
    """A case for each job of `said` whose pairs the engine compares; `paths` are its files, `work` a folder to use."""
    db = duckdb.connect(str(work / "labelled.duckdb"))
    try:
        for setting in ("threads = 2", "memory_limit = '1GB'", "autoload_known_extensions = false"):
            db.execute(f"SET {setting}")
        preparing.define(db)
        for kind, path in paths.items():
            reading.load(db, kind, path, work=work)
        preparing.prepare(db, with_customers="customers" in paths)
        certain.find(
            db,
            with_bookings="bookings" in paths,
            window_days=used.window_days,
            tolerance_days=used.tolerance_days,
        )
        assigning.veto(db, used)
        scoring.score(db, used)
        pairs = _pairs(db)
    finally:
        db.close()
    found = (_case(pairs.get(job, {}), word) for job, word in sorted(said.items()))
    return [case for case in found if case is not None]


def fit_of(used: model.Model, cases: Sequence[Case]) -> Fit:
    """How often the shipped weights and the tenant's own say what the person said."""
    own = 0
    for part in range(_PARTS):
        others = [case for at, case in enumerate(cases) if at % _PARTS != part]
        own += _right(fitting.by_labels(used, others), cases[part::_PARTS])
    return Fit(len(cases), _right(used, cases), own)


def _pairs(db: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Features]]:
    """By job and lead, the features of the submission of the lead that fits best."""
    steps = {one.name: {one.value(step.name): step.name for step in one.steps} for one in COMPARISONS}
    gammas = ", ".join(f"gamma_{one.name}" for one in COMPARISONS)
    rows = db.execute(f"""
        SELECT jobs.id, roots.id, rarity, {gammas} FROM scored s JOIN lead_rules k ON k.n = s.l
        JOIN leads roots ON roots.n = k.root JOIN jobs ON jobs.n = s.r WHERE k.why IS NULL
        QUALIFY row_number() OVER (PARTITION BY k.root, r ORDER BY logit DESC, l) = 1 ORDER BY 1, 2
    """).fetchall()  # noqa: S608 - names of ours
    found: dict[str, dict[str, Features]] = {}
    for job, lead, rarity, *values in rows:
        pair = {one.name: steps[one.name].get(value, "missing") for one, value in zip(COMPARISONS, values, strict=True)}
        features = {model.START: 1.0, model.RARITY: float(rarity)} | dict.fromkeys(model.features(pair), 1.0)
        found.setdefault(job, {})[lead] = features
    return found


def _case(candidates: Mapping[str, Features], word: Word) -> Case | None:
    leads = list(candidates) if word.yes else [lead for lead in candidates if lead in word.no]
    if not leads or (word.yes and word.yes not in candidates):
        return None
    true = leads.index(word.yes) if word.yes else None
    return Case(tuple(candidates[lead] for lead in leads), true)


def _right(used: model.Model, cases: Iterable[Case]) -> int:
    return sum(_likeliest(used, case) == case.true for case in cases)


def _likeliest(used: model.Model, case: Case) -> int | None:
    """The place of the likeliest candidate; None where none of them is likelier than all together."""
    odds = [
        math.exp(min(30.0, sum(used.weight(name) * value for name, value in features.items())))
        for features in case.candidates
    ]
    best = max(range(len(odds)), key=odds.__getitem__)
    return best if odds[best] >= 1.0 else None
