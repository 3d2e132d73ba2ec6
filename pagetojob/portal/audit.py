"""A tenant's audit log, for its owners."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from pagetojob.ops.audit_export import actor_name, begin, names_for_tenant, pieces
from pagetojob.ops.audit_pages import links, page_of
from pagetojob.platform.access import member_page
from pagetojob.platform.accounts.services import throttle
from pagetojob.platform.accounts.views.later import answers_too_many
from pagetojob.platform.audit import selectors
from pagetojob.platform.files.responses import streamed
from pagetojob.platform.tenants.models import Membership
from pagetojob.platform.tenants.roles import TenantRole

from .views import frame


@member_page(TenantRole.OWNER)
def log(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Show the tenant's lines, newest first, verified against their seals. PageToJob's people are shown by role."""
    page = page_of(request, selectors.Asked(tenant_id=membership.tenant_id))
    if page is None:
        return redirect("portal:audit")
    names = names_for_tenant(membership.tenant)
    shown = links("portal:audit", {}, page) | {"rows": [(line, actor_name(line, names)) for line in page.lines]}
    return render(request, "portal/audit.html", frame(request, membership, **shown))


@answers_too_many
@member_page(TenantRole.OWNER, methods=("POST",))
def export(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Return the tenant's lines as CSV. The export is recorded in the audit log before it begins."""
    tenant = membership.tenant
    throttle.take(throttle.download_buckets(membership.user_id))
    begin(tenant=tenant, actor=membership.user)
    name = f"audit-log-{tenant.slug}-{timezone.now():%Y-%m-%d}.csv"
    return streamed(pieces(tenant), name=name, content_type="text/csv; charset=utf-8")
