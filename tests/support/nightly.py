"""The tests that only `make nightly` runs; the end of every other run names and counts them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

_left_out: Counter[str] = Counter()


def sampled(cases: Sequence[Any], *, keep: int) -> list[Any]:
    """Leave about `keep` of the cases in the suite, evenly chosen, and mark the others for `make nightly`."""
    step = max(1, len(cases) // keep)
    left_out = (case if isinstance(case, tuple) else (case,) for case in cases)
    nightly = [pytest.param(*values, marks=pytest.mark.nightly) for values in left_out]
    return [case if at % step == 0 else nightly[at] for at, case in enumerate(cases)]


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    _left_out.update(item.nodeid.partition("[")[0] for item in items if item.get_closest_marker("nightly"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["nightly"] = dict(_left_out)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take the counts of an xdist worker: each of them deselects the same tests."""
    _left_out.update(Counter(getattr(node, "workeroutput", {}).get("nightly", {})) - _left_out)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for name, count in sorted(_left_out.items()):
        terminalreporter.write_line(f"NIGHTLY [{count}] {name}: only `make nightly` runs it")
