"""The model: the weight of each step of agreement, read from a versioned file.

There are two sets of numbers for the same steps. Splink scores with `m` and `u`: how often a step occurs in true and in
other pairs. `weights` are natural log-odds from a regularized logistic regression that starts at ln(m/u) and adds a few
interactions, because contacts of one person agree or differ together, which m and u alone would count twice.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from .comparing import CAMPAIGN, COMPARISONS, WORDS, Comparison, Step

SHIPPED = Path(__file__).with_name("model-23.json")
START = "start"
#: Log-odds beyond this change no label.
FAR = 25
#: Rarity of the name, without and with a contact that agrees; number of leads it could be confused with.
RARITY, RARITY_KNOWN, CROWD = "rarity", "rarity, a contact agrees", "crowd, no contact agrees"
#: Weight of a job after another job of the same people when they compete to be the first that came from the lead.
LATER = "another job of the lead came first"
#: Log-odds added to the estimate that such a job belongs to the first. An office's own decisions adjust it.
FURTHER = "another job of the lead came first, and this one belongs to it"
#: Comparisons for which offices have habits, each with an additional feature.
HABITS = ("time", "service", "campaign", "words")
#: Another number, of the job alone: the log ratio of its campaign on jobs from requests to that on other jobs.
SOURCE = "source"
FITS = (*HABITS, SOURCE)
#: Groups of name steps that interact with the number of agreeing contacts.
NAME_GROUPS: Mapping[str, tuple[str, ...]] = {
    "full": ("same", "short", "initial", "first typo", "last typo", "alike"),
    "household": ("last only",),
    "part": ("one word",),
    "other": ("noted name", "mentioned name", "noted", "mentioned", "first only", "last alike", "differ"),
    "none": ("missing",),
}
STRONG: Mapping[str, tuple[str, ...]] = {
    "phone": ("same", "other same", "typo", "local"),
    "email": ("same", "typo", "kin", "mailbox"),
    "address": ("same", "alike", "house typo", "other unit", "other place", "noted"),
}
#: Comparisons that show whether a job came from this request, rather than whose it is, and the names of their weights
#: with no contact, one contact, and a certain person (one contact has no name: it uses the plain weight). A person is
#: certain with two contacts, or with one and no other name.
OUTCOME = ("time", "service", "campaign")
PERSONS = ("no contact", "", "same person")
#: Weight of the office's filing habit when separating a lead's own job from other jobs of the same people.
TRUST = 0.8
#: Factor of the log-odds when leads compete for a job: how much better the likelier one agrees is known less surely
#: than whether any of them is right.
RIVALRY = 0.9
#: Contacts that people of one firm share. A second one, or the manager's own name, adds little evidence.
FIRM: Mapping[str, tuple[str, ...]] = {
    "phone": ("firm",),
    "email": ("shared by a firm", "firm", "firm's name"),
}
FIRM_AGAIN = "a contact of the same firm again"
#: Another name with the same phone or email, but not the same address: a spouse, a landlord, an agent.
REACHED = "another name, but the phone or the email agrees, and not the address"
#: The notes of a job that soon follows the request have the caller's full name, and no contact agrees.
NAMED_SOON: Mapping[str, tuple[str, ...]] = {"name": ("noted name",), "time": ("day", "days")}
NAMED = "the caller's full name in the notes within three days, no contact agrees"
CONFLICTS: Mapping[str, tuple[str, ...]] = {
    "phone": ("differ",),
    "email": ("differ",),
    "address": ("differ", "area", "street", "other place", "other city", "other apartment"),
}


#: A regression tree: the log-odds that it adds, or the name of a column of `doubtful`, a limit, and the trees for
#: values up to the limit and beyond it.
type Tree = float | tuple[str, float, "Tree", "Tree"]


@dataclass(frozen=True)
class Model:
    """All numbers of the model. `labels` is how many of a tenant's own decisions changed the weights.

    `platt_start`, `platt_slope` and `platt_score` are the parameters of Platt scaling: an offset, a factor for the
    log-odds, and one for the log-odds of the pair alone. They are applied before jobs compete for a lead, to the
    probability that any lead of the job is right, so that of links with probability 0.8, eight in ten are right. A link
    is matched from `matched_from`. `trees` are gradient-boosted trees that revise the resulting probabilities.
    """

    version: str
    window_days: int
    tolerance_days: int
    duplicate_days: int
    matched_from: float
    review_from: float
    platt_start: float
    platt_slope: float
    platt_score: float
    prior: float
    tf_weight: int
    m: Mapping[str, Mapping[str, float]]
    u: Mapping[str, Mapping[str, float]]
    weights: Mapping[str, float]
    trees: Sequence["Tree"] = ()
    labels: int = 0

    def weight(self, feature: str) -> float:
        return self.weights.get(feature, 0.0)

    @cached_property
    def sha256(self) -> str:
        """Return the hash of all numbers of the model."""
        return hashlib.sha256(json.dumps(self.as_json(), sort_keys=True).encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        steps = {side: {name: dict(of) for name, of in plain[side].items()} for side in ("m", "u")}
        return plain | steps | {"weights": dict(self.weights)}

    def with_window(self, days: int) -> "Model":
        return replace(self, window_days=days)


def read(path: Path = SHIPPED) -> Model:
    """Load a model file. Raises ValueError if a step of a comparison has no numbers."""
    model = Model(**json.loads(path.read_text()))
    for comparison in COMPARISONS:
        for step in comparison.steps[1:]:
            if not (model.m[comparison.name].get(step.name) and model.u[comparison.name].get(step.name)):
                raise ValueError(f"{comparison.name}: “{step.name}” has no m or u in {path.name}")
    return model


def feature(comparison: str, step: str) -> str:
    return f"{comparison}: {step}"


def crossing(group: str, agreeing: int) -> str:
    return f"name {group}, {agreeing} contacts agree"


def by_person(group: str, comparison: str, step: str) -> str:
    return f"{group}, {comparison}: {step}"


def conflicting(differing: int) -> str:
    return f"{differing} contacts differ"


def features(steps: Mapping[str, str]) -> list[str]:
    """Return the features of a pair, except START and RARITY, from the step of each comparison."""
    names = [feature(name, step) for name, step in steps.items() if step != "missing"]
    group = next(name for name, members in NAME_GROUPS.items() if steps["name"] in members)
    agreeing = sum(steps[name] in members for name, members in STRONG.items())
    differing = sum(steps[name] in members for name, members in CONFLICTS.items())
    names.append(crossing(group, agreeing))
    if differing > 1:
        names.append(conflicting(differing))
    person = PERSONS[min(agreeing + (agreeing == 1 and group != "other"), 2)]
    names += [by_person(person, name, steps[name]) for name in OUTCOME if person and steps[name] != "missing"]
    return names


def habit(comparison: str) -> str:
    return f"{comparison}, by this office's habit"


def habit_of_unknown(comparison: str) -> str:
    return f"{PERSONS[0]}, {habit(comparison)}"


def values(steps: Mapping[str, str], *, rarity: float, crowd: float, habits: Mapping[str, float]) -> dict[str, float]:
    """Return the numeric features of a pair, including START. `habits` are natural log-odds by name in FITS."""
    agreeing = any(steps[name] in members for name, members in STRONG.items())
    reached = steps["name"] in NAME_GROUPS["other"] and agreeing and steps["address"] not in STRONG["address"]
    named = all(steps[name] in members for name, members in NAMED_SOON.items())
    of_firm = sum(steps[name] in members for name, members in FIRM.items())
    again = of_firm - 1 + (steps["name"] in NAME_GROUPS["full"])
    return (
        {START: 1.0}
        | ({FIRM_AGAIN: again} if of_firm and again else {})
        | ({REACHED: 1.0} if reached else {})
        | ({NAMED: 1.0} if named and not agreeing else {})
        | ({RARITY_KNOWN: rarity} if agreeing else {RARITY: rarity, CROWD: crowd})
        | {habit(name): value for name, value in habits.items()}
        | ({} if agreeing else {habit_of_unknown(name): habits[name] for name in HABITS if name in habits})
    )


def terms_sql(model: Model, crowd: float) -> dict[str, str]:
    """Return SQL for the contribution of each criterion to a pair's log-odds, in waterfall order.

    The SQL uses Splink's gamma columns, `rarity` and the `_fit` columns. `crowd` is the natural log of the number of
    leads that a job could have come from by its date, divided by a thousand.
    """
    alone = f"{model.weight(RARITY)!r} * rarity + {model.weight(CROWD) * crowd!r}"
    terms = {START: f"{model.weight(START)!r}"}
    for comparison in COMPARISONS:
        name = comparison.name
        cases = " ".join(
            f"WHEN {comparison.value(step.name)} THEN {model.weight(feature(name, step.name))!r}"
            for step in comparison.steps[1:]
        )
        terms[name] = f"CASE gamma_{name} {cases} ELSE 0.0 END"
        if name in HABITS:
            unknown = f"CASE WHEN {_counted(STRONG)} = 0 THEN {model.weight(habit_of_unknown(name))!r} ELSE 0.0 END"
            terms[name] = f"({terms[name]}) + ({model.weight(habit(name))!r} + {unknown}) * {name}_fit"
        if name in OUTCOME:
            terms[name] += f" + {_outcome(model, comparison)}"
        if comparison is CAMPAIGN:
            terms[name] += f" + {model.weight(habit(SOURCE))!r} * {SOURCE}_fit"
    terms["rarity"] = f"CASE WHEN {_counted(STRONG)} > 0 THEN {model.weight(RARITY_KNOWN)!r} * rarity ELSE {alone} END"
    own_name, other_name = {"name": NAME_GROUPS["full"]}, {"name": NAME_GROUPS["other"]}
    reached, place = {name: STRONG[name] for name in ("phone", "email")}, {"address": STRONG["address"]}
    terms["together"] = (
        f"(CASE {_crossings(model)} ELSE 0.0 END) + (CASE {_counted(CONFLICTS)} WHEN 2 THEN "
        f"{model.weight(conflicting(2))!r} WHEN 3 THEN {model.weight(conflicting(3))!r} ELSE 0.0 END) + "
        f"(CASE WHEN {_counted(FIRM)} > 0 THEN ({_counted(FIRM)} - 1 + {_counted(own_name)}) * "
        f"{model.weight(FIRM_AGAIN)!r} ELSE 0.0 END) + "
        f"(CASE WHEN {_counted(other_name)} = 1 AND {_counted(reached)} > 0 AND {_counted(place)} = 0 "
        f"THEN {model.weight(REACHED)!r} ELSE 0.0 END) + "
        f"(CASE WHEN {_counted(NAMED_SOON)} = 2 AND {_counted(STRONG)} = 0 "
        f"THEN {model.weight(NAMED)!r} ELSE 0.0 END)"
    )
    return terms


def score_sql(model: Model, crowd: float) -> str:
    """Return SQL for the log-odds of a pair: the sum of its terms."""
    return " + ".join(f"({term})" for term in terms_sql(model, crowd).values())


def who_sql(model: Model, crowd: float) -> str:
    """Return SQL for the log-odds that a pair is of the same people, regardless of the job's time, work and words."""
    return " + ".join(f"({term})" for name, term in terms_sql(model, crowd).items() if name not in HABITS)


