"""The pack's description of the code matches the code, the registries and the database."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps

from pagetojob.gates.registry import FLAGS, GATES, Gate
from pagetojob.gates.scopes import FAMILIES, SCHEDULING_PRO, SCOPES
from pagetojob.platform import states
from pagetojob.platform.postgresql.base import fetch_all
from pagetojob.platform.tenants.declarations import Retention
from pagetojob.platform.tenants.models import Tenant
from readiness.services.content import CONTENT_FOLDER
from readiness.services.current import current
from readiness.sources import code, flags
from readiness.sources.code import contract_rows, module_rows, table_rows
from readiness.sources.flags import flag_rows, gate_rows, scope_rows
from syncqueue.models import State
from syncqueue.services.api import RETAINED_FOR

ROOT = Path(__file__).resolve().parents[2]
FRAMEWORK = ("auth_", "django_")
#: Condition on pg_class: tables of ours, and not the months of a table.
OUR_TABLES = "relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace"
ALL_SHUT: dict[Gate, list[dict[str, Any]]] = {gate: [] for gate in Gate}
ALL_OPEN: dict[Gate, list[dict[str, Any]]] = {gate: [{"state": "valid"}] for gate in Gate}

Row = dict[str, Any]


def texts(row: Row) -> dict[str, Any]:
    """Map each label to its text or list; the sentence has an empty label."""
    return {field["label"]: field.get("text", field.get("items")) for field in row["fields"]}


def by_slug(rows: list[Row]) -> dict[str, dict[str, Any]]:
    return {row["slug"]: texts(row) for row in rows}


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.partition(".")[0] in code.PACKAGES]


def everything() -> list[Row]:
    made = [*table_rows(), *module_rows(), *contract_rows(), *scope_rows()]
    return [*made, *flag_rows(ALL_SHUT), *gate_rows(ALL_SHUT, {})]


# Tables


@pytest.mark.usefixtures("pack")
def test_every_table_of_the_database_but_the_frameworks_is_on_the_page() -> None:
    tables = {name for (name,) in fetch_all(f"SELECT relname FROM pg_class WHERE {OUR_TABLES}")}
    section = current().section("architecture", "tables")
    assert section is not None
    assert {row["slug"] for row in section.rows} == {name for name in tables if not name.startswith(FRAMEWORK)}
    assert len(section.rows) == len(our_models())


def test_columns_are_those_of_the_database(db: None) -> None:
    columns: dict[str, set[str]] = {}
    for table, column in fetch_all(
        "SELECT relname, attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " WHERE attnum > 0 AND NOT attisdropped AND " + OUR_TABLES
    ):
        columns.setdefault(table, set()).add(column)
    for table, row in by_slug(table_rows()).items():
        assert {part.partition(" ")[0] for part in row["Columns"].split(", ")} == columns[table], table
        assert "None" not in row["Columns"], table


def test_arrows_are_the_foreign_keys_of_the_database(db: None) -> None:
    keys = {
        (table, column, target)
        for table, column, target, width in fetch_all(
            "SELECT conrelid::regclass::text, attname, confrelid::regclass::text, cardinality(conkey)"
            " FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
            " JOIN pg_class ON pg_class.oid = conrelid WHERE contype = 'f' AND " + OUR_TABLES
        )
        # In keys between tenant tables, the tenant is the part that every such table has.
        if not table.startswith(FRAMEWORK) and (width == 1 or column != "tenant_id")
    }
    drawn = {
        (table, part.partition(" ")[0], part.partition(" → ")[2])
        for table, row in by_slug(table_rows()).items()
        for part in row["Columns"].split(", ")
        if " → " in part
    }
    assert drawn == keys


def test_what_belongs_to_a_tenant_is_what_the_database_protects(db: None) -> None:
    protected = {name for (name,) in fetch_all("SELECT relname FROM pg_class WHERE relrowsecurity AND " + OUR_TABLES)}
    owned = {table: row["Belongs to"] for table, row in by_slug(table_rows()).items()}
    assert {table for table, whose in owned.items() if whose in {code.ONE_TENANT, code.TENANT_OR_HOUSE}} == protected
    assert owned["leads_lead"] == code.ONE_TENANT and owned["audit_auditentry"] == code.TENANT_OR_HOUSE
    assert owned["tenants_sitekey"] == owned["tenants_tenant"] == code.FRONT_DOOR
    assert owned["readiness_page"] == code.HOUSE


def test_tables_of_tenants_come_first() -> None:
    whose = [texts(row)["Belongs to"] for row in table_rows()]
    assert whose == sorted(whose, key=[code.ONE_TENANT, code.TENANT_OR_HOUSE, code.FRONT_DOOR, code.HOUSE].index)


def test_every_table_shows_its_models_declarations() -> None:
    rows = by_slug(table_rows())
    for model in our_models():
        declared, row = vars(model), rows[model._meta.db_table]
        assert row["Personal fields"] == (", ".join(sorted(declared["PERSONAL_FIELDS"])) or "none")
        retention = declared["RETENTION"]
        assert (retention.value in row["Retention"]) == (retention is not Retention.NONE)
        assert row[""].startswith(code.sentence(model.__doc__))


def test_tables_that_only_grow_say_so(db: None) -> None:
    refusing = {
        table
        for (table,) in fetch_all(
            "SELECT DISTINCT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid"
            " WHERE tgname LIKE 'pgtrigger_append_only%' AND " + OUR_TABLES
        )
    }
    assert refusing
    assert {table for table, row in by_slug(table_rows()).items() if "Append-only" in row[""]} == refusing


@isolate_apps("pagetojob.ops")
def test_a_new_table_is_described_automatically() -> None:
    class Thing(models.Model):
        """What `somebody` brought,
        on a tray.

        More about it.
        """

        RETENTION = Retention.EXPORT
        PERSONAL_FIELDS = frozenset({"wish", "name"})

        tenant = models.ForeignKey(Tenant, models.PROTECT)
        name = models.CharField(max_length=7)
        wish = models.JSONField()

        class Meta:
            app_label = "desk"
            triggers: ClassVar = states.append_only()

    row = code.describe(Thing)
    assert row["slug"] == row["title"] == "desk_thing" and row["anchor"] == "table-desk-thing"
    text = texts(row)
    assert text[""] == ("What somebody brought, on a tray. Append-only: the database refuses to change or remove rows.")
    assert text["Belongs to"] == code.FRONT_DOOR
    assert text["Columns"].endswith("tenant_id bigint → tenants_tenant, name varchar(7), wish jsonb")
    assert text["Personal fields"] == "name, wish"
    assert text["Retention"] == "class “export”"


# Modules and contracts


def test_every_part_on_disk_is_on_the_page() -> None:
    def names(folder: str) -> set[str]:
        inside = (ROOT / folder).iterdir()
        modules = {path.stem for path in inside if path.suffix == ".py" or (path / "__init__.py").exists()}
        return {f"{folder.replace('/', '.')}.{name}" for name in modules - {"__init__"}}

    parts = {"readiness", "syncqueue", "drift", "attribution"} | names("pagetojob") | names("pagetojob/platform")
    shown = {row["slug"] for row in module_rows()}
    assert shown == parts - {"pagetojob.asgi", "pagetojob.wsgi", "pagetojob.platform"}


def test_an_unbuilt_module_is_marked() -> None:
    for slug, row in by_slug(module_rows()).items():
        folder = ROOT.joinpath(*slug.split("."))
        inside = {path.name for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/*.py")}
        empty = folder.is_dir() and inside <= {"__init__.py", "apps.py"}
        assert row[""].endswith(code.NOT_BUILT) == empty, slug


def test_every_contract_is_on_the_page_with_all_it_names() -> None:
    written = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = contract_rows()
    assert [row["title"] for row in rows] == [contract["name"] for contract in written]
    lists = ("layers", "containers", "source_modules", "forbidden_modules", "protected_modules", "allowed_importers")
    for row, contract in zip(rows, written, strict=True):
        text = json.dumps(row)
        for name in (part for key in lists for line in contract.get(key, []) for part in re.split(r" [|:] ", line)):
            assert name.strip("()") in text, name
        assert texts(row)[""], "a contract states what it forbids"


@pytest.mark.parametrize("kind", ["independence", "something new"])
def test_a_contract_of_a_kind_we_have_no_words_for_still_has_its_name(kind: str) -> None:
    row = code.contract({"name": "Two do not meet", "type": kind, "modules": ["one", "other"]})
    assert row["title"] == "Two do not meet" and texts(row) == {"Kind": kind}


# Everything


def test_every_row_reads_as_prose_and_has_an_anchor_of_its_own() -> None:
    rows = everything()
    assert len({row["anchor"] for row in rows}) == len(rows)
    for row in rows:
        assert row["fields"], row["slug"]
        text = json.dumps(row["fields"], ensure_ascii=False)
        assert "`" not in text and "\\n" not in text, row["slug"]


def test_nothing_of_the_settings_or_the_machine_is_in_it() -> None:
    text = json.dumps(everything(), ensure_ascii=False)
    database = settings.DATABASES["default"]
    secrets = [settings.SECRET_KEY, settings.CELERY_BROKER_URL, database["PASSWORD"], str(settings.BASE_DIR)]
    assert all(len(secret) > 4 for secret in secrets)
    assert [secret for secret in secrets if secret in text] == []


def test_what_a_caller_adds_to_a_row_is_not_there_for_the_next() -> None:
    for rows in (table_rows, module_rows, contract_rows):
        rows()[0]["evidence"] = ["mine"]
        rows()[0]["changed_at"] = "now"
        assert rows()[0]["evidence"] == [] and "changed_at" not in rows()[0]


# Flags, gates, scopes


def test_every_flag_is_there_with_all_that_is_written_of_it() -> None:
    rows = flag_rows(ALL_SHUT)
    assert [row["slug"] for row in rows] == list(FLAGS)
    for row in rows:
        flag, text = FLAGS[row["slug"]], texts(row)
        assert row["title"] == flag.title and text["Name in code"] == row["slug"]
        assert (text["Category"], text["Risk"]) == (flag.category.value, flag.risk.value)
        assert text["Default"] == ("on" if flag.default_on else "off")
        assert text["Visible to the customer"] == ("yes" if flag.customer_visible else "no")
        assert text["Manual mode"] == flag.manual_mode and text["Kill switch"] == flag.kill_switch
        assert text.get("Least scopes", []) == list(flag.least_scopes)
        assert text.get("Scopes used where granted", []) == list(flag.optional_scopes)
        assert text.get("Least module", "") == flag.least_module
        assert text["Today"] and text["Evidence required"]
        assert all(any(line.startswith(gate.value) for line in text["Gates"]) for gate in flag.gates)


def test_the_state_of_a_flag_follows_its_gates() -> None:
    closed = {row["slug"]: row["state"] for row in flag_rows(ALL_SHUT)}
    opened = {row["slug"]: row["state"] for row in flag_rows(ALL_OPEN)}
    for slug, flag in FLAGS.items():
        default = "on by default" if flag.default_on else "off by default"
        assert closed[slug] == ("gated" if flag.gates else default)
        assert opened[slug] == default
    one_missing = flag_rows({**ALL_OPEN, Gate.PRIVACY_REVIEW: []})
    assert {row["slug"] for row in one_missing if row["state"] == "gated"} == {
        slug for slug, flag in FLAGS.items() if flag.gates
    }


def test_each_flag_states_what_runs_and_what_must_be_on_file() -> None:
    assert set(flags.TEXTS) == set(FLAGS)
    assert {slug for slug, texts in flags.TEXTS.items() if "on_file" in texts} == {
        slug for slug, flag in FLAGS.items() if not flag.gates
    }


def test_every_gate_is_there_with_its_holder_its_evidence_and_its_flags() -> None:
    rows = gate_rows({**ALL_SHUT, Gate.SECURE_STORAGE: [{"state": "valid"}]}, {})
    assert [row["title"].lower() for row in rows] == [gate.value for gate in Gate]
    for row, gate in zip(rows, Gate, strict=True):
        text, definition = texts(row), GATES[gate]
        assert row["owner"] == definition.holder
        assert text["Evidence that counts"] == sorted(grade.value for grade in definition.accepts)
        assert text["Flags behind it"] == [flag.title for flag in FLAGS.values() if gate in flag.gates]
        is_open = gate is Gate.SECURE_STORAGE
        assert row["state"] == ("open" if is_open else "shut")
        assert text[""] == ("Valid evidence is on file." if is_open else definition.missing)


def test_the_registry_of_scopes_holds_exactly_what_flags_need() -> None:
    assert set(SCOPES) == {scope for flag in FLAGS.values() for scope in flag.scopes}
    assert all(flag.optional_scopes == () or set(flag.optional_scopes) <= set(SCOPES) for flag in FLAGS.values())
    assert {definition.family for definition in SCOPES.values()} <= {*FAMILIES, SCHEDULING_PRO}


def test_every_scope_is_there_for_each_flag_that_needs_it() -> None:
    rows = scope_rows()
    assert [row["slug"] for row in rows] == list(SCOPES)
    for slug, flag in FLAGS.items():
        for label, scopes in (("Required by", flag.least_scopes), ("Used where granted", flag.optional_scopes)):
            listed = {row["slug"] for row in rows if slug in texts(row).get(label, [])}
            assert listed == set(scopes), (slug, label)
    for row in rows:
        definition, text = SCOPES[row["slug"]], texts(row)
        assert row["owner"] == definition.owner
        assert (text["API family"], text["Retention"]) == (definition.family, definition.retention)
        assert text["Writes" if row["slug"].endswith(":w") else "Reads"] == ", ".join(definition.fields)


# Content files that repeat facts of the code


def section(page: str, slug: str) -> list[Row]:
    """Return the entries of a section from its file."""
    loaded = yaml.safe_load((CONTENT_FOLDER / "pages" / f"{page}.yaml").read_text(encoding="utf-8"))
    entries = next(
        content_section["entries"] for content_section in loaded[0]["sections"] if content_section["slug"] == slug
    )
    assert isinstance(entries, list)
    return entries


def test_the_states_of_the_queue_page_are_those_of_the_queue() -> None:
    words = [state.replace("cancelled", "canceled") for state in State.values]
    assert [entry["title"] for entry in section("sync-queue", "states")] == words


def test_the_data_rules_name_every_class_and_the_period_in_code() -> None:
    text = json.dumps(section("security", "rules"), ensure_ascii=False)
    used = {vars(model)["RETENTION"] for model in our_models()} - {Retention.NONE}
    assert {kind for kind in used if f"“{kind.value}”" not in text} == set()
    assert f"after {RETAINED_FOR.days} days" in text


def test_no_login_can_delete_permanent_data(db: None) -> None:
    deletable = {
        table
        for (table,) in fetch_all(
            "SELECT relname FROM pg_class"
            " CROSS JOIN unnest(ARRAY['pagetojob_app', 'pagetojob_worker', 'pagetojob_operator']) AS r"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND has_table_privilege(r, oid, 'DELETE')"
        )
    }
    permanent = {Retention.LEAD, Retention.BOOKING_ENVELOPE, Retention.TITAN_MAP, Retention.EXPORT, Retention.AUDIT}
    assert deletable
    tables = {m._meta.db_table for m in our_models() if vars(m)["RETENTION"] in permanent}
    # Parts of an export are copies, which the purge deletes after two weeks.
    assert tables & deletable == {"retention_exportpart"}


def test_every_manual_flag_is_asked_by_code_that_acts() -> None:
    """Check that code reads each flag: a name only in the registry, the pack and demo data would stop nothing."""
    excluded = ("pagetojob/gates/registry.py", "readiness/", "pagetojob/demo/")
    sources = [
        path.read_text(encoding="utf-8")
        for folder in code.PACKAGES
        for path in (ROOT / folder).rglob("*.py")
        if "migrations" not in path.parts and not path.relative_to(ROOT).as_posix().startswith(excluded)
    ]
    asked = {slug for slug in FLAGS if any(f'"{slug}"' in source for source in sources)}
    assert {slug for slug, flag in FLAGS.items() if not flag.gates} <= asked
