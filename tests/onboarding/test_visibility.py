"""No public address shows a contractor that is not live: every route, in every state."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from drift.models import DemoPage, Finding
from drift.services import customer_questions
from drift.services.link_codes import code_of
from pagetojob.onboarding import domains
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.onboarding.previews import preview_address
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import LegalText, Logo, PreviewLink, Tenant, User
from pagetojob.platform.tenants.public import preview_token
from readiness.panels import demo
from syncqueue.models import HookRoute
from syncqueue.services import inbox, site
from syncqueue.views.visiting import PREVIEW_COOKIE
from tests.isolation.addresses import EVERYBODY, Address, addresses
from tests.isolation.world import Holding, settle
from tests.support import api
from tests.support.factories import make_tenant, make_user
from tests.support.nightly import sampled
from tests.support.visitor import filled_in, shown

pytestmark = pytest.mark.django_db

DRAFT, PREVIEW, LIVE, PAUSED, CLOSED = Lifecycle.values
GONE = dict.fromkeys(Lifecycle.values, 404)
SITE = GONE | {LIVE: 200, PAUSED: 200}
#: Status of a GET without a preview link, by route and state.
EXPECTED: Mapping[str, Mapping[str, int]] = {
    "intake:home": SITE,
    "intake:page": SITE,
    "intake:request": SITE,
    "intake:received": SITE,
    "intake:legal": SITE,
    "intake:color": SITE,
    "intake:logo": SITE,
    "intake:": SITE,  # the home page without a slash redirects there
    "intake:preview": SITE,  # an invalid link leads a visitor of a public website to its home page
    "review:answer": dict.fromkeys(Lifecycle.values, 200) | {DRAFT: 404, CLOSED: 404},
    "demo-site:home": SITE,
    "demo-site:page": SITE,
}
#: Public routes that name no contractor, and those that other tests of this file ask.
OF_NO_TENANT = (
    "readiness:",
    "servicetitan-ready-websites",
    "api:",
    "accounts:",
    "core:",
    "admin:",
    "hooks:",
    "onboarding-link:",
    "notice-link:",
    "transparency:",
    "help:",
)


def of_a_tenant() -> list[Address]:
    """The public routes with a blank, except those of `OF_NO_TENANT`."""
    public = [address for address in addresses() if address.audience == EVERYBODY and address.blanks]
    return [address for address in public if not address.name.startswith(OF_NO_TENANT)]


def test_every_public_route_has_its_row() -> None:
    """A new public route fails here until its statuses are decided."""
    assert {address.name for address in of_a_tenant()} == set(EXPECTED)


def settled(state: str, **facts: Any) -> Holding:
    """Return a tenant with data in that state. Its evidence is recorded before it is closed."""
    tenant = make_tenant(state=LIVE if state == CLOSED else state, **facts)
    world = settle(tenant, "Quetzal")
    if state == CLOSED:
        by = make_user(ops_role="operator")
        with scope.operator(by, reason="test"):
            change_state(tenant=tenant, to=CLOSED, by=by, reason="The contract ended.")
            tenant.refresh_from_db()
    return world


@pytest.fixture
def holding(request: pytest.FixtureRequest) -> Holding:
    world = settled(request.param, is_demo=True)
    tenant = world.tenant
    with scope.tenant(tenant.pk):
        LegalText.objects.create(
            tenant=tenant, kind="privacy", version=1, text="Quetzal keeps it.", published_at=timezone.now()
        )
    with scope.operator(make_user(ops_role="operator"), reason="test"):
        logo = Logo.objects.create(tenant=tenant, content_type="image/png", content=b"pixels")
    world.ids["intake:logo public_id"] = str(logo.public_id)
    return world


def path_of(address: Address, holding: Holding, operator: User) -> str:
    blanks = {
        "intake:page page": "bound",
        "intake:legal kind": "privacy",
        "intake:preview token": "forged",
        "demo-site:page path": "prices",
    }
    if address.name == "review:answer":
        return reverse("review:answer", args=[review_code(holding.tenant, operator)])
    return address.filled(holding.ids | blanks)


def review_code(tenant: Tenant, operator: User) -> str:
    with scope.operator(operator, "a test"):
        finding = Finding.objects.select_related("tenant", "snapshot").get(tenant=tenant)
        return code_of(customer_questions.ask(finding=finding, actor=operator, reason="a test"))


@pytest.mark.parametrize("holding", sampled(Lifecycle.values, keep=3), indirect=True)
def test_only_a_public_contractor_is_seen(client: Client, holding: Holding, operator: User) -> None:
    state, wrong = holding.tenant.state, []
    for address in of_a_tenant():
        path = path_of(address, holding, operator)
        if address.name.startswith("demo-site:"):
            _demo_page(holding.tenant)
        answer = client.get(path, follow=True)
        if answer.status_code != EXPECTED[address.name][state]:
            wrong.append(f"{address.name} {path}: {answer.status_code}")
        if answer.status_code == 404 and holding.tenant.name in answer.text:
            wrong.append(f"{address.name} names the contractor")
    assert wrong == []


def _demo_page(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        for path in ("", "prices"):
            DemoPage.objects.get_or_create(tenant=tenant, path=path, defaults={"html": "<p>Hello</p>"})


@pytest.mark.parametrize(
    ("state", "form", "lead"),
    [(DRAFT, 404, 404), (PREVIEW, 404, 404), (LIVE, 302, 201), (PAUSED, 302, 201), (CLOSED, 404, 404)],
)
def test_requests_are_taken_only_for_a_public_contractor(client: Client, state: str, form: int, lead: int) -> None:
    tenant = make_tenant(state=state)
    url = reverse("intake:request", args=[tenant.slug])
    assert client.post(url, filled_in(rendered=shown(slug=tenant.slug))).status_code == form
    answer = api.send(api.make_key(tenant))
    assert answer.status_code == lead
    if lead == 404:
        assert answer.document["type"] == "urn:pagetojob:problem:site-not-live"


@pytest.mark.parametrize("state", sampled(Lifecycle.values, keep=2))
def test_webhooks_work_from_the_preview_on(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    holding = settled(state)
    monkeypatch.setattr(inbox, "decide", lambda *_: type("Open", (), {"open": True}))
    with scope.tenant(holding.tenant.pk):
        route = HookRoute.objects.select_related("connection").get(tenant=holding.tenant)
    inbox.forget()
    monkeypatch.setattr(inbox, "USABLE", {route.connection.state})
    assert bool(inbox._open_route(route.public_id)) == (state not in (DRAFT, CLOSED))


@pytest.mark.parametrize("state", Lifecycle.values)
def test_public_pages_show_no_demo_that_is_not_public(state: str, client: Client) -> None:
    tenant = make_tenant(state=state, is_demo=True, name="Quetzal Plumbing")
    assert (demo.find() == tenant) == (state in (LIVE, PAUSED))
    assert (tenant.slug in client.get("/").text) == (state in (LIVE, PAUSED))


@pytest.mark.parametrize("state", Lifecycle.values)
def test_crawlers_learn_of_no_contractor(client: Client, state: str) -> None:
    tenant = make_tenant(state=state, slug="quetzal-plumbing")
    assert tenant.slug not in client.get("/robots.txt").text
    answer = client.get("/sitemap.xml")
    assert tenant.slug not in answer.text


@pytest.fixture
def preview() -> PreviewLink:
    tenant, by = make_tenant(state=PREVIEW), make_user(ops_role="operator")
    with scope.operator(by, "a test"):
        return PreviewLink.objects.create(tenant=tenant, by=by, expires_at=timezone.now() + timedelta(days=1))


def open_preview(client: Client, link: PreviewLink) -> Any:
    return client.get(urlsplit(preview_address(link.tenant, link)).path)


def test_a_preview_link_shows_the_website_and_keeps_it_private(client: Client, preview: PreviewLink) -> None:
    answer = open_preview(client, preview)
    assert answer.status_code == 302
    home = client.get(reverse("intake:home", args=[preview.tenant.slug]))
    assert home.status_code == 200
    for response in (answer, home):
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Cache-Control"] == "private, no-store"
    assert site.last_known(preview.tenant.slug) is None


@pytest.mark.parametrize("end", ["expired", "revoked", "other tenant", "closed", "forged"])
def test_a_preview_link_ends(client: Client, preview: PreviewLink, end: str) -> None:
    slug, token = preview.tenant.slug, preview_token(preview)
    if end == "other tenant":
        slug = make_tenant(state=PREVIEW).slug
    if end == "forged":
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    if end == "closed":
        Tenant.objects.filter(pk=preview.tenant_id).update(state=CLOSED, version=2)
    with scope.operator(preview.by, "a test"):
        if end == "revoked":
            PreviewLink.objects.filter(pk=preview.pk).update(revoked_at=timezone.now())
    if end == "expired":
        with scope.operator(preview.by, "a test"):
            old = PreviewLink.objects.create(tenant=preview.tenant, by=preview.by, expires_at=timezone.now())
        token = preview_token(old)
    client.cookies[PREVIEW_COOKIE] = token
    assert client.get(reverse("intake:home", args=[slug])).status_code == 404
    assert client.get(reverse("intake:preview", args=[slug, token])).status_code == 404


def test_a_paused_website_shows_the_number_and_no_form(client: Client, tenant: Tenant) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(state=PAUSED, version=tenant.version + 1)
    for path in ("", "ac-repair-phoenix", "request-appointment"):
        page = client.get(f"/sites/{tenant.slug}/{path}").text
        assert "Online requests are paused. Please call (602) 555-0100." in page
        assert 'name="message"' not in page


def test_an_outage_shows_nothing_of_a_website_that_was_closed(client: Client, tenant: Tenant) -> None:
    home = reverse("intake:home", args=[tenant.slug])
    assert client.get(home).status_code == 200 and site.last_known(tenant.slug)
    Tenant.objects.filter(pk=tenant.pk).update(state=CLOSED, version=tenant.version + 1)
    assert client.get(home).status_code == 404
    assert site.last_known(tenant.slug) is None


@pytest.mark.parametrize("state", Lifecycle.values)
def test_no_certificate_is_ordered_for_a_draft_or_a_closed_contractor(state: str, settings: Any) -> None:
    settings.PUBLIC_SUFFIX = "sites.pagetojob.example"
    tenant = make_tenant(state=state)
    assert domains.is_served(f"{tenant.slug}.sites.pagetojob.example") == (state not in (DRAFT, CLOSED))
