"""Tables, modules and import contracts of this program, described from its models and files.

Values that cannot change while a process runs are cached; each caller gets its own copies, because a document adds
evidence and times to them. The only setting read is the code folder, and no database row is read.
"""

import ast
import pkgutil
import re
import tomllib
from collections.abc import Callable
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.utils.text import slugify

from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Tenant, TenantForeignKey, TenantOwned

from ..models.base import Role
from ..rows import plain

Row = dict[str, Any]
PACKAGES = ("pagetojob", "readiness", "syncqueue", "drift", "attribution")

#: Owners of a table's rows. The architecture page explains each.
ONE_TENANT, TENANT_OR_HOUSE, FRONT_DOOR, HOUSE = "one tenant", "one tenant or PageToJob", "tenant lookup", "PageToJob"
_ORDER = (ONE_TENANT, TENANT_OR_HOUSE, FRONT_DOOR, HOUSE)

NOT_BUILT = "Reserved; nothing is built yet."
_SHORTER = {"timestamp with time zone": "timestamptz", "double precision": "double"}
#: Explanations of database triggers by trigger name.
_REFUSALS = {
    "append_only": "Append-only: the database refuses to change or remove rows.",
    "state_moves": "The database refuses state changes that are not defined transitions.",
    "keeps_its_facts": "It can be confirmed once and revoked once; the database refuses any other change.",
}
#: Columns by table that no field uses any more. Each is dropped one release after its last use.
_UNUSED = {"files_file": ("stored_by_id bigint → tenants_user",)}
#: Server entry points, which say nothing about the structure of the code.
_NOISE = frozenset({"pagetojob.asgi", "pagetojob.wsgi", "pagetojob.platform"})


def cached_rows(read: Callable[[], list[Row]]) -> Callable[[], list[Row]]:
    """Call `read` once, and return a copy of each of its rows for every caller."""
    rows = cache(read)
    return wraps(read)(lambda: [dict(row) for row in rows()])


@cached_rows
def table_rows() -> list[Row]:
    """Return every table with its purpose, owner, columns, keys and retention.

    Tables of tenants come first and global tables last; each group is in the order of the layers.
    """
    tables = [
        model for app in apps.get_app_configs() if app.name.partition(".")[0] in PACKAGES for model in app.get_models()
    ]
    return [describe(model) for model in sorted(tables, key=lambda model: _ORDER.index(belongs_to(model)))]


def describe(model: type[models.Model]) -> Row:
    """Return one table as a row. `model` declares RETENTION and PERSONAL_FIELDS, as all our models must."""
    meta, declared = model._meta, vars(model)
    declared_class: Retention = declared["RETENTION"]
    retention = (
        f"class “{declared_class.value}”"
        if declared_class is not Retention.NONE
        else "as long as its tenant or the pack exists"
    )
    return plain(
        "table",
        anchor=f"table-{meta.db_table.replace('_', '-')}",
        slug=meta.db_table,
        title=meta.db_table,
        fields=[
            ("", Role.TEXT, f"{sentence(model.__doc__)} {_refusal(model)}".strip()),
            ("Belongs to", Role.TEXT, belongs_to(model)),
            ("Columns", Role.TEXT, ", ".join([*map(_column, meta.concrete_fields), *_UNUSED.get(meta.db_table, ())])),
            ("Personal fields", Role.TEXT, ", ".join(sorted(declared["PERSONAL_FIELDS"])) or "none"),
            ("Retention", Role.TEXT, retention),
        ],
    )


def belongs_to(model: type[models.Model]) -> str:
    """Return the owner of a table's rows, derived from its foreign key to a tenant."""
    if issubclass(model, TenantOwned):
        return ONE_TENANT
    keys = [field for field in model._meta.concrete_fields if field.related_model is Tenant]
    if model is Tenant or getattr(model, "FRONT_DOOR", False) or any(not field.null for field in keys):
        return FRONT_DOOR
    return TENANT_OR_HOUSE if keys else HOUSE


