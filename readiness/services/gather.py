"""Query that reads every row of the pack and its last version as plain values."""

import json
from typing import Any

from django.db import connection
from psycopg import sql

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.gates.models import Evidence

from .. import models
from .places import trusted_places

#: Models that readers may see. Evidence of tenants is not part of the pack.
CONTENT = (
    *(models.Page, models.PageSection, models.Entry, models.EntryDetail, models.AsBuiltNote),
    *(models.ChecklistItem, models.PartnerMaterial, models.DataBoundary, models.Runbook, models.RunbookStep),
    *(models.SupportRunbook, models.AccessItem, models.Module, models.ConnectionGate, models.ScopeFamily),
    *(models.ValidationCase, models.IntakeQuestion, models.PartnerAnswer),
    *(Claim, Disclaimer),
)

#: Key of the last version's number and body. It has no row if there is no version.
LAST = "packversion"

#: The newest result and the newest pass of each check, in places that this installation trusts.
RESULTS = sql.SQL("""
    SELECT 'checkresult', to_jsonb(t) FROM (
        SELECT DISTINCT ON (result.check_name, result.outcome) result.id, result.check_name, result.outcome,
            run.finished_at, run.received_at, run.place, run.commit, run.sha256
        FROM readiness_checkresult result JOIN readiness_checkrun run ON run.id = result.run_id
        WHERE run.key = ANY({}::text[])
        ORDER BY result.check_name, result.outcome, run.finished_at DESC, result.id DESC
    ) t
""")

#: Lines that reviewers contest, until a person resolves each.
CONTESTED = sql.SQL("""
    SELECT 'contested', to_jsonb(t) FROM (
        SELECT min(id) AS id, anchor, min(at) AS since, count(*) AS reviewers FROM readiness_lineresponse
        WHERE verdict = 'contested' AND resolved_at IS NULL GROUP BY anchor
    ) t
""")

Row = dict[str, Any]
Rows = dict[str, list[Row]]


def gather() -> Rows:
    """Map each kind (a model's name) to its rows, in page order. `LAST` has the last version. Makes one query."""
    parts: list[sql.Composable] = [
        sql.SQL("SELECT {}, to_jsonb(t) FROM {} t").format(
            sql.Literal(model._meta.model_name), sql.Identifier(model._meta.db_table)
        )
        for model in CONTENT
    ]
    parts.append(
        sql.SQL("SELECT {}, to_jsonb(t) FROM {} t WHERE tenant_id IS NULL").format(
            sql.Literal(Evidence._meta.model_name), sql.Identifier(Evidence._meta.db_table)
        )
    )
    parts.append(
        sql.SQL("SELECT {}, to_jsonb(t) FROM (SELECT id, number, body FROM {} ORDER BY number DESC LIMIT 1) t").format(
            sql.Literal(LAST), sql.Identifier(models.PackVersion._meta.db_table)
        )
    )
    parts.append(RESULTS.format(sql.Literal([str(key) for key in trusted_places()])))
    parts.append(CONTESTED)
    gathered: Rows = {}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(parts))
        for kind, row in cursor.fetchall():
            gathered.setdefault(kind, []).append(json.loads(row))
    for rows in gathered.values():
        rows.sort(key=lambda row: (row.get("position", 0), row.get("slug", ""), row["id"]))
    return gathered
