"""The inventories of cryptography and logging list what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import models

from pagetojob.platform.accounts.strength import OURS
from pagetojob.platform.tenants.declarations import Retention

ROOT = Path(__file__).resolve().parents[2]
APPS = ("attribution", "drift", "pagetojob", "readiness", "syncqueue")
REFERENCE = ROOT / "docs" / "reference"
#: Modules whose import means that a file encrypts, signs, verifies or makes secrets. Plain hashes are not among them.
CRYPTOGRAPHY = ("hmac", "secrets", "ssl", "cryptography", "django_otp", "webauthn", "django.core.signing")
DERIVED = "pagetojob.platform.derived_keys"
#: Development servers and the simulator hold no real secret.
NOT_IN_PRODUCTION = ("pagetojob/local/", "pagetojob/servicetitan/simulator/")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def sources(words: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield each module of the product that contains a match of `words`; parsing the others takes most of the time."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(NOT_IN_PRODUCTION) or "/migrations/" in name:
                continue
            if re.search(words, text := path.read_text(encoding="utf-8")):
                yield name, ast.parse(text)


def test_every_binary_column_is_listed_as_encrypted_or_not() -> None:
    text = (REFERENCE / "data-protection.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+\.\w+)` \|[^|]+\| (yes|no)\b[^|]*\| [^|\n]+ \|$", text, re.MULTILINE)
    columns = {
        f"{model._meta.db_table}.{field.column}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.BinaryField | models.FileField)
    }
    assert {column for column, _ in listed} == columns and len(listed) == len(columns)


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def events(tree: ast.Module) -> Iterator[str]:
    """Return the messages of a module's log lines."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in LEVELS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "log"
        ):
            message = node.args[0]
            assert isinstance(message, ast.Constant), "a log message is a constant"
            yield str(message.value)


def actions(tree: ast.Module) -> Iterator[str]:
    """Return the areas of the audited actions of a module: `security` of `security.sign_in`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) != "add_argument":
            for keyword in node.keywords:
                if keyword.arg == "action":
                    yield from re.findall(r"^'?f?'?([a-z]+)\.", ast.unparse(keyword.value).strip("'\""))


def first_cells(page: str) -> set[str]:
    """Return the first cells of all tables of a reference page, without backquotes."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return {cell.strip("`") for cell in re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)}


def test_every_module_that_uses_cryptography_is_in_the_inventory() -> None:
    text = (REFERENCE / "cryptography.md").read_text(encoding="utf-8")
    used = {
        name
        for name, tree in sources("|".join(module.rpartition(".")[2] for module in (*CRYPTOGRAPHY, DERIVED)))
        for module in imports(tree)
        if module.startswith((*(f"{package}." for package in CRYPTOGRAPHY), f"{DERIVED}.")) or module in CRYPTOGRAPHY
    }
    listed = set(re.findall(r"`((?:{})/[\w/]+\.py)`".format("|".join(APPS)), text))
    assert used - listed == set()
    assert [path for path in listed if not (ROOT / path).is_file()] == []


def test_every_log_event_is_in_the_inventory() -> None:
    logged = {event for _, tree in sources(r"\blog\b") for event in events(tree)}
    assert logged - first_cells("logging.md") == set()


def test_every_area_of_audited_actions_is_in_the_inventory() -> None:
    areas = {area for _, tree in sources(r"\baction\b") for area in actions(tree)}
    assert areas >= {"security", "vault", "syncqueue"}
    assert areas - first_cells("logging.md") == set()


def test_every_retention_class_has_its_requirements() -> None:
    assert {str(retention) for retention in Retention} <= first_cells("retention.md")


def test_the_words_that_passwords_must_not_consist_of_are_documented() -> None:
    text = (ROOT / "docs" / "how-to" / "accounts.md").read_text(encoding="utf-8")
    assert [word for word in OURS if f"`{word}`" not in text] == []
