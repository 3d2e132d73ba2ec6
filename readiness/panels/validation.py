"""Panel with the latest result and grade of each case of sandbox validation."""

from typing import Any

from pagetojob.servicetitan.validation.selectors import latest_results

from ..shape import Pack, PageView


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return each case with its latest results. A single query."""
    return {"cases": latest_results()}
