"""The table of guards: every file, symbol and test that it names exists, and each removal can be applied."""

import re

import pytest

from tests.guards.table import PAGE, ROOT, Guard, defines, guards, page

FEWEST = 90
GUARDS = guards()
FUNCTION = re.compile(r"CREATE (?:OR REPLACE )?FUNCTION (\w+)|^\$\$;|^END \$\$;", re.MULTILINE)
TRIGGER = re.compile(r"DROP TRIGGER (\w+)")


def test_there_are_enough_guards_and_each_is_listed_once() -> None:
    names = [guard.name for guard in GUARDS]
    assert len(names) >= FEWEST and len(names) == len(set(names))
    assert {guard.promise for guard in GUARDS} <= set(range(1, 17))


def test_the_page_shows_the_guards() -> None:
    """After a change of guards.yaml, run `python -m tests.guards.table`."""
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.code)
def test_code_tests_and_removal_exist(guard: Guard) -> None:
    """Correct the row after moving code or renaming a test; remove it only together with the guard."""
    assert defines(ROOT / guard.path, guard.symbol), guard.code
    assert guard.tests
    for test in guard.tests:
        path, _, name = test.partition("::")
        assert defines(ROOT / path, name.partition("[")[0].replace("::", ".")), test
    assert (ROOT / guard.changed).read_text(encoding="utf-8").count(guard.old) == 1, guard.old
    assert guard.old != guard.new


def test_no_guard_is_in_a_function_or_trigger_that_a_later_migration_replaces() -> None:
    """Move the row to the migration that replaced it: removing the earlier one changes nothing."""
    assert not [guard.name for guard in GUARDS if _is_replaced(guard)]


def _is_replaced(guard: Guard) -> bool:
    file = ROOT / guard.changed
    if file.parent.name != "migrations":
        return False
    text = file.read_text(encoding="utf-8")
    before = list(FUNCTION.finditer(text, 0, text.index(guard.old)))
    changed = {before[-1][1] if before else None, *TRIGGER.findall(guard.new)}
    later = (other.read_text(encoding="utf-8") for other in file.parent.glob("0*.py") if other.name > file.name)
    return any(changed & _made(text) for text in later)


def _made(text: str) -> set[str]:
    """Return the names of the functions and triggers that a migration makes."""
    functions = {match[1] for match in FUNCTION.finditer(text) if match[1]}
    return functions | set(re.findall(r'pgid="(\w+)"', text))
