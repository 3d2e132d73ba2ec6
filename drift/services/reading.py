"""Read a site as a Run: request one page per step, store snapshots and facts, then compare.

Each page is saved in one transaction with the run's checkpoint, so a crashed worker loses one request and stores no
page twice.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from pagetojob.gates.selectors import tenants_wanting
from pagetojob.gates.services import why_off
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.runs.services import Progress, RunStopped, checkpoint, start_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.one_by_one import count_alone
from pagetojob.titanmap.map_errors import BadMap

from ..compare.index import Index
from ..crawl import links, robots
from ..crawl.page_addresses import page_of
from ..errors import DriftRefused
from ..models import PageState, ReadingPage, Site, SiteReading, Snapshot
from ..reading.decoding import decode
from ..reading.errors import PageRefused
from ..reading.read import read_page
from . import finding_updates, frontier, page_requests, pictures, snapshots
from .comparable_map import titan_map_of
from .stored_facts import serialize_facts

READ_SITE = "drift.read_site"
FLAG = "drift-monitor"
MAX_ATTEMPTS = 3
_READ = (PageState.READ, PageState.UNCHANGED)


def start_reading(*, site: Site, actor: User, reason: str) -> tuple[Run, bool]:
    """Start a reading and return its run and whether it is new.

    A tenant has at most one run at a time. Raises DriftRefused while the monitor is off.
    """
    tenant = Tenant.objects.get(pk=site.tenant_id)
    if why := why_off(FLAG, tenant):
        raise DriftRefused(why)
    params = {"words": f"Read {site.base_url}", "reason": reason, "site": site.pk}
    return start_run(tenant=tenant, kind=READ_SITE, params=params, actor=actor, reason=reason)


def start_due() -> int:
    """Start a reading of each due site and return how many were started. Periodic task.

    A site that is being read waits until it is due again. A site whose tenant has the monitor off, or is closed, stays
    due.
    """
    with scope.worker():
        sites = Site.objects.filter(reads_itself=True, due_at__lte=Now(), tenant__in=tenants_wanting(FLAG))
        due = list(sites.exclude(tenant__state=Lifecycle.CLOSED).select_related("tenant"))
    return sum(count_alone(site.tenant, partial(_start_due, site), task=READ_SITE) for site in due)


def _start_due(site: Site) -> bool:
    params = {"words": f"Read {site.base_url}", "reason": "its schedule", "site": site.pk}
    # Create runs in the tenant's own scope: the worker scope may execute them but not create them.
    with scope.tenant(site.tenant_id):
        _, created = Run.objects.get_or_create(
            tenant_id=site.tenant_id, kind=READ_SITE, state__in=OPEN, defaults={"params": params}
        )
    with scope.worker():
        Site.objects.filter(pk=site.pk).update(due_at=Now() + timedelta(hours=site.every_hours))
    return created


@dataclass(frozen=True)
class _Work:
    """A worker's state while it reads. The map is loaded once per wake-up."""

    run: Run
    site: Site
    reading: SiteReading
    rules: robots.Rules
    index: Index
    today: date

    def may(self, url: str) -> bool:
        """Return whether the URL is a page of the site that robots.txt allows."""
        return page_of(url, self.site.base_url) is not None and self.rules.allows(url)


def read_site(run: Run) -> Iterator[Progress]:
    """Handle runs of kind `drift.read_site`. Stops before the next request if the monitor is switched off."""
    _require_monitor_on(run)
    work = _begin(run)
    yield _progress(work)
    while (page := _next(work)) is not None:
        if page.tries or run.done:
            time.sleep(work.reading.delay_ms / 1000)
        _require_monitor_on(run)
        _step(work, page)
        yield _progress(work)
    _require_monitor_on(run)
    with scope.worker(), transaction.atomic():
        _mark_unread(work)
        finding_updates.update_findings(reading=work.reading, index=work.index, today=work.today)
        pictures.start_pictures(run.tenant_id)
        checkpoint(run, _progress(work))


def _require_monitor_on(run: Run) -> None:
    with scope.worker():
        if why := why_off(FLAG, run.tenant):
            raise RunStopped(f"{why} The pages read so far are stored; nothing was compared.")


def _begin(run: Run) -> _Work:
    """Return the run's reading: a new one, or the one to continue."""
    with scope.worker():
        site = Site.objects.select_related("tenant").get(pk=run.params["site"], tenant_id=run.tenant_id)
        today = site.tenant.today()
        try:
            index = Index(titan_map_of(site), today)
        except BadMap as refused:
            raise RunStopped(f"The site's additions to the Titan Map are not valid. {refused}") from None
        reading = SiteReading.objects.filter(tenant_id=site.tenant_id, run=run).first()
    if reading is None:
        reading = _start_crawl(run, site, index)
    return _Work(run, site, reading, robots.Rules(reading.robots), index, today)


