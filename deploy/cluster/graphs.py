"""`make cluster-graphs`: draw the Grafana dashboards from the Prometheus of a cluster, with the failures of its drill.

A panel whose expression returns nothing stays empty and is named. Needs deploy/cluster/requirements.txt.
"""

import json
import sys
import urllib.request
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from matplotlib import dates, rcParams, ticker
from matplotlib.figure import Figure

from .cluster import Cluster
from .results import Journal, Result

DASHBOARDS = Path("deploy/grafana")
COLUMNS, POINTS = 2, 400
_UNITS = {"s": "seconds", "percentunit": "share"}


def main(out: Path) -> int:
    """Write an SVG file per dashboard to the folder `out`. Return 0, or 1 if the cluster has no results."""
    cluster = Cluster()
    results = [result for result in Journal(cluster.folder).results() if result.cluster == cluster.identity]
    if not results:
        print("This cluster has no results yet: run make cluster-failures.")
        return 1
    url = f"http://{cluster.nodes['prometheus'].address}:9090/api/v1/query_range"
    for file in sorted(DASHBOARDS.glob("*.json")):
        board = json.loads(file.read_text())
        empty = _draw(board, url, results, out / f"cluster-{file.stem}.svg")
        print(f"{board['title']}: {len(board['panels'])} panels, empty: {', '.join(empty) or 'none'}")
    return 0


def _draw(board: dict[str, Any], url: str, results: Sequence[Result], out: Path) -> list[str]:
    """Draw the panels of a dashboard in two columns; return the titles of those without data."""
    rcParams.update({"svg.hashsalt": "pagetojob", "font.size": 8, "svg.fonttype": "none"})
    panels, rows = board["panels"], -(-len(board["panels"]) // COLUMNS)
    figure = Figure(figsize=(12, 2.3 * rows), layout="constrained")
    empty = []
    for panel, axes in zip_longest(panels, figure.subplots(rows, COLUMNS, squeeze=False).flat):
        if panel is None:
            axes.set_axis_off()
        elif not _fill(axes, panel, url, results):
            empty.append(panel["title"])
    figure.suptitle(f"{board['title']}. A gray line is a failure; times are UTC.", x=0.01, ha="left")
    figure.savefig(out, metadata={"Date": None})
    return empty


def _fill(axes: Any, panel: dict[str, Any], url: str, results: Sequence[Result]) -> bool:
    """Draw a panel; return whether it has data."""
    first, last = min(result.at for result in results) - 300, max(result.at for result in results) + 600
    lines = [line for target in panel["targets"] for line in _lines(url, target, first, last)]
    for label, times, values in lines:
        axes.plot([datetime.fromtimestamp(time, UTC) for time in times], values, label=label, linewidth=1)
    for result in results:
        axes.axvline(datetime.fromtimestamp(result.at, UTC), color="0.85", linewidth=0.6, zorder=0)
    axes.set_title(panel["title"], loc="left", fontweight="bold")
    axes.set_ylabel(_UNITS.get(panel["fieldConfig"]["defaults"].get("unit", ""), ""))
    axes.set_xlim(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))
    axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))
    axes.yaxis.set_major_locator(ticker.MaxNLocator(5))
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    if lines:
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=6)
    return bool(lines)


def _lines(url: str, target: dict[str, str], first: float, last: float) -> list[tuple[str, list[float], list[float]]]:
    """Return the label, times and values of each series of a query."""
    step = max(15, int((last - first) / POINTS))
    asked: dict[str, str | float] = {"query": target["expr"], "start": first, "end": last, "step": step}
    with urllib.request.urlopen(f"{url}?{urlencode(asked)}", timeout=30) as answer:  # noqa: S310 - the cluster's own
        series = json.load(answer)["data"]["result"]
    return [
        (_label(target.get("legendFormat", ""), each["metric"]), *_split(each["values"]))
        for each in series
        if any(value not in ("NaN", "+Inf") for _, value in each["values"])
    ]


def _label(form: str, labels: dict[str, str]) -> str:
    for name, value in labels.items():
        form = form.replace(f"{{{{{name}}}}}", value)
    return form or "value"


def _split(values: Sequence[tuple[float, str]]) -> tuple[list[float], list[float]]:
    return [time for time, _ in values], [float(value) for _, value in values]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
