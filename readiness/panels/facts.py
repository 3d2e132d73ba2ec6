"""Panel with the external facts that the answers rely on, and those that need review."""

from typing import Any

from pagetojob.servicetitan.facts.selectors import fact_lines, to_review

from ..shape import Pack, PageView


def context(pack: Pack, page: PageView) -> dict[str, Any]:
    """Return all facts. A single query."""
    lines = fact_lines()
    return {"lines": lines, "to_review": len(to_review(lines))}
