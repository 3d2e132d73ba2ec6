"""The two sealed logs: actions of people, and row changes of content edited by staff."""

from collections.abc import Mapping
from dataclasses import dataclass

from .chain import Value


@dataclass(frozen=True)
class Log:
    """Table of audit lines.

    `columns` maps each name in the canonical line to the SQL expression that reads it from `table`.
    """

    name: str
    table: str
    columns: Mapping[str, str]

    def select(self) -> str:
        """Return the columns in order, for use in a SELECT."""
        return ", ".join(self.columns.values())

    def line(self, values: tuple[Value, ...]) -> dict[str, Value]:
        """Map the selected values to their column names."""
        return dict(zip(self.columns, values, strict=True))


#: `id`, `at` and `tenant` come first in both logs.
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
