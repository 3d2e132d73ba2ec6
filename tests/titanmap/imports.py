"""Imports of a Titan Map: a JSON document, pages in review, and an untidy workbook."""

import io
import json
from typing import Any

from pagetojob.importer import uploads
from pagetojob.importer.models import Upload
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.map_document import take_document
from pagetojob.titanmap.models import PageBinding
from tests.support import tables
from tests.support.runs import work_runs
from tests.support.uploads import reload

MESSY_WORKBOOK = tables.workbook(
    {
        "Categories": [["Category1"], ["HVAC"]],
        "Services": [
            ["Pricebook export"],
            [],
            ["Id", "Code", "Name", "Item Description", "Price", "Active"],
            [5001, "D-1", "AC Diagnostic", "look and tell", 89, True],
            [5002, "C-2", "Capacitor", "dual run", "1,249.5", "yes"],
            [5003, "X-3", "=cmd", "", "12", "yes"],
            [5004, "X-4", "Coil", "ask jamie@example.com", "12", "yes"],
            ["Total", None, None, None, 1350.5],
        ],
    }
)


def upload_document(tenant: Tenant, actor: User, document: Any) -> Upload:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with scope.tenant(tenant.pk):
        return take_document(tenant=tenant, content=io.BytesIO(data), name="map.json", actor=actor)


def import_pages(tenant: Tenant, operator: User) -> Upload:
    """Approve an import that changes a page of the demo and adds three; its drafts wait in review."""
    with scope.tenant(tenant.pk):
        home = PageBinding.objects.get(slug="home")
    pages = [{"slug": "home", "page_path": home.page_path, "headline": "Home, but cooler"}]
    pages += [{"slug": f"new-{n}", "page_path": f"/new-{n}", "label": f"New {n}"} for n in range(3)]
    document = {"schema": "pagetojob.titan-map/1", "tenant": {"name": tenant.name, "time_zone": tenant.time_zone}}
    upload = upload_document(tenant, operator, document | {"page_bindings": pages})
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=operator, reason="Confirmed by the customer.")
    work_runs()
    return reload(upload)
