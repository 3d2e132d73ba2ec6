"""Each action that the code writes to the audit log has a label for people."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagetojob.platform.accounts.models.privileges import PrivilegeOutcome
from pagetojob.platform.audit.actions import LABELS, label_of
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.servicetitan.vault.models import ConnectionState

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pagetojob", "syncqueue", "attribution", "drift", "readiness")
ACTION = re.compile(r"[a-z_]+(\.[a-z_]+){1,2}")
#: Actions whose last word is a value of the row: its state, its outcome, or what an editor did in the admin.
BY_VALUE = {
    "onboarding.*": [f"onboarding.{state}" for state in Lifecycle if state != Lifecycle.DRAFT],
    "vault.*": [f"vault.{state.value.replace(' ', '_')}" for state in ConnectionState],
    "security.privilege_*": [f"security.privilege_{end}" for end in PrivilegeOutcome if end],
    "*.*": ["readiness.accessitem.change"],
    "*.move": ["readiness.accessitem.move"],
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Code:
    """The calls and text constants of the packages, by name."""

    def __init__(self) -> None:
        self.calls: dict[str, list[tuple[ast.Call, Function | None, Path]]] = defaultdict(list)
        #: By the path of their module and their name; and by the name alone, for those that are imported.
        self.constants: dict[tuple[Path | None, str], set[str]] = defaultdict(set)
        self.homes: dict[Function | None, Path] = {}
        self.sql: list[str] = []
        self.resolving: set[tuple[str, str]] = set()
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                self.path = path
                self._read(ast.parse(path.read_text()), None)

    def _read(self, node: ast.AST, inside: Function | None) -> None:
        if isinstance(node, Function):
            inside = node
            self.homes[node] = self.path
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            self.calls[name].append((node, inside, self.path))
        elif isinstance(node, ast.Assign) and inside is None:
            self._name(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "INTO audit_auditentry" in node.value:
            self.sql += re.findall(r"(?:VALUES|SELECT)[^;]*?'([a-z_]+\.[a-z_]+)'", node.value)
        for child in ast.iter_child_nodes(node):
            self._read(child, inside)

    def _name(self, node: ast.Assign) -> None:
        for target in node.targets:
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for name, value in zip(names, values, strict=False):
                if (
                    isinstance(name, ast.Name)
                    and name.id.isupper()
                    and isinstance(value, ast.Constant)
                    and isinstance(value.value, str)
                ):
                    for path in (self.path, None):
                        self.constants[path, name.id].add(value.value)

    def actions(self) -> set[str]:
        texts = {text for name in ("record", "record_change") for text in self._given(name, "action", 0)}
        return {text for text in texts if ACTION.fullmatch(text.replace("*", "x"))} | set(self.sql)

    def _given(self, name: str, parameter: str, place: int, home: Path | None = None) -> Iterator[str]:
        """Yield the texts that calls of a function give for a parameter."""
        if (name, parameter) in self.resolving:  # functions that call each other, or only share a name
            return
        self.resolving.add((name, parameter))
        for call, inside, path in self.calls[name]:
            if name.startswith("_") and path != home:
                continue
            values = [keyword.value for keyword in call.keywords if keyword.arg == parameter]
            values += call.args[place : place + 1]
            if values:
                yield from self._texts(values[0], inside)
        self.resolving.discard((name, parameter))

    def _texts(self, value: ast.expr, inside: Function | None) -> Iterator[str]:
        """Yield the texts that an expression may have, with `*` for a part that the code does not state."""
        if isinstance(value, ast.Constant):
            yield str(value.value)
        elif isinstance(value, ast.IfExp):
            yield from self._texts(value.body, inside)
            yield from self._texts(value.orelse, inside)
        elif isinstance(value, ast.JoinedStr):
            texts = [""]
            for part in value.values:
                ends = set(self._texts(part.value if isinstance(part, ast.FormattedValue) else part, inside)) or {"*"}
                texts = [text + end for text in texts for end in ends]
            yield from texts
        elif isinstance(value, ast.Name):
            yield from self._named(value.id, inside)

    def _named(self, name: str, inside: Function | None) -> Iterator[str]:
        arguments = inside.args if inside else None
        places = [*arguments.posonlyargs, *arguments.args] if arguments else []
        names = [place.arg for place in places if place.arg not in ("self", "cls")]
        if inside and arguments and name in [*names, *(place.arg for place in arguments.kwonlyargs)]:
            place = names.index(name) if name in names else len(names) + 99
            yield from self._given(inside.name, name, place, self.homes[inside])
            return
        local = [node for node in ast.walk(inside) if isinstance(node, ast.Assign)] if inside else []
        for node in local:
            if any(isinstance(target, ast.Name) and target.id == name for target in node.targets):
                yield from self._texts(node.value, inside)
        yield from self.constants[self.homes.get(inside), name] or self.constants[None, name]


@pytest.fixture(scope="module")
def actions() -> set[str]:
    return Code().actions()


def test_each_action_has_a_label(actions: set[str]) -> None:
    assert {"leads.note", "gates.kill", "drift.told_by_phone", "syncqueue.pause_lane", "audit.purge"} <= actions
    named = {action for action in actions if "*" not in action}
    named |= {action for pattern in actions if "*" in pattern for action in BY_VALUE[pattern]}
    assert sorted(action for action in named if action not in LABELS and not in_admin(action)) == []


def in_admin(action: str) -> bool:
    return label_of(action) in ("Access item changed", "Access item moved")


def test_no_label_is_left_over(actions: set[str]) -> None:
    named = actions | {action for pattern in BY_VALUE.values() for action in pattern}
    assert sorted(LABELS.keys() - named) == []


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("leads.note", "Note on a request written"),
        ("readiness.accessitem.delete", "Access item removed"),
        ("tenants.nothing.change", "Nothing change"),
        ("old.thing_done", "Thing done"),
    ],
)
def test_an_action_is_shown_in_words(action: str, label: str) -> None:
    assert label_of(action) == label
