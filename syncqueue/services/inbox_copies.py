"""The text of stored copies of webhook requests, for the search for a person."""

from collections.abc import Callable, Mapping
from typing import Any

from pagetojob.platform.sealing.tenant_box import TenantBox
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.services import inbox_box


def reader(tenant: Tenant) -> Callable[[Mapping[str, Any]], str | None]:
    """Return a function that opens a copy. The keys are loaded, and an audit line is written, for the first one."""
    boxes: list[TenantBox] = []

    def read(row: Mapping[str, Any]) -> str | None:
        if not boxes:
            boxes.append(inbox_box(tenant, why="Searching for a person on request.", by="subject request"))
        return boxes[0].open(row["value"], about=row["public_id"]).decode("utf-8", "replace")

    return read