def came_sql(model: Model) -> str:
    """Return SQL for the log-odds that a job of the same people came from the lead, null if unknown.

    Adds the campaign and the words of the request to the `came` columns, which combine how often that happens at such
    a time and the filed service given the requested one.
    It limits the probability of the link, even if it is certain whose job it is.
    """
    cases = " + ".join(
        f"CASE gamma_{comparison.name} "
        + " ".join(
            f"WHEN {comparison.value(step.name)} THEN {model.weight(feature(comparison.name, step.name))!r}"
            for step in comparison.steps[1:]
        )
        + " ELSE 0.0 END"
        for comparison in (CAMPAIGN, WORDS)
    )
    came = f"CASE WHEN {_counted(STRONG)} > 0 THEN came WHEN {_counted(FIRM)} > 0 THEN firm_came END"
    return f"{came} + {cases} + {model.weight(habit(WORDS.name))!r} * words_fit"


def trees_sql(model: Model) -> str:
    """Return SQL for the sum of the trees, from the columns of `doubtful`.

    DuckDB plans the sum of a list in a fifth of the time of 200 additions.
    """

    def branch(tree: Tree) -> str:
        if isinstance(tree, float | int):
            return repr(float(tree))
        column, limit, lower, higher = tree
        return f"CASE WHEN {column} <= {limit!r} THEN {branch(lower)} ELSE {branch(higher)} END"

    return f"list_sum([{', '.join(map(branch, model.trees))}])" if model.trees else "0.0"


