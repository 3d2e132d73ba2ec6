"""`make spam-model`: fit the weights of `syncqueue/spam/text_model.json` to the examples in this directory.

`--check` compares the stored weights with new ones, and `--digest` only what they depend on; `--left-out` trains on all
sets but one, and measures that one.
The fit is a logistic regression with an L2 penalty, by dual coordinate descent (Yu, Huang and Lin, 2011).
"""

import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from math import exp, log, sqrt
from operator import mul
from pathlib import Path
from typing import Any

from syncqueue import spam
from syncqueue.spam import text_model
from syncqueue.spam.request import Request

HERE = Path(__file__).parent
#: Sets by authors who knew neither the rules nor each other's examples; the others are by the author of the model.
BLIND = ("a", "b", "c", "f", "g", "h", "i", "j", "k")
TIMING = {"seconds_to_submit", "same_address_last_10_min"}
#: Strength of the data against the penalty, chosen with --left-out from 3, 10, 30 and 100.
COST = 30.0
#: A feature of fewer requests is left out, and so is a weight that rounds to less than this many hundredths.
LEAST_REQUESTS, LEAST_HUNDREDTHS = 2, 10
ROUNDS = 40
Row = tuple[bool, text_model.Features]


def sets() -> dict[str, list[dict[str, Any]]]:
    """Return the lines of each set, by the name of its file."""
    return {
        path.stem: [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in sorted(HERE.glob("*.jsonl"))
    }


def digest() -> str:
    """Return a hash of all that the weights depend on, apart from the classifier's reading of words."""
    paths = [*sorted(HERE.glob("*.jsonl")), Path(__file__), Path(text_model.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def rows(examples: Iterable[dict[str, Any]]) -> list[Row]:
    return [(line["spam"], text_model.features(Request(line["request"]))) for line in examples]


def fit(examples: Sequence[Row], shares: Sequence[float] = ()) -> dict[str, float]:
    """Return the weight of each feature, and the constant as the weight of the empty one.

    `shares` are the weights of the examples, 1 by default.
    """
    requests = Counter(name for _, features in examples for name in features)
    places = {"": 0}
    for name, count in requests.items():
        if count >= LEAST_REQUESTS:
            places[name] = len(places)
    known = [
        ((0, *(places[name] for name in features if name in places)),
         (1.0, *(value for name, value in features.items() if name in places)))
        for _, features in examples
    ]  # fmt: skip
    signs = [1.0 if is_spam else -1.0 for is_spam, _ in examples]
    costs = [COST * share for share in shares] or [COST] * len(examples)
    duals = [cost / 1000 for cost in costs]
    squares = [sum(map(mul, values, values)) for _, values in known]
    weights = [0.0] * len(places)
    for features, sign, dual in zip(known, signs, duals, strict=True):
        _add(weights, features, sign * dual)
    order = list(range(len(examples)))
    shuffled = random.Random(1)
    for _ in range(ROUNDS):
        shuffled.shuffle(order)
        for index in order:
            at, values = known[index]
            margin = signs[index] * sum(map(mul, map(weights.__getitem__, at), values))
            dual = _best_dual(duals[index], margin, squares[index], costs[index])
            _add(weights, known[index], signs[index] * (dual - duals[index]))
            duals[index] = dual
    return {name: weights[place] for name, place in places.items()}


def _add(weights: list[float], features: tuple[Sequence[int], Sequence[float]], factor: float) -> None:
    for place, value in zip(*features, strict=True):
        weights[place] += factor * value


def _best_dual(dual: float, margin: float, square: float, cost: float) -> float:
    """Return the dual variable that minimizes the loss while all others stay, by Newton's method on its log-odds."""
    odds = log(dual / (cost - dual))
    best = dual
    for _ in range(30):
        slope = square * best * (cost - best) / cost + 1
        step = max(-3.0, min(3.0, (square * (best - dual) + margin + odds) / slope))
        odds = max(-30.0, min(30.0, odds - step))
        best = cost / (1 + exp(-odds))
        if abs(step) < 1e-6:
            break
    return best


def hundredths(weights: dict[str, float]) -> dict[str, int]:
    rounded = {name: round(100 * weight) for name, weight in sorted(weights.items())}
    return {name: weight for name, weight in rounded.items() if abs(weight) >= LEAST_HUNDREDTHS or not name}


def fit_all() -> dict[str, int]:
    """Return the weights for all examples, in hundredths."""
    return hundredths(fit(rows(line for examples in sets().values() for line in examples)))


def check() -> int:
    """Return 0 if the stored weights come from these examples and this code; small ones differ by platform."""
    stored = json.loads(text_model.WEIGHTS.read_text("utf-8"))
    fitted, weights = fit_all(), stored["hundredths"]
    worst = max(abs(weights.get(name, 0) - fitted.get(name, 0)) for name in weights | fitted)
    print(f"largest difference: {worst} hundredths")
    return int(worst > LEAST_HUNDREDTHS or stored["digest"] != digest())


def wilson(hits: int, total: int) -> str:
    share, z = hits / total, 1.96
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{hits} of {total}, {share:.1%} ({100 * (middle - half):.1f} to {100 * (middle + half):.1f})"


def measure(name: str) -> None:
    """Print how many requests of one set are marked with weights fitted to the others: by text, and with timing."""
    data = sets()
    weights = fit(rows(line for other in data if other != name for line in data[other]))
    for timing in (False, True):
        marked, totals = Counter[bool](), Counter(line["spam"] for line in data[name])
        for line in data[name]:
            typed = {key: value for key, value in line["request"].items() if timing or key not in TIMING}
            request = Request(typed)
            text = text_model.score_with(weights, request)
            marked[line["spam"]] += spam.is_spam(list(spam.evidence(request)), text)
        parts = (f"{word} {wilson(marked[k], totals[k])}" for word, k in (("legitimate", False), ("spam", True)))
        print(f"{name}, {'text and timing' if timing else 'text'}: {'; '.join(parts)}")


def main() -> int:
    if "--left-out" in sys.argv:
        for name in BLIND:
            measure(name)
        return 0
    if "--digest" in sys.argv:
        return int(json.loads(text_model.WEIGHTS.read_text("utf-8"))["digest"] != digest())
    if "--check" in sys.argv:
        return check()
    fitted = fit_all()
    document = {"digest": digest(), "hundredths": fitted}
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    text_model.WEIGHTS.write_text(text + "\n", "utf-8")
    print(f"{len(fitted)} weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
