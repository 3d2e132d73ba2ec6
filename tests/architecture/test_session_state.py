"""Product code leaves nothing in a session of the database: PgBouncer gives the session to another client next."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import OURS, ROOT, committed

#: They connect to the server directly, with sessions of their own.
DIRECT = ("pagetojob/local/", "pagetojob/backups/")
#: Statements of DuckDB, in a database of the process.
OTHER_DATABASE = ("attribution/linkage/",)
FORBIDDEN = {
    "SET without LOCAL": re.compile(r"(?:\A|;)\s*(?:SET\s+(?!LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)|RESET\s)"),
    "lock of the session": re.compile(r"\bpg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?\b", re.IGNORECASE),
    "temporary table": re.compile(r"\bCREATE\s+TEMP(?:ORARY)?\s+TABLE\b(?!.*\bON\s+COMMIT\s+DROP\b)", re.DOTALL),
    "statement of the session": re.compile(r"(?:\A|;)\s*(?:LISTEN|UNLISTEN|PREPARE|DEALLOCATE|DISCARD|LOAD)\s"),
    "cursor beyond its transaction": re.compile(r"\bWITH\s+HOLD\b"),
}
_NESTED = r"\((?:[^()]|\([^()]*\))*\)"
SET_CONFIG = re.compile(rf"\bset_config\s*\(((?:[^()]|{_NESTED})*)\)", re.IGNORECASE)


def problems(sql: str) -> list[str]:
    """Return what a text of SQL would leave in its session."""
    left = [name for name, pattern in FORBIDDEN.items() if pattern.search(sql)]
    arguments = (call.rpartition(",")[2].strip().lower() for call in SET_CONFIG.findall(sql))
    return left + [f"set_config(…, {last})" for last in arguments if last != "true"]


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a module with their lines, without docstrings; a placeholder stands for `{…}`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "placeholder" for part in node.values]
            yield node.lineno, "".join(map(str, parts))
            skipped |= {part for part in node.values if isinstance(part, ast.Constant)}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in skipped:
            yield node.lineno, node.value


def test_no_statement_of_the_product_leaves_state_in_its_session() -> None:
    wrong = []
    for path in [*committed("*.py"), *committed("*.sql")]:
        name = str(path.relative_to(ROOT))
        if not name.startswith(OURS) or name.startswith((*DIRECT, *OTHER_DATABASE)):
            continue
        texts = strings(path) if path.suffix == ".py" else [(1, path.read_text(encoding="utf-8"))]
        wrong += [f"{name}:{line}: {problem}" for line, text in texts for problem in problems(text)]
    assert wrong == []


@pytest.mark.parametrize(
    "sql",
    [
        "SET statement_timeout = '3s'",
        "SELECT 1; SET ROLE pagetojob_worker",
        "RESET ROLE",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SELECT set_config('app.tenant', %s, false)",
        "SELECT set_config('app.tenant', (SELECT max(id)::text FROM tenants_tenant), false)",
        "SELECT set_config(%s, %s, %s)",
        "SELECT pg_try_advisory_lock(hashtext('a'))",
        "select pg_advisory_unlock_all()",
        "CREATE TEMPORARY TABLE rows (id bigint)",
        "LISTEN wake_up",
        "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    ],
)
def test_the_check_finds(sql: str) -> None:
    assert problems(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SET LOCAL lock_timeout = '200ms'; SET LOCAL statement_timeout = '500ms'",
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "SELECT set_config(%s, %s, true), set_config('role', coalesce(%s, 'none'), true)",
        "SELECT pg_try_advisory_xact_lock(hashtext(%s))",
        "UPDATE syncqueue_syncitem SET state = 'queued'",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql SET search_path = public AS $$ SELECT 1 $$",
        "CREATE TEMP TABLE rows (id bigint) ON COMMIT DROP",
        "Set the password again.",
    ],
)
def test_the_check_permits(sql: str) -> None:
    assert problems(sql) == []
