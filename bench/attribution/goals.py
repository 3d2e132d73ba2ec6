"""The goals of linkage for one business of ordinary noise."""

from tests.support.synthetic.accuracy import Figures

LEAST_RIGHT, LEAST_MATCHED, LEAST_F1, LEAST_RECALL, MOST_ERROR = 0.995, 0.95, 0.985, 0.98, 0.010


def reached(figures: Figures) -> dict[str, bool]:
    """Return for each goal whether a business reaches it."""
    right, matched = figures.label_precision >= LEAST_RIGHT, figures.label_recall >= LEAST_MATCHED
    return {
        f"{LEAST_RIGHT} right": right,
        f"{LEAST_MATCHED} matched": matched,
        "right and matched": right and matched,
        f"F1 {LEAST_F1}": figures.f1 >= LEAST_F1,
        f"R99 {LEAST_RECALL}": figures.recall_at_99 >= LEAST_RECALL,
        f"calibration error {MOST_ERROR:.3f}": figures.ece <= MOST_ERROR,
    }