def _column(field: Any) -> str:
    # Columns are separated by ", ", so numeric(14, 2) is shown without its space.
    kind = str(field.db_parameters(connection)["type"]).replace(", ", ",")
    # Django creates no constraint for keys between tenant tables; a migration does.
    constrained = field.is_relation and (field.db_constraint or isinstance(field, TenantForeignKey))
    points_at = f" → {field.related_model._meta.db_table}" if constrained else ""
    return f"{field.column} {_SHORTER.get(kind, kind)}{points_at}"


def _refusal(model: type[models.Model]) -> str:
    names = {trigger.name for trigger in getattr(model._meta, "triggers", ())}
    return " ".join(meaning for name, meaning in _REFUSALS.items() if name in names)


@cached_rows
def module_rows() -> list[Row]:
    """Return every module with the first sentence of its docstring, and a note if nothing is built yet.

    From the top layer down: the product apps, the modules above them, then platform.
    """
    base = Path(settings.BASE_DIR)
    inside = {
        parent: [f"{parent}.{module.name}" for module in pkgutil.iter_modules([str(base.joinpath(*parent.split(".")))])]
        for parent in ("pagetojob", "pagetojob.platform")
    }
    names = [*PACKAGES[1:], *inside["pagetojob"], *inside["pagetojob.platform"]]
    return [_module(name) for name in names if name not in _NOISE]


def _module(name: str) -> Row:
    spec = find_spec(name)
    assert spec is not None and spec.origin is not None
    # Read instead of imported: web processes must not load modules that connect to the broker.
    source = Path(spec.origin).read_text(encoding="utf-8")
    opening = sentence(ast.get_docstring(ast.parse(source)))
    submodules = {module.name for module in pkgutil.iter_modules(spec.submodule_search_locations or [])}
    built = not spec.submodule_search_locations or bool(submodules - {"apps"})
    return plain(
        "code module",
        anchor=f"module-code-{name.replace('.', '-')}",
        slug=name,
        title=name,
        fields=[("", Role.TEXT, opening if built else f"{opening} {NOT_BUILT}")],
    )


@cached_rows
def contract_rows() -> list[Row]:
    """Return the import contracts that CI enforces; none if pyproject.toml is not deployed."""
    path = Path(settings.BASE_DIR) / "pyproject.toml"
    if not path.exists():
        return []
    written = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return [contract(entry) for entry in written]


def contract(written: dict[str, Any]) -> Row:
    """Return one contract as a row. `written` is its table in pyproject.toml, whose type determines the fields."""
    slug = slugify(written["name"])
    return plain(
        "contract",
        anchor=f"contract-{slug}",
        slug=slug,
        title=written["name"],
        fields=[("Kind", Role.TEXT, written["type"]), *_terms(written)],
    )


def _terms(written: dict[str, Any]) -> list[tuple[str, Role, Any]]:
    match written["type"]:
        case "layers":
            inside, lines = ", ".join(written.get("containers", [])), written["layers"]
            rule = "Each layer may use the layers below it, but not those above it or in the same layer."
            if any("(" in line for line in lines):
                rule += " Names that do not exist (yet) are ignored."
            plain_lines = [re.sub(r"[()]", "", line).replace(" |", ",").replace(" :", " and") for line in lines]
            return [
                ("", Role.TEXT, rule),
                ("Inside", Role.TEXT, inside),
                ("From top to bottom", Role.LIST, plain_lines),
            ]
        case "forbidden":
            return [
                ("", Role.TEXT, "Modules in the first list never use modules in the second."),
                ("These", Role.LIST, written["source_modules"]),
                ("Never use", Role.LIST, written["forbidden_modules"]),
            ]
        case "protected":
            return [
                ("", Role.TEXT, "Modules in the first list are used only by modules in the second."),
                ("These", Role.LIST, written["protected_modules"]),
                ("Are used only by", Role.LIST, written["allowed_importers"]),
            ]
        case _:
            return []


def sentence(docstring: str | None) -> str:
    """Return the first paragraph of a docstring as one line, without backticks."""
    first = (docstring or "").strip().partition("\n\n")[0]
    return " ".join(first.replace("`", "").split())
