"""Nightly run of the claim guard over every page as a reader gets it, and over what contractors published."""

import logging
from collections.abc import Iterator

from pagetojob.claims.selectors import approved_rows
from pagetojob.platform.runs.models import OPEN, Run
from pagetojob.platform.runs.models import RunState as S
from pagetojob.platform.runs.services import Progress, RunStopped
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, LegalText, Tenant
from pagetojob.titanmap.capacity import holiday_names
from pagetojob.titanmap.models import CapacityRule, TaxonomyItem
from pagetojob.titanmap.selectors import newest_pages

from .errors import PackNotLoaded
from .models import ClaimScan
from .page_html import page_html
from .services import scan
from .services.current import current
from .services.evidence import gated_claims
from .shape import Pack

KIND = "readiness.scan_contractor"
BATCH, MOST_NAMED = 50, 5
REMEDY = "Reword each in the Titan Map or in the setup, publish it, and retry this run."
log = logging.getLogger(__name__)


def rendered(pack: Pack) -> Iterator[scan.Text]:
    """Yield every page of the pack as HTML."""
    for slug, page in pack.pages.items():
        yield scan.Text(f"rendered page {slug}", page_html(pack, page))


def scan_contractor(run: Run) -> Iterator[Progress]:
    """Judge what visitors of a contractor's website read. Handler of runs of kind `readiness.scan_contractor`.

    Fails the run if a text asserts a gated claim, so that it waits in the list of runs for a person. Unlike our own
    texts, it raises no alarm. Makes about eleven queries.
    """
    with scope.tenant(run.tenant_id):
        texts = [scan.Text(where, text) for where, text in _published(run.tenant)]
    gated, approved = gated_claims(), approved_rows()
    done, wrong = run.cursor or (0, [])
    while done < len(texts):
        batch = texts[done : done + BATCH]
        _, claims, waiting = scan.judge(batch, gated=gated, approved=approved, by_words=False)
        wrong += [f"{claim.where}: “{claim.phrase}”" for claim in claims]
        for sentence in waiting:
            log.warning("sentence awaits approval", extra={"where": f"tenant {run.tenant_id}: {sentence.where}"})
        done += len(batch)
        # A run that a person retries begins again.
        yield Progress(done, len(texts), [done, wrong] if done < len(texts) else None)
    if wrong:
        raise RunStopped(f"{len(wrong)} of its texts assert a gated claim. {REMEDY} {'; '.join(wrong[:MOST_NAMED])}")


def _published(tenant: Tenant) -> Iterator[tuple[str, str]]:
    yield "name", tenant.name
    for profile in BusinessProfile.objects.filter(tenant=tenant):
        yield from profile.public_texts.items()
        yield "holidays", holiday_names(profile.hours)
    for page in newest_pages(tenant):
        yield f"page {page.slug}", f"{page.headline}\n\n{page.intro}"
    for item in TaxonomyItem.objects.filter(tenant=tenant, published__active=True):
        shown = item.public
        yield item.family, f"{shown.name}\n\n{shown.detail}\n\n{shown.audience}"
    for rule in CapacityRule.objects.filter(tenant=tenant, active=True).exclude(sentence=""):
        yield f"capacity rule {rule.name}", rule.sentence
    newest = LegalText.objects.filter(tenant=tenant, published_at__isnull=False).order_by("kind", "-version")
    for text in newest.distinct("kind"):
        yield text.get_kind_display(), text.text


def scan_claims() -> ClaimScan | None:
    """Scan rows, files and rendered pages, and start a run for each contractor's texts. Periodic task.

    Return None if there is no pack yet.
    """
    with scope.worker():
        tenants = list(Tenant.objects.order_by("id").values_list("id", flat=True))
    for tenant_id in tenants:
        with scope.tenant(tenant_id):
            Run.objects.get_or_create(tenant_id=tenant_id, kind=KIND, state__in=OPEN, defaults={"state": S.QUEUED})
    scanned = scan_ours()
    return scanned and scanned[0]


def scan_ours() -> tuple[ClaimScan, list[scan.Text]] | None:
    """Scan rows, files and rendered pages; return also which sentences of files wait. None if there is no pack yet."""
    try:
        pack = current()
    except PackNotLoaded:
        return None
    return scan.scan(rendered(pack))
