"""Accuracy of links, compared with the truth of a synthetic business."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Link:
    lead: str
    job: str
    p: float
    label: str


@dataclass(frozen=True)
class Figures:
    f1: float
    best_f1: float
    recall_at_99: float
    label_precision: float
    label_recall: float
    ece: float
    links: int

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.4f} (best {self.best_f1:.4f}) | recall at precision 0.99 {self.recall_at_99:.4f} | "
            f"certain and matched {self.label_precision:.4f} right, {self.label_recall:.4f} of the truth | "
            f"calibration error {self.ece:.4f}"
        )


def measure(links: Iterable[Link], truth: Mapping[str, str]) -> Figures:
    """Compare with `truth`, job id to lead id. F1 counts links with a probability of 0.5 or more, of any label."""
    ranked = sorted((link for link in links if link.job), key=lambda link: (-link.p, link.job))
    right = [truth.get(link.job) == link.lead for link in ranked]
    whole = max(1, len(truth))
    best = recall = 0.0
    hits = 0
    for at, (link, hit) in enumerate(zip(ranked, right, strict=True), start=1):
        hits += hit
        if at < len(ranked) and ranked[at].p == link.p:
            continue
        best = max(best, 2 * hits / (at + whole))
        if hits / at >= 0.99:
            recall = hits / whole
    half = [hit for link, hit in zip(ranked, right, strict=True) if link.p >= 0.5]
    labeled = [hit for link, hit in zip(ranked, right, strict=True) if link.label in ("certain", "matched")]
    return Figures(
        2 * sum(half) / (len(half) + whole), best, recall, sum(labeled) / max(1, len(labeled)), sum(labeled) / whole,
        _calibration_error(ranked, right), len(ranked),
    )  # fmt: skip


def _calibration_error(ranked: list[Link], right: list[bool]) -> float:
    """Return the expected calibration error: ten equal bins, weighted by the number of their links."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for link, hit in zip(ranked, right, strict=True):
        bins.setdefault(min(9, int(link.p * 10)), []).append((link.p, hit))
    return sum(abs(sum(p for p, _ in pairs) - sum(hit for _, hit in pairs)) for pairs in bins.values()) / max(
        1, len(ranked)
    )
