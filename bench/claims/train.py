"""`make claim-model`: fit the weights of `pagetojob/claims/word_model.json` to labeled texts.

The texts are those of tests/claims and of this directory. `--check` compares the stored weights with new ones, and
`--digest` only what they depend on; `--left-out` fits to all files but one and prints what the guard decides on it.
"""

import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import log
from pathlib import Path
from statistics import fmean
from unittest.mock import patch

from bench.spam.train import LEAST_HUNDREDTHS, LEAST_REQUESTS, Row, fit, hundredths
from pagetojob.claims import topics, word_model
from pagetojob.claims.guard import overclaims, unapproved
from pagetojob.claims.guard_text import visible_text

HERE = Path(__file__).parent
TESTS = HERE.parents[1] / "tests" / "claims"
#: Files of tests/claims, and whether their lines overclaim.
LISTS = {
    "guard_honest.txt": False,
    "guard_overclaims.txt": True,
    "sentences_honest.txt": False,
    "sentences_overclaiming.txt": True,
}
_NO_TEXT = re.compile(r"#|\[[\w-]+\]$|$")
Text = tuple[str, bool]
#: Shares of the sets that are unlike new texts, chosen with --left-out: our own pages, and lists of single sentences.
SHARES = {"own": 0.35, "tests": 1.4}


def sets() -> dict[str, list[Text]]:
    """Return the texts of each file with their labels."""
    found = {path.stem: list(_labeled(path)) for path in sorted(HERE.glob("*.jsonl"))}
    for name, is_overclaim in LISTS.items():
        lines = (TESTS / name).read_text("utf-8").splitlines()
        found.setdefault("tests", []).extend((line, is_overclaim) for line in lines if not _NO_TEXT.match(line))
    found["rules"] = [text for rule in topics.TOPIC_RULES for text in ((rule.example, True), (rule.counter, False))]
    return found


def _labeled(path: Path) -> Iterator[Text]:
    for line in path.read_text("utf-8").splitlines():
        facts = json.loads(line)
        yield facts["text"], facts["overclaim"]


def rows(texts: Iterable[Text]) -> list[Row]:
    seen = [(topics.folded(visible_text(text)), label) for text, label in texts]
    return [(label, word_model.features(text, topics.classes(text))) for text, label in seen]


def contrasts(examples: Sequence[Row], shares: Sequence[float]) -> dict[str, float]:
    """Return the factor of each feature: half constant, half by the ratio of its rates in overclaims and honest texts.

    A fit to features scaled in this way trusts those that tell the labels apart (Wang and Manning, 2012).
    """
    counts = {label: defaultdict[str, float](float) for label in (True, False)}
    known = Counter(name for _, features in examples for name in features)
    for (label, features), share in zip(examples, shares, strict=True):
        for name in features:
            counts[label][name] += share
    totals = {label: sum(counts[label].values()) + len(known) for label in counts}
    ratios = {
        name: abs(log((counts[True][name] + 1) / totals[True] * totals[False] / (counts[False][name] + 1)))
        for name in known
    }
    mean = fmean(ratio for name, ratio in ratios.items() if known[name] >= LEAST_REQUESTS)
    return {name: 0.5 + 0.5 * ratio / mean for name, ratio in ratios.items()}


def fit_all(left_out: str = "") -> dict[str, int]:
    """Return the weights in hundredths for all files but one."""
    texts = [(name, text) for name, texts in sets().items() if name != left_out for text in texts]
    shares = [SHARES.get(name, 1.0) for name, _ in texts]
    examples = rows(text for _, text in texts)
    factors = contrasts(examples, shares)
    scaled = [(label, {name: factors[name] * value for name, value in row.items()}) for label, row in examples]
    return hundredths({name: factors.get(name, 1.0) * weight for name, weight in fit(scaled, shares).items()})


def digest() -> str:
    """Return a hash of the labeled texts and of the code that reads words."""
    paths = [*sorted(HERE.glob("*.jsonl")), *(TESTS / name for name in LISTS), topics.TABLE, Path(word_model.__file__)]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def measure(name: str) -> None:
    """Print what the guard decides on one file, with weights fitted to the others."""
    weights = {feature: weight / 100 for feature, weight in fit_all(left_out=name).items()}
    counts: Counter[tuple[bool, str]] = Counter()
    with patch.object(word_model, "_weights", lambda: weights):
        for text, label in sets()[name]:
            decision = "refused" if overclaims(text) else "held" if unapproved(text) else "passed"
            counts[label, decision] += 1
    for label, word in ((True, "overclaims"), (False, "honest")):
        print(f"{name}, {word}:", *(f"{counts[label, kind]} {kind}" for kind in ("refused", "held", "passed")))


def main() -> int:
    if "--left-out" in sys.argv:
        for name in sets():
            measure(name)
        return 0
    if "--digest" in sys.argv:
        return int(json.loads(word_model.WEIGHTS.read_text("utf-8"))["digest"] != digest())
    fitted = fit_all()
    if "--check" in sys.argv:
        stored = json.loads(word_model.WEIGHTS.read_text("utf-8"))
        weights = stored["hundredths"]
        worst = max(abs(weights.get(name, 0) - fitted.get(name, 0)) for name in weights | fitted)
        print(f"largest difference: {worst} hundredths")
        return int(worst > LEAST_HUNDREDTHS or stored["digest"] != digest())
    document = {"digest": digest(), "hundredths": fitted}
    word_model.WEIGHTS.write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{len(fitted)} weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
