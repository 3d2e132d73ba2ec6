"""The table of docs/reference/retention.md from the code: `python -m tests.retention.reference` writes it."""

from pathlib import Path

from pagetojob.platform.tenants.declarations import Retention
from pagetojob.retention.periods import PERIODS, Period

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "retention.md"
BEGIN, END = "<!-- periods: generated -->\n", "<!-- end -->\n"
_HEAD = "| class | shown as | rows | default | bounds | enforced by | reason |\n" + "| --- " * 7 + "|\n"


_NONE = (
    "| `none` | | settings with contacts, their changes, notes, counts, the public pack"
    " | as long as the contract or the pack | fixed | end of the contract"
    " | The website needs them. A person in them is erased earlier on request. |\n"
)


def table() -> str:
    return _HEAD + "".join(_row(kind, period) for kind, period in PERIODS.items()) + _NONE


def _row(kind: Retention, period: Period) -> str:
    default = f"{period.days} days" if period.days is not None else "as long as the contract"
    bounds = f"{period.least} to {period.most} days" if period.adjustable else "fixed"
    cells = (f"`{kind.value}`", period.label, period.covers, default, bounds, period.enforcer.value, period.reason)
    return f"| {' | '.join(cells)} |\n"


def page() -> str:
    """Return the page with the table of today's code."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
