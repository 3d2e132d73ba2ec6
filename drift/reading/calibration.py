"""Convert the confidence of a reading to the share of such readings that are right. Pure.

The weights in calibration.json are fitted on labeled websites (`make bench-drift-real ARGS=--calibrate`).
"""

import json
import math
from importlib import resources
from typing import Any

#: Facts and findings with less confidence count for nothing. Calibration does not move a fact across this border.
OPENS_AT = 0.6
_BELOW = 0.59
_WEIGHTS: dict[str, Any] = json.loads(
    resources.files(__package__).joinpath("calibration.json").read_text(encoding="utf-8")
)


def calibrated(kind: str, confidence: float) -> float:
    """Return the probability that a fact of a kind, or a finding, is right."""
    of_kind = _WEIGHTS["kinds"].get(kind, 0.0)
    odds = _WEIGHTS["intercept"] + _WEIGHTS["slope"] * confidence + of_kind
    share = 1 / (1 + math.exp(-odds))
    return max(OPENS_AT, share) if confidence >= OPENS_AT else min(_BELOW, share)
