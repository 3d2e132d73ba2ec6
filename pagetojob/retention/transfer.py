"""The tables of a tenant's export: which are copied, which an import leaves out, and which never leave the instance.

Every model that belongs to a tenant is copied unless `NEVER` names it or it has sealed fields, so that a new model is
part of the export.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.db import models
from django.db.migrations.loader import MigrationLoader

from pagetojob.platform.sealing.fields import SealedField

FORMAT = "pagetojob-tenant-1"
TENANT, USER, FILE, CHUNK = "tenants_tenant", "tenants_user", "files_file", "files_filechunk"

#: Keys and secrets, and rows that only protect or describe this instance. The reason is written to the manifest.
NEVER = {
    "notices_webhooksecret": "secrets are never exported",
    "syncqueue_hookkey": "secrets are never exported",
    "accounts_invitation": "an invitation opens an account of this instance",
    "tenants_previewlink": "the link is signed by this instance",
    "audit_auditseal": "the seals chain the lines of all contractors",
    "retention_legalhold": "a hold binds this instance",
    "retention_tenantexport": "an export contains no exports",
    "retention_exportpart": "an export contains no exports",
    CHUNK: "the folder files/ contains the content",
}
#: Copied for reading. An import would let a file vouch for consent, evidence, domains or history.
READ_ONLY = {
    "audit_auditentry": "the log of another instance",
    "gates_flag": "features start switched off",
    "gates_evidence": "two people of the new instance confirm evidence",
    "onboarding_signoff": "it names evidence",
    "tenants_publichost": "domains are proven again",
    "onboarding_domaincheck": "domains are proven again",
    **dict.fromkeys(
        (
            *("vault_connection", "vault_acceptance", "vault_receipt", "vault_followup", "mirror_readcursor"),
            *("mirror_remoterow", "mirror_callpace", "syncqueue_hookroute", "syncqueue_quarantinedrequest"),
            *("syncqueue_inboxevent", "syncqueue_inboxfinding", "syncqueue_inboxgap"),
        ),
        "a connection is authorized for one instance",
    ),
}
#: Sealed copies that nothing can open without the keys.
SEALED = {("syncqueue_quarantinedrequest", "box"), ("syncqueue_inboxevent", "box")}


@dataclass(frozen=True)
class Table:
    """A table of the export: its columns, and those that name a person."""

    name: str
    key: str
    columns: tuple[str, ...]
    people: tuple[str, ...]
    has_content: bool

    @property
    def member(self) -> str:
        """Return the path in the archive."""
        return f"tables/{self.name}.jsonl"

    @property
    def owner(self) -> str:
        """Return the SQL condition for the rows of a tenant."""
        return "t.id = %(tenant)s" if self.name == TENANT else "t.tenant_id = %(tenant)s"

    @property
    def imported(self) -> bool:
        return self.name not in READ_ONLY


@cache
def tables() -> tuple[Table, ...]:
    """Return the tables of an export, each before those that its rows refer to.

    Rows that arrive during an export then never refer to a row that was not copied.
    """
    owned = {model._meta.db_table: model for model in _models()}
    ordered: dict[str, Table] = {}
    for name in sorted(owned):
        _add(name, owned, ordered)
    return tuple(reversed(ordered.values()))


def _models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        table = model._meta.db_table
        names = {field.name for field in model._meta.concrete_fields}
        if table == TENANT or ("tenant" in names and table not in NEVER and not _holds_secrets(model)):
            yield model


def _holds_secrets(model: type[models.Model]) -> bool:
    return any(isinstance(field, SealedField) for field in model._meta.concrete_fields)


def left_out() -> dict[str, str]:
    """Return the tables of tenants that never leave the instance, with the reason."""
    sealed = {
        model._meta.db_table: "keys and secrets are never exported"
        for model in apps.get_models()
        if _holds_secrets(model)
    }
    return {name: why for name, why in sorted((NEVER | sealed).items()) if name != CHUNK}


def _add(name: str, owned: dict[str, type[models.Model]], ordered: dict[str, Table]) -> None:
    if name in ordered:
        return
    fields = owned[name]._meta.concrete_fields
    for field in fields:
        target = field.related_model._meta.db_table if field.is_relation else name  # type: ignore[union-attr]
        if target != name and target in owned:
            _add(target, owned, ordered)
    ordered[name] = _table(owned[name])


def _table(model: type[models.Model]) -> Table:
    meta = model._meta
    assert meta.pk is not None and meta.pk.column is not None
    fields = [
        field
        for field in meta.concrete_fields
        if not isinstance(field, models.GeneratedField) and (meta.db_table, field.column) not in SEALED
    ]
    return Table(
        name=meta.db_table,
        key=meta.pk.column,
        columns=tuple(str(field.column) for field in fields),
        people=tuple(str(field.column) for field in fields if _is_person(field)),
        has_content=any(isinstance(field, models.BinaryField) for field in fields),
    )


def _is_person(field: models.Field) -> bool:
    return bool(field.is_relation) and field.related_model._meta.db_table == USER  # type: ignore[union-attr]


def schema_version() -> dict[str, str]:
    """Return the newest migration of each app. An import needs the same."""
    return dict(sorted(MigrationLoader(None).graph.leaf_nodes()))
