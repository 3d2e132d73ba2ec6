"""Receipts of deletions. Each contains, as `sha256`, the hash of its file, which is in the public log."""

from typing import Any

from pagetojob.platform.canonical import canonical_ascii_json, canonical_sha256
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User

from .models import Offboarding, SubjectRequest


def people_of(row: Offboarding | SubjectRequest, *roles: str) -> dict[str, str]:
    """Return the public ids of the people with these roles in a deletion, such as `confirmed_by`."""
    keys = {role: getattr(row, f"{role}_id") for role in roles}
    with scope.tenant(row.tenant_id):  # a worker cannot read accounts
        people = dict(User.objects.filter(pk__in=keys.values()).values_list("pk", "public_id"))
    return {role: str(people[key]) for role, key in keys.items()}


def sealed(receipt: dict[str, Any]) -> dict[str, Any]:
    """Return the receipt with its hash."""
    return receipt | {"sha256": canonical_sha256(receipt)}


def receipt_file(receipt: dict[str, Any]) -> bytes:
    """Return the file of a receipt: canonical JSON of everything but its hash."""
    return canonical_ascii_json({name: value for name, value in receipt.items() if name != "sha256"})