def trees_value(model: Model, row: Mapping[str, float | None]) -> float:
    """Return the sum of the trees for one row of `doubtful`, as `trees_sql` does."""
    total = 0.0  # added in order: `sum` of Python rounds less often than `list_sum` of DuckDB
    for tree in model.trees:
        while isinstance(tree, Sequence):
            column, limit, lower, higher = tree
            value = row[column]
            tree = lower if value is not None and value <= limit else higher  # noqa: PLW2901 - goes down the tree
        total += tree
    return total


def of_firm_sql() -> str:
    """Return SQL for: only contacts that people of one firm share connect the pair."""
    return f"({_counted(STRONG)} = 0 AND {_counted(FIRM)} > 0)"


def _outcome(model: Model, comparison: Comparison) -> str:
    """Return SQL for the additional weight of time, service and campaign, by how certain the person is."""

    def cases(person: str) -> str:
        steps = " ".join(
            f"WHEN {comparison.value(step.name)} THEN {model.weight(by_person(person, comparison.name, step.name))!r}"
            for step in comparison.steps[1:]
        )
        return f"CASE gamma_{comparison.name} {steps} ELSE 0.0 END"

    unknown, known = cases(PERSONS[0]), cases(PERSONS[2])
    other = _counted({"name": NAME_GROUPS["other"]})
    return (
        f"(CASE WHEN {_counted(STRONG)} = 0 THEN {unknown} WHEN {_counted(STRONG)} > {other} THEN {known} ELSE 0.0 END)"
    )


