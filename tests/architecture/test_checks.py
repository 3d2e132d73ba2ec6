"""The table of checks: each ready line has one, with guards that exist and tests that do."""

from importlib.util import find_spec

import pytest
import yaml

from readiness.checks import checks, drills
from readiness.evidence_files import FAILED, PASSED
from readiness.services.content import CONTENT_FOLDER
from tests.evidence.drill import result_of, why_not_written
from tests.evidence.table import DATA, PAGE, TestedCheck, checks_with_tests, page
from tests.guards.table import ROOT, defines
from tests.support.drill_status import TOO_SLOW, exit_status

CHECKS = checks_with_tests()


def test_readers_and_tests_have_the_same_checks() -> None:
    assert set(yaml.safe_load(DATA.read_text(encoding="utf-8"))) == set(checks())


def test_the_page_shows_the_checks() -> None:
    """After a change of a check or guard, run `python -m tests.evidence.table`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row.check.anchor)
def test_tests_exist_and_a_guard_proves_that_they_can_fail(row: TestedCheck) -> None:
    assert row.guards and row.check.shows.endswith(".")
    for test in row.further:
        path, _, name = test.partition("::")
        assert defines(ROOT / path, name.partition("[")[0].replace("::", ".")), test


@pytest.mark.parametrize("name", drills())
def test_drills_name_lines_with_checks_and_a_module_that_exists(name: str) -> None:
    drill = drills()[name]
    assert any(name in check.drills for check in checks().values())
    assert name.startswith("drill-") and find_spec(drill.module)
    assert result_of(drill, 0).outcome == PASSED
    assert result_of(drill, 1).outcome == FAILED
    command = f"tests.evidence.drill {name.removeprefix('drill-')}"
    assert command in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("status", "arguments", "changed", "is_written"),
    [
        (0, [], False, True),
        (1, ["5"], False, True),
        (0, ["5"], False, False),
        (2, ["x"], False, False),
        # Other work on the machine must not lower a public line.
        (TOO_SLOW, [], False, False),
        (0, [], True, False),
    ],
)
def test_only_a_full_drill_passes(status: int, arguments: list[str], changed: bool, is_written: bool) -> None:
    assert is_written is not bool(why_not_written(status, arguments, changed=changed))
    result = result_of(drills()["drill-chaos"], status, arguments)
    assert list(result.tests) == [" ".join(["bench.chaos", *arguments])]


def test_a_broken_promise_outweighs_a_slow_row() -> None:
    assert [exit_status(broken=broken, slow=slow) for broken, slow in ((0, 0), (0, 2), (1, 0), (1, 2))] == [0, 3, 1, 1]


def test_the_drills_of_a_line_exist() -> None:
    assert {name for check in checks().values() for name in check.drills} == set(drills())


def test_as_many_lines_are_ready_as_have_a_check() -> None:
    ready = sum(
        path.read_text(encoding="utf-8").count("status: ready now")
        for path in CONTENT_FOLDER.rglob("*.yaml")
        if yaml.safe_load(path.read_text(encoding="utf-8"))
    )
    assert ready == len(CHECKS)