def _start_crawl(run: Run, site: Site, index: Index) -> SiteReading:
    """Fetch robots.txt and the sitemaps, then create the reading and its first pages in one transaction."""
    rules = _robots(site)
    delay = max(site.delay_ms, int(rules.pause * 1000))
    named = frontier.sitemap_addresses(site, rules)
    bound = [binding.page_path for binding in index.map.page_bindings]
    with scope.worker(), transaction.atomic():
        reading = SiteReading.objects.create(
            tenant_id=site.tenant_id, site=site, run=run, delay_ms=delay, robots=rules.text
        )
        addresses = [*frontier.known_pages(site, bound), *named]
        frontier.add_pages(reading=reading, site=site, rules=rules, addresses=addresses)
    return reading


def _robots(site: Site) -> robots.Rules:
    """Return the rules of the site.

    Raises RunStopped if robots.txt cannot be fetched (RFC 9309) or asks for too long a pause.
    """
    origin = site.base_url.split("/", 3)
    response = page_requests.visit(f"{origin[0]}//{origin[2]}/robots.txt", html=False)
    if response.is_transient or (response.why and not response.status):
        raise RunStopped(f"The site's robots.txt could not be read, so no page was read. {response.why}")
    rules = robots.Rules(robots.text_of(response.body))
    if rules.pause > robots.LONGEST_PAUSE:
        raise RunStopped(f"robots.txt asks for {rules.pause:.0f} s between pages. Upload the pages manually.")
    return rules


def _next(work: _Work) -> ReadingPage | None:
    """Return the next page: new pages first, then transient failures. Returns None when the page budget is spent."""
    with scope.worker():
        pages = ReadingPage.objects.filter(tenant_id=work.site.tenant_id, reading=work.reading)
        if work.run.done >= work.site.page_budget:
            return None
        return pages.filter(state=PageState.WAITING).order_by("tries", "id").first()


def _step(work: _Work, page: ReadingPage) -> None:
    """Request one page and store the result."""
    with scope.worker():
        last = _last_snapshot(work, page)
    etag, modified = (last.etag, last.last_modified) if last else ("", "")
    response = page_requests.visit(page.url, may=work.may, etag=etag, last_modified=modified)
    with scope.worker(), transaction.atomic():
        page.tries += 1
        _take(work, page, response, last)
        page.save()
        work.run.done += page.state != PageState.WAITING
        checkpoint(work.run, _progress(work))


def _take(work: _Work, page: ReadingPage, response: page_requests.Visited, last: Snapshot | None) -> None:
    if response.why:
        if not (response.is_transient and page.tries < MAX_ATTEMPTS):
            page.state, page.why = (PageState.GONE if response.gone else PageState.NOT_READ), response.why[:300]
        return
    there = page_of(response.url, work.site.base_url)
    if there is not None and there != page.page:
        page.state, page.why = PageState.MOVED, f"Redirects to {there}."[:300]
        frontier.add_pages(reading=work.reading, site=work.site, rules=work.rules, addresses=[response.url])
        return
    try:
        _read(work, page, response, last)
    except PageRefused as refused:
        page.state, page.why, page.snapshot = PageState.NOT_READ, str(refused)[:300], None


def _read(work: _Work, page: ReadingPage, response: page_requests.Visited, last: Snapshot | None) -> None:
    """Extract the facts of a page. Unchanged pages are read again, because the map may have changed."""
    if response.unchanged and last is not None:
        page.snapshot, body, charset = last, snapshots.html_of(last), last.charset
        is_new = False
    else:
        body, charset = response.body, response.charset
        page.snapshot, is_new = snapshots.store_snapshot(
            tenant=work.site.tenant_id, page=page.page, body=body, charset=charset,
            etag=response.etag, last_modified=response.last_modified,
        )  # fmt: skip
    facts = read_page(body, today=work.today, page=page.page, charset=charset, known=work.index.known)
    page.state, page.facts = (PageState.READ if is_new else PageState.UNCHANGED), serialize_facts(facts)
    html = decode(body, charset=charset)
    addresses = [*links.links(html, response.url), *filter(None, [links.canonical(html, response.url)])]
    frontier.add_pages(reading=work.reading, site=work.site, rules=work.rules, addresses=addresses)


def _last_snapshot(work: _Work, page: ReadingPage) -> Snapshot | None:
    """Return the page's snapshot from the last reading. Runs one query."""
    before = (
        ReadingPage.objects.filter(tenant_id=work.site.tenant_id, page=page.page, snapshot__isnull=False)
        .exclude(reading=work.reading)
        .select_related("snapshot")
        .order_by("-id")
        .first()
    )
    return before.snapshot if before else None


def _mark_unread(work: _Work) -> None:
    why = f"The reading reached its limit of {work.site.page_budget} pages."
    ReadingPage.objects.filter(tenant_id=work.site.tenant_id, reading=work.reading, state=PageState.WAITING).update(
        state=PageState.NOT_READ, why=why
    )


def _progress(work: _Work) -> Progress:
    with scope.worker():
        waiting = ReadingPage.objects.filter(
            tenant_id=work.site.tenant_id, reading=work.reading, state=PageState.WAITING
        ).count()
    total = min(work.run.done + waiting, work.site.page_budget)
    cursor: dict[str, Any] = {"reading": work.reading.pk}
    return Progress(work.run.done, max(total, work.run.done), cursor)
