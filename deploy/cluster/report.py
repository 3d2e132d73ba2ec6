"""The table of a drill and its goals, from the recorded results of all drills."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .results import Balance, Result

ACKNOWLEDGED = 3000
INTERRUPTION_SECONDS = 45.0
P95_MS = 500


@dataclass(frozen=True)
class Goal:
    """A goal with the measured value."""

    text: str
    measured: str
    is_met: bool


def table(
    titles: Mapping[str, str], wanted: Mapping[str, int], results: Sequence[Result], interrupted: Counter[str]
) -> list[str]:
    """Return the lines of a Markdown table: a row for each kind of failure."""
    lines = [
        "| failure | runs | acknowledged | lost | writes again, median | worst | form p95 otherwise | not recovered |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for kind, title in titles.items():
        of = [result for result in results if result.kind == kind]
        runs = f"{len(of)} of {max(wanted.get(kind, 0), len(of))}"
        if interrupted[kind]:
            runs += f", {interrupted[kind]} interrupted"
        if not of:
            lines.append(f"| {title} | {runs} | | | | | | |")
            continue
        seconds = sorted(result.interruption_seconds for result in of)
        cells = [
            title,
            runs,
            f"{sum(result.acknowledged for result in of):,}",
            _lost(of),
            f"{seconds[len(seconds) // 2]:.1f} s",
            f"{seconds[-1]:.1f} s",
            _milliseconds(p95(of)),
            str(sum(bool(result.error) for result in of)),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def goals(results: Sequence[Result], balances: Sequence[Balance], promises: Mapping[str, int]) -> list[Goal]:
    """Return the goals of issue and documentation. Without results none is met.

    `promises` has the number of acknowledged leads of each cluster, also of failures without a result.
    """
    acknowledged = sum(result.acknowledged for result in results)
    lost = lost_leads(results, balances)
    doubled = sum(balance.stored_twice + balance.booked_twice for balance in balances)
    worst = max((result.interruption_seconds for result in results), default=float("inf"))
    quiet = p95(results)
    is_compared = are_compared(results, balances, promises)
    is_explained = all(
        each.balances and each.open_items == 0 and not (each.unknown or each.not_received or each.unexplained)
        for each in balances
    )
    return [
        Goal(
            f"0 of {ACKNOWLEDGED:,} acknowledged leads lost",
            _counted(lost, acknowledged, is_compared=is_compared),
            is_compared and lost == 0 and acknowledged >= ACKNOWLEDGED,
        ),
        Goal("0 leads or bookings doubled", f"{doubled:,}", is_compared and doubled == 0),
        Goal(f"writes again in under {INTERRUPTION_SECONDS:.0f} s", f"{worst:.1f} s", worst < INTERRUPTION_SECONDS),
        Goal(f"form p95 under {P95_MS} ms otherwise", _milliseconds(quiet), quiet is not None and quiet < P95_MS),
        Goal(
            "every cluster recovers without a person",
            f"{sum(bool(result.error) for result in results)} did not",
            bool(results) and not any(result.error for result in results),
        ),
        Goal(
            "the ledger balances with the simulator", _compared(is_compared, is_explained), is_compared and is_explained
        ),
    ]


def are_compared(results: Sequence[Result], balances: Sequence[Balance], promises: Mapping[str, int]) -> bool:
    """Tell whether each cluster was compared after its last failure, with everything that it ever acknowledged."""
    newest = {balance.cluster: balance for balance in balances}
    clusters = {result.cluster for result in results} | promises.keys()
    return (
        bool(clusters)
        and clusters <= newest.keys()
        and all(newest[name].acknowledged == promises.get(name, 0) for name in clusters)
        and all(newest[result.cluster].at >= result.at for result in results)
    )


def lost_leads(results: Sequence[Result], balances: Sequence[Balance]) -> int:
    """Return the number of lost leads: of each cluster the larger count, because both count the same leads."""
    after_failures: Counter[str] = Counter()
    for result in results:
        after_failures[result.cluster] += result.lost or 0
    compared = {balance.cluster: balance.lost for balance in balances}
    return sum(max(after_failures[name], compared.get(name, 0)) for name in {*after_failures, *compared})


def p95(results: Sequence[Result]) -> int | None:
    """Return the time below which 95 % of the quiet answers stay, of all results together."""
    times = sorted(time for result in results for time in result.quiet_ms)
    return times[min(len(times) - 1, int(0.95 * len(times)))] if times else None


def text(lines: Sequence[str], reached: Sequence[Goal]) -> str:
    """Return table and goals as Markdown."""
    rows = [f"| {goal.text} | {goal.measured} | {'yes' if goal.is_met else 'NO'} |" for goal in reached]
    return "\n".join([*lines, "", "| goal | measured | met |", "| --- | ---: | --- |", *rows])


def _lost(results: Sequence[Result]) -> str:
    counts = [result.lost for result in results if result.lost is not None]
    missing = len(results) - len(counts)
    return f"{sum(counts):,}" + (f", {missing} not counted" if missing else "")


def _counted(lost: int, acknowledged: int, *, is_compared: bool) -> str:
    """Return the lost leads, and why their number alone does not decide the goal."""
    reasons = [] if is_compared else ["not all compared"]
    if acknowledged < ACKNOWLEDGED:
        reasons.append("too few to meet the goal")
    return ", ".join([f"{lost:,} of {acknowledged:,}", *reasons])


def _milliseconds(value: int | None) -> str:
    return "" if value is None else f"{value} ms"


def _compared(is_compared: bool, is_explained: bool) -> str:
    if not is_compared:
        return "not compared"
    return "balances" if is_explained else "differs"
