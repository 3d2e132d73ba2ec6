"""The tests of the pack's checks, and the page that shows them: docs/reference/checks.md.

`python -m tests.evidence.table` writes the page.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from readiness.checks import Check, checks, drills
from tests.guards.table import ROOT, Guard, guards

DATA = Path(__file__).with_name("checks.yaml")
PAGE = ROOT / "docs" / "reference" / "checks.md"
INTRO = """# Checks of ready lines

Each line of the readiness pack that is recorded as ready now has a check: tests of the behavior that the line claims.
`make evidence` runs them and signs the result ([why](../explanation/evidence.md)). The rows come from
`readiness/content/checks.yaml`, which readers see, and `tests/evidence/checks.yaml`. After an edit,
`.venv/bin/python -m tests.evidence.table` writes this page again.

A guard is code without which at least one test of the check fails; [its page](guards.md) names code and tests. This
command removes a guard in a temporary worktree and runs its tests:

```sh
.venv/bin/python -m tests.guards.remove --only "A paused zone asks for no request"
```

"""
HEAD = """| line | what is tested | guards: without them the check fails | further tests and drills |
| --- | --- | --- | --- |"""

DRILLS_HEAD = """## Drills

A failed drill lowers the lines whose last column names it.

| drill | module | what it shows |
| --- | --- | --- |"""


@dataclass(frozen=True)
class TestedCheck:
    """A check with its guards and all of its tests."""

    __test__ = False

    check: Check
    guards: tuple[Guard, ...]
    further: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        of_guards = (test for guard in self.guards for test in guard.tests)
        return tuple(dict.fromkeys([*of_guards, *self.further]))


def checks_with_tests() -> list[TestedCheck]:
    """Return all checks, in the order that readers see. Raises KeyError for a guard or check that does not exist."""
    by_name = {guard.name: guard for guard in guards()}
    rows = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return [
        TestedCheck(check, tuple(by_name[guard] for guard in row["guards"]), tuple(row.get("tests", ())))
        for name, check in checks().items()
        for row in [rows[name]]
    ]


def page() -> str:
    lines = [HEAD, *map(_line, checks_with_tests()), "", DRILLS_HEAD]
    lines += [f"| `{name}` | `{drill.module}` | {drill.check.shows} |" for name, drill in drills().items()]
    return INTRO + "\n".join(lines) + "\n"


def _line(row: TestedCheck) -> str:
    names = "<br>".join(guard.name for guard in row.guards)
    further = "<br>".join(f"`{test}`" for test in (*row.further, *row.check.drills))
    return f"| `{row.check.anchor}` | {row.check.shows} | {names} | {further} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
