"""Imports of the Titan Map: upload a file, stage its rows, and work the waiting runs."""

import io
import re
from typing import Any

from pagetojob.importer import selectors, uploads
from pagetojob.importer.models import Upload
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap import importing
from pagetojob.titanmap.models import Family
from tests.support.runs import work_runs

JOB_TYPE_TARGET = importing.target_slug(Family.JOB_TYPE)
JOB_TYPES_CSV = "name,id,active\nAC Repair,3001,yes\nDuct Cleaning,3002,yes\nWater Heater Repair,,no\nTune-Up,x,yes\n"


def upload_file(tenant: Tenant, actor: User, text: str | bytes, target: str = JOB_TYPE_TARGET, **more: Any) -> Upload:
    content = text.encode() if isinstance(text, str) else text
    with scope.tenant(tenant.pk):
        return uploads.take_upload(
            tenant=tenant, target=target, content=io.BytesIO(content), name="export.csv", actor=actor, **more
        )


def chosen_fields(page: Any) -> dict[str, str]:
    """Return the fields of the page with the columns, as a browser would send them."""
    selects = re.findall(r'<select name="(column_\d+)".*?</select>', page.text, re.S)
    fields = {name: str(page.context["form"][name].value() or "") for name in selects}
    return fields | {"version": str(page.context["upload"].version)}


def approval(page: Any, **more: Any) -> dict[str, Any]:
    """Return the fields that approve an import, as the page shows it."""
    seen = {"version": page.context["upload"].version, "chosen": page.context["chosen"]}
    return {"reason": "Confirmed by the customer."} | seen | more


def reload(upload: Upload) -> Upload:
    with scope.tenant(upload.tenant_id):
        return Upload.objects.select_related("tenant", "file", "run").get(pk=upload.pk)


def stage_file(tenant: Tenant, actor: User, text: str | bytes, target: str = JOB_TYPE_TARGET) -> Upload:
    upload = upload_file(tenant, actor, text, target)
    with scope.tenant(tenant.pk):
        uploads.confirm_mapping(upload=upload, mapping=selectors.suggested(upload).mapping, actor=actor)
    work_runs()
    return reload(upload)
