"""How right the links are, against the truth of a made-up business."""

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
    kept_right: float
    kept_recall: float
    ece: float
    links: int

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.4f} (best {self.best_f1:.4f}) | recall at precision 0.99 {self.recall_at_99:.4f} | "
            f"certain and matched {self.kept_right:.4f} right, {self.kept_recall:.4f} of the truth | "
            f"calibration error {self.ece:.4f}"
        )


def measure(links: Iterable[Link], truth: Mapping[str, str]) -> Figures:
    """`truth` is job id to lead id. F1 is of links with a chance of one half or more, whatever their label."""
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
    kept = [hit for link, hit in zip(ranked, right, strict=True) if link.label in ("certain", "matched")]
    return Figures(
        2 * sum(half) / (len(half) + whole), best, recall, sum(kept) / max(1, len(kept)), sum(kept) / whole,
        _calibration_error(ranked, right), len(ranked),
    )  # fmt: skip


def _calibration_error(ranked: list[Link], right: list[bool]) -> float:
    """Expected calibration error: ten equal bins, weighted by how many links each holds."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for link, hit in zip(ranked, right, strict=True):
        bins.setdefault(min(9, int(link.p * 10)), []).append((link.p, hit))
    return sum(abs(sum(p for p, _ in one) - sum(hit for _, hit in one)) for one in bins.values()) / max(1, len(ranked))
