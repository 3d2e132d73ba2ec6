"""The guards listed in guards.yaml, and the page that shows them: docs/reference/guards.md.

`python -m tests.guards.table` writes the page.
"""

import ast
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(__file__).with_name("guards.yaml")
PAGE = ROOT / "docs" / "reference" / "guards.md"

INTRO = """# Guards

A guard is a check that protects one of the product's promises. Each row names the guard, the number of its promise, the
code that enforces it and the tests that fail without it. The rows come from `tests/guards/guards.yaml`, with the
change that removes each guard. After an edit, `.venv/bin/python -m tests.guards.table` writes this page again. A test
checks that every file, symbol and test exists.

This command removes guards at random, each in a temporary worktree of the last commit, and runs only their tests:

```sh
.venv/bin/python -m tests.guards.remove --seed 7 --count 12
```

It prints `noticed` for each guard, or `NOT NOTICED` if its tests pass without it, and ends with 1 in that case. First
it runs the tests of all chosen guards with nothing removed, because a test that always fails proves nothing.
`--only TEXT` chooses among the guards whose group, name or code contains the text. A removal takes about ten seconds.

Promises: 1 a lead is never lost; 2 the ledger balances; 3 nothing is sent twice; 4 only what can pass is retried;
5 manual is called manual; 6 off when in doubt; 7 no overclaiming; 8 the website never changes by itself; 9 revenue is
proven or excluded; 10 bad events do nothing; 11 secrets stay sealed; 12 tenants never see each other; 13 every action
has a name and a reason; 14 no screen is wrong; 15 data ends when it should; 16 a stranger can check us.
"""
HEAD = "| guard | promise | code | tests that fail without it |\n| --- | --- | --- | --- |"


@dataclass(frozen=True)
class Guard:
    """A guard: its code, the tests that notice its absence, and the change of one file that removes it."""

    group: str
    name: str
    promise: int
    code: str
    tests: tuple[str, ...]
    changed: str
    old: str
    new: str

    @property
    def path(self) -> str:
        return self.code.partition("::")[0]

    @property
    def symbol(self) -> str:
        return self.code.partition("::")[2]


def guards() -> list[Guard]:
    """Return all guards, in the order of the file."""
    groups: dict[str, list[dict[str, Any]]] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return [
        Guard(
            group=group,
            name=row["guard"],
            promise=row["promise"],
            code=row["at"],
            tests=tuple(row["tests"]),
            changed=row.get("in") or row["at"].partition("::")[0],
            old=row["old"],
            new=row["new"],
        )
        for group, rows in groups.items()
        for row in rows
    ]


def page() -> str:
    """Return the page with one table for each group."""
    lines = [INTRO]
    for group, rows in groupby(guards(), lambda guard: guard.group):
        lines += [f"## {group}\n", HEAD, *map(_line, rows), ""]
    return "\n".join(lines)


def _line(guard: Guard) -> str:
    tests = "<br>".join(f"`{test}`" for test in guard.tests)
    return f"| {guard.name} | {guard.promise} | `{guard.path}`, `{guard.symbol}` | {tests} |"


def defines(path: Path, symbol: str) -> bool:
    """Return whether a Python file defines a symbol: a module-level name, or a method as Class.method."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for name in symbol.split("."):
        definition = next((node for node in body if name in _names(node)), None)
        if definition is None:
            return False
        body = getattr(definition, "body", [])
    return True


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
