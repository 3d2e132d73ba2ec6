"""The two logs that are sealed: acts of people, and changes of rows of staff-edited content."""

from collections.abc import Mapping
from dataclasses import dataclass

from .chain import Value


@dataclass(frozen=True)
class Log:
    """A table of lines. `columns` maps each name in the canonical line to the SQL that reads it from `table`."""

    name: str
    table: str
    columns: Mapping[str, str]

    def select(self) -> str:
        """The columns, for SELECT, in their order."""
        return ", ".join(self.columns.values())

    def line(self, values: tuple[Value, ...]) -> dict[str, Value]:
        """What was selected, by name."""
        return dict(zip(self.columns, values, strict=True))


#: `id`, `at` and `tenant` come first in both.
ACTS = Log(
    "act",
    "audit_auditentry",
    {
        "id": "l.id",
        "at": "l.at",
        "tenant": "l.tenant_id",
        "actor": "l.actor_id",
        "actor_label": "l.actor_label",
        "action": "l.action",
        "subject": "l.subject",
        "reason": "l.reason",
        "changes": "l.changes::text",
        "request_id": "l.request_id",
    },
)
ROWS = Log(
    "row",
    "audit_rowchange",
    {
        "id": "l.id",
        "at": "l.at",
        "tenant": "NULL::bigint",
        "actor": "l.actor_id",
        "table": 'l."table"',
        "row": 'l."row"',
        "operation": "l.operation",
        "before": "l.before::text",
        "after": "l.after::text",
    },
)
LOGS = (ACTS, ROWS)
