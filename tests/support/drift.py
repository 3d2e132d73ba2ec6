"""A contractor's website on loopback that says what a test tells it to, and readings of it."""

from typing import Any

from drift.models import Finding, FindingEvent, Site, SiteReading
from drift.services import reading
from pagetojob.platform.runs.models import Run
from pagetojob.platform.runs.services import claim_run, work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.hostile import Hostile, plain

#: What the map of the demo tenant does not hold.
MORE: dict[str, Any] = {
    "emergency_phone": "(602) 555-0100",
    "licenses": ["ROC 318842"],
    "pricebook_services": [{"name": "AC Diagnostic", "price": 89}],
}


def page(*blocks: str, title: str = "Desert Peak Heating & Air", head: str = "") -> bytes:
    body = "".join(f"<p>{block}</p>" if not block.startswith("<") else block for block in blocks)
    top = f"<!doctype html><html><head><title>{title}</title>{head}</head>"
    return f"{top}<body><main>{body}</main></body></html>".encode()


def say_page(server: Hostile, path: str, content: bytes, *headers: str) -> None:
    server.say(path, plain(content, "Content-Type: text/html; charset=utf-8", *headers))


def make_site(tenant: Tenant, server: Hostile, **facts: Any) -> Site:
    """The tenant's site at the server. `settings.LISTED_ORIGINS` must let it be called."""
    with scope.tenant(tenant.pk):
        return Site.objects.create(
            tenant=tenant,
            base_url=f"http://127.0.0.1:{server.port}/",
            **({"delay_ms": 0, "more": MORE, "reads_itself": False} | facts),
        )


def read(site: Site, actor: User) -> SiteReading:
    """Read the site as a worker does; the reading, ended."""
    with scope.operator(actor, reason="test"):
        run, _ = reading.start_reading(site=site, actor=actor, reason="to see")
    work_off(run)
    with scope.worker():
        return SiteReading.objects.get(run=run)


def work_off(run: Run) -> Run:
    while True:
        with scope.worker():
            claimed = claim_run()
        if claimed is None:
            break
        work_run(claimed)
    with scope.worker():
        run.refresh_from_db()
    return run


def findings(tenant: Tenant, **facts: Any) -> list[Finding]:
    with scope.worker():
        return list(Finding.objects.filter(tenant=tenant, **facts).order_by("id"))


def history(finding: Finding) -> list[str]:
    with scope.worker():
        return list(FindingEvent.objects.filter(finding=finding).order_by("id").values_list("what", flat=True))
