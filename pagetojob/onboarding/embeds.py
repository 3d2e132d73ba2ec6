"""Our form on contractors' own websites: a site key for each page, and the check that it is installed."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from drift.crawl.links import links
from drift.crawl.page_addresses import page_of, read_base
from drift.crawl.robots import Rules, text_of
from drift.reading.decoding import decode
from drift.reading.errors import PageRefused
from drift.services.page_requests import Visited, visit
from pagetojob.platform.audit.services import record_change
from pagetojob.platform.outbound.addresses import read
from pagetojob.platform.outbound.allowed_origins import listed_origins
from pagetojob.platform.outbound.errors import GatewayError
from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants import scope, site_keys
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import SiteKey, SiteOrigin, Tenant, User

from .embed_reading import Reading, read_embed
from .errors import OnboardingRefused
from .models import LONGEST_PAGE_URL, Embed, EmbedState
from .site_keys import fill_in

#: An installed form is checked daily, a missing one more often on its first day.
DAILY, OFTEN = timedelta(days=1), timedelta(minutes=10)
BATCH_SIZE = 5
#: Pages of a website that are read to find a form that is not on the expected page.
MOST_PAGES = 12
PAUSE_SECONDS = 0.5
MOST_EMBEDS = 20
RESULT = ("state", "other_url", "note", "detected_at", "checked_at", "due_at")
log = logging.getLogger(__name__)


@transaction.atomic
def add_embed(*, tenant: Tenant, page_url: str, by: User, reason: str) -> tuple[Embed, str]:
    """Add a page that gets our form; return it with its key, which is not stored.

    Lists the website, so that its pages may send requests. Needs the operator scope. Raises OnboardingRefused.
    """
    url = _normal(page_url)
    if Embed.objects.filter(tenant=tenant).count() >= MOST_EMBEDS:
        raise OnboardingRefused(f"A contractor can have {MOST_EMBEDS} pages with our form.")
    row, key = _new_key(tenant, url)
    with raise_on_conflict(OnboardingRefused("This page is already on the list.")):
        embed = Embed.objects.create(tenant=tenant, site_key=row, page_url=url)
    parts = urlsplit(url)
    SiteOrigin.objects.bulk_create(
        [SiteOrigin(tenant=tenant, origin=f"{parts.scheme}://{parts.netloc}")], ignore_conflicts=True
    )
    record_change("onboarding.add_embed", embed, actor=by, reason=reason)
    return embed, key


@transaction.atomic
def replace_key(*, embed: Embed, by: User) -> str:
    """Make a new key for a page; the old one ends at once. Needs the operator scope. Raises OnboardingRefused."""
    present = _locked(embed)
    row, key = _new_key(embed.tenant, embed.page_url)
    SiteKey.objects.filter(pk=present.site_key_id).update(active=False)
    Embed.objects.filter(pk=embed.pk).update(site_key=row, due_at=Now())
    record_change("onboarding.replace_key", embed, actor=by, reason="A new key was made.")
    return key


@transaction.atomic
def remove_embed(*, embed: Embed, by: User, reason: str) -> None:
    """Remove a page and end its key. Needs the operator scope. Raises OnboardingRefused."""
    present = _locked(embed)
    record_change("onboarding.remove_embed", present, actor=by, reason=reason)
    key = present.site_key_id
    present.delete()
    SiteKey.objects.filter(pk=key).update(active=False)


def _locked(embed: Embed) -> Embed:
    """Return a page with its present key: of two new keys that are made at once, the first would stay valid."""
    present = Embed.objects.select_for_update(no_key=True).filter(pk=embed.pk).first()
    if present is None:
        raise OnboardingRefused("This page was removed in the meantime.")
    return present


def request_check(*, embed: Embed, by: User) -> None:
    """Let the worker check a page now. Needs the operator scope."""
    Embed.objects.filter(pk=embed.pk).update(due_at=Now())
    record_change("onboarding.check_embed", embed, actor=by, reason="A check was requested.")


def _normal(typed: str) -> str:
    try:
        address = read(typed.strip().partition("#")[0].partition("?")[0], listed=listed_origins())
    except GatewayError as error:
        raise OnboardingRefused(error.sentence) from None
    if address.ip is not None and address.origin not in listed_origins():
        raise OnboardingRefused("Enter an address with a name, such as https://www.example.com/contact.")
    if len(str(address)) > LONGEST_PAGE_URL:
        raise OnboardingRefused("This address is too long.")
    return str(address)


def _new_key(tenant: Tenant, url: str) -> tuple[SiteKey, str]:
    row = SiteKey(tenant=tenant, label=f"{urlsplit(url).netloc}{urlsplit(url).path}"[:80])
    key = fill_in(row)
    row.save(force_insert=True)
    return row, key


def check_due() -> int:
    """Check the pages that are due, and return their number. Periodic task."""
    with scope.worker(), transaction.atomic():
        rows = Embed.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        rows = rows.exclude(tenant__state=Lifecycle.CLOSED)
        due = list(rows.filter(due_at__lte=Now()).select_related("site_key").order_by("due_at")[:BATCH_SIZE])
        # Leased until then, if this worker dies.
        Embed.objects.filter(pk__in=[embed.pk for embed in due]).update(due_at=Now() + OFTEN)
    for embed in due:
        try:
            check(embed)
        except Exception:  # the page of one stranger must not keep the others from their check; its lease ends
            log.exception("embed check failed", extra={"embed": str(embed.public_id)})
    return len(due)


def check(embed: Embed) -> None:
    """Read the page, and others of its website if our form is not there, and store the result."""
    now = timezone.now()
    embed.checked_at = now
    _judge(embed)
    if embed.state in (EmbedState.DETECTED, EmbedState.OTHER_PAGE):
        embed.detected_at = now
    is_waiting = embed.state != EmbedState.DETECTED and now - embed.created_at < DAILY
    embed.due_at = now + (OFTEN if is_waiting else DAILY)
    with scope.worker():
        Embed.objects.filter(pk=embed.pk, site_key=embed.site_key_id).update(
            **{name: getattr(embed, name) for name in RESULT}
        )


def _judge(embed: Embed) -> None:
    """Set state, other address and note of an embed. A page that cannot be read now changes the note only."""
    base = read_base("{0.scheme}://{0.netloc}".format(urlsplit(embed.page_url)))
    robots = visit(f"{base}robots.txt", html=False)
    rules = Rules(text_of(robots.body))
    # Without an answer about robots.txt, nothing may be read (RFC 9309).
    is_unknown = robots.is_transient or (robots.why and not robots.status)
    answer = robots if is_unknown else _visit(embed.page_url, base, rules)
    if is_unknown or answer.is_transient:
        embed.note = f"The website could not be read now. {answer.why}"[:300]
        return
    reading = _read(answer, embed)
    if reading.is_complete and page_of(answer.url, base) == page_of(embed.page_url, base):
        embed.state, embed.other_url, embed.note = EmbedState.DETECTED, "", ""
        return
    other = answer.url if reading.is_complete else _other_page(embed, answer, base, rules)
    embed.state = EmbedState.OTHER_PAGE if other else EmbedState.NOT_YET
    embed.other_url, embed.note = other[:LONGEST_PAGE_URL], (answer.why or reading.lack)[:300]


def _visit(url: str, base: str, rules: Rules) -> Visited:
    if not rules.allows(url):
        return Visited(url, why="The website's robots.txt disallows this page, so it was not read.")
    return visit(url, may=lambda target: page_of(target, base) is not None)


def _read(answer: Visited, embed: Embed) -> Reading:
    return read_embed(_text(answer), is_expected=lambda key: site_keys.digest(key) == embed.site_key.digest)


def _text(answer: Visited) -> str:
    """Return the text of a page, in whichever encoding; empty if it is none."""
    try:
        return decode(answer.body, charset=answer.charset)
    except PageRefused:
        return ""


def _other_page(embed: Embed, answer: Visited, base: str, rules: Rules) -> str:
    """Return the address of another page of the website that has the form; empty if none of a few has it."""
    seen = {page_of(embed.page_url, base)}
    for url in _candidates(answer, base, rules):
        page = page_of(url, base)
        if page is None or page in seen:
            continue
        if len(seen) > MOST_PAGES:
            break
        seen.add(page)
        time.sleep(max(PAUSE_SECONDS, min(rules.pause, 5.0)))
        other = _visit(url, base, rules)
        if _read(other, embed).is_complete:
            return other.url
    return ""


def _candidates(answer: Visited, base: str, rules: Rules) -> Iterator[str]:
    """Yield the home page, the links of the page, and those of the home page."""
    yield base
    yield from links(_text(answer), answer.url)
    home = _visit(base, base, rules)
    yield from links(_text(home), home.url)
