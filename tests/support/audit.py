"""The audit log as an operator reads it."""

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User


def audit_entries(operator: User, action: str) -> list[AuditEntry]:
    with scope.operator(operator, reason="test"):
        return list(AuditEntry.objects.filter(action=action).order_by("id"))


def log_of(tenant: Tenant) -> list[AuditEntry]:
    with scope.tenant(tenant.pk):
        return list(AuditEntry.objects.order_by("id"))
