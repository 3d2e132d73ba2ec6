"""Rules for Prometheus and dashboards for Grafana: valid, tested, and about metrics that the product exports."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics_core import Metric

from pagetojob.ops.alarms import BY_KEY
from pagetojob.ops.metrics import _DatabaseCollector
from pagetojob.platform.tenants import scope
from syncqueue.models import Kind, State
from syncqueue.tally_buckets import BUCKETS
from tests.support.services import ROOT

RULES = ROOT / "deploy" / "prometheus" / "rules.yml"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana").glob("*.json"))
#: Prometheus itself records whether a scrape succeeded.
OF_PROMETHEUS = {"up"}
#: The closed lists that label values come from.
VALUES: dict[str, set[str]] = {
    "alarm": set(BY_KEY),
    "kind": set(Kind.values),
    "state": {*State.values, "active", "resting", "trying", "paused"},
    "of": {"due", "notice", "backup", "archive", "drill"},
    "le": set(BUCKETS),
    "job": {"pagetojob"},
}
MISSING = "promtool is missing: apt-get install promtool"
_SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
_NAME = re.compile(r"\b(?:pagetojob[\w:]*|up)\b(?!\s*\()")
_MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(path: Path) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["panels"]
    return shown


def expressions() -> Iterator[tuple[str, str]]:
    """Yield each expression with where it is."""
    for rule in rules():
        yield f"{RULES.name}: {rule.get('alert') or rule['record']}", rule["expr"]
    for path in DASHBOARDS:
        for panel in panels(path):
            yield from ((f"{path.name}: {panel['title']}", target["expr"]) for target in panel["targets"])


def exported(families: list[Metric]) -> set[str]:
    return {family.name + suffix for family in families for suffix in _SUFFIXES[family.type]}


def names(expression: str) -> set[str]:
    """Return the metrics of an expression, without the names in label values and annotations."""
    return set(_NAME.findall(re.sub(r'"[^"]*"', '""', expression)))


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool")
    if program is None:
        (pytest.fail if os.environ.get("REQUIRE_SYSTEM_PACKAGES") else pytest.skip)(MISSING)
    # A Go program collects garbage at each doubling of its memory, a quarter of the time of the tests of the rules.
    command, variables = [program, *words], os.environ | {"GOGC": "400"}
    return subprocess.run(command, cwd=RULES.parent, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", [("check", "rules", "rules.yml"), ("test", "rules", "rules_test.yml")])
def test_promtool_accepts_the_rules_and_their_tests(words: tuple[str, ...]) -> None:
    result = promtool(*words)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_alert_has_a_test() -> None:
    tested = set(re.findall(r"alertname: (\w+)", (RULES.parent / "rules_test.yml").read_text(encoding="utf-8")))
    assert {rule["alert"] for rule in rules() if "alert" in rule} <= tested


def test_rules_and_dashboards_name_only_exported_metrics(db: None, settings: Any, tmp_path: Path) -> None:
    settings.BACKUP_FOLDER = str(tmp_path)
    with scope.worker():
        known = exported(list(_DatabaseCollector().collect())) | OF_PROMETHEUS
    known |= {rule["record"] for rule in rules() if "record" in rule}
    wrong = {where: unknown for where, text in expressions() if (unknown := names(text) - known)}
    assert wrong == {}
    # Every metric is on a dashboard or in a rule, or says how good another one is.
    used = set().union(*(names(text) for _, text in expressions()))
    unused = {name for name in known - used if not name.endswith(("_sum", "_count", "_bucket"))}
    assert unused == {"pagetojob_queue_items_age_seconds", "pagetojob_queue_items_more"}


def test_label_values_come_from_our_lists() -> None:
    wrong = [
        (where, label, value)
        for where, text in expressions()
        for label, values in _MATCHER.findall(text)
        for value in values.split("|")
        if value not in VALUES[label]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('max(pagetojob_lag{of="due"})', {"pagetojob_lag"}),
        (
            "pagetojob:errors:ratio_1h > on(objective) pagetojob_untold",
            {"pagetojob:errors:ratio_1h", "pagetojob_untold"},
        ),
        ('max(up{job="pagetojob"}) * group_left() vector(1)', {"up"}),
    ],
)
def test_the_check_reads_names(expression: str, expected: set[str]) -> None:
    assert names(expression) == expected


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_has_panels_that_do_not_overlap_and_reads_the_chosen_source(path: Path) -> None:
    shown = panels(path)
    assert len({panel["id"] for panel in shown}) == len(shown)
    assert {panel["datasource"]["uid"] for panel in shown} == {"${source}"}
    boxes = [panel["gridPos"] for panel in shown]
    assert all(box["x"] + box["w"] <= 24 for box in boxes)
    overlaps: Callable[[dict[str, int], dict[str, int]], bool] = lambda a, b: (  # noqa: E731
        a["x"] < b["x"] + b["w"] and b["x"] < a["x"] + a["w"] and a["y"] < b["y"] + b["h"] and b["y"] < a["y"] + a["h"]
    )
    assert not [pair for pair in combinations(boxes, 2) if overlaps(*pair)]