def _crossings(model: Model) -> str:
    """Return SQL for the weight of a group of names by how many contacts agree.

    DuckDB plans each copy of the long count again, so there is a copy per number, not per number and group.
    """
    names = next(comparison for comparison in COMPARISONS if comparison.name == "name")

    def by_group(agreeing: int) -> str:
        return " ".join(
            f"WHEN {_is_any(names, members)} THEN {model.weight(crossing(group, agreeing))!r}"
            for group, members in NAME_GROUPS.items()
        )

    return " ".join(
        f"WHEN {_counted(STRONG)} = {agreeing} THEN CASE {by_group(agreeing)} ELSE 0.0 END" for agreeing in range(4)
    )


def _counted(groups: Mapping[str, tuple[str, ...]]) -> str:
    by_name = {comparison.name: comparison for comparison in COMPARISONS}
    return (
        "("
        + " + ".join(f"CAST({_is_any(by_name[name], members)} AS INTEGER)" for name, members in groups.items())
        + ")"
    )


def _is_any(comparison: Comparison, steps: tuple[str, ...]) -> str:
    """Return SQL for: the step is any of these. DuckDB would run an IN of six values as a join."""
    return f"({' OR '.join(f'gamma_{comparison.name} = {comparison.value(step)}' for step in steps)})"


def splink_settings(model: Model) -> dict[str, Any]:
    """Return the model as Splink settings: link only, fixed m and u, no training."""

    def level(comparison: Comparison, step: Step) -> dict[str, Any]:
        if step.name == "missing":
            return {"sql_condition": step.sql, "label_for_charts": step.words, "is_null_level": True}
        settings: dict[str, Any] = {
            "sql_condition": step.sql,
            "label_for_charts": step.words,
            "m_probability": model.m[comparison.name][step.name],
            "u_probability": model.u[comparison.name][step.name],
        }
        if step.tf:
            settings |= {
                "tf_adjustment_column": step.tf,
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        return settings

    return {
        "link_type": "link_only",
        "probability_two_random_records_match": model.prior,
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": [level(comparison, step) for step in comparison.steps],
            }
            for comparison in COMPARISONS
        ],
        "unique_id_column_name": "n",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "additional_columns_to_retain": [*(f"{name}_fit" for name in FITS), "came", "firm_came"],
    }
