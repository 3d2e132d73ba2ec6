"""Each page leads to its guide; a guide is shown to its readers only, and nothing internal with it."""

import re

import pytest
from django.test import Client

from pagetojob.ops.help.guides import BY_SLUG, GUIDES, ROUTES, Audience, Guide, audiences_of, guide_of_route
from pagetojob.ops.help.rendering import render_guide
from pagetojob.platform.tenants.models import User
from tests.isolation.addresses import ADMIN, DESK, EVERYBODY, OPERATOR, OWNER, addresses
from tests.support.cast import SignIn

EVERY = frozenset(Audience)
INTERNAL = re.compile(r"pagetojob/|syncqueue/|tests/|docs/|\.\./|\w+\.py\b|/work/|/home/")


def test_every_route_of_operations_and_the_portal_has_a_guide() -> None:
    names = {
        address.name
        for address in addresses()
        if address.audience != EVERYBODY and address.audience & (DESK | {OWNER, ADMIN, OPERATOR})
        if not address.name.startswith(("admin:", "demo:styleguide"))
    }
    assert len(names) > 200
    assert sorted(name for name in names if guide_of_route(name) is None) == []
    readers = {name: guide_of_route(name) for name in names if name.startswith("portal:")}
    assert {guide.audience for guide in readers.values() if guide} == {Audience.CONTRACTOR}


def test_every_guide_exists_and_is_used_by_its_title() -> None:
    assert len(BY_SLUG) == len(GUIDES)
    assert [guide.slug for guide in GUIDES if not guide.file.is_file()] == []
    assert [slug for _, slug in ROUTES if slug not in BY_SLUG] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.slug)
def test_a_guide_is_rendered_without_raw_markup_or_dead_links(guide: Guide) -> None:
    text = render_guide(guide, EVERY)
    assert "<script" not in text and "<h1" not in text and "<img" not in text
    targets = re.findall(r'href="([^"]+)"', text)
    assert [target for target in targets if not target.startswith(("/", "#", "https://", "mailto:"))] == []
    for target in targets:
        if target.startswith("/help/"):
            slug, _, anchor = target.removeprefix("/help/").partition("#")
            assert slug in BY_SLUG and (not anchor or f'id="{anchor}"' in render_guide(BY_SLUG[slug], EVERY)), target


@pytest.mark.parametrize(
    "guide",
    [guide for guide in GUIDES if guide.audience in {Audience.PUBLIC, Audience.CONTRACTOR}],
    ids=lambda g: g.slug,
)
def test_a_guide_of_people_outside_names_nothing_internal(guide: Guide) -> None:
    assert INTERNAL.findall(render_guide(guide, frozenset({guide.audience, Audience.PUBLIC}))) == []


def test_markup_in_a_guide_is_escaped(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = Guide("x", "../pyproject.toml", "x", Audience.OPERATOR)
    monkeypatch.setattr(
        type(hostile.file), "read_text", lambda *_: "# t\n<script>x</script> [a](javascript:x) [b](../../secret.md)"
    )
    text = render_guide(hostile, frozenset({Audience.PUBLIC}))
    assert "&lt;script&gt;" in text and "href" not in text and "secret.md" not in text


@pytest.mark.parametrize(
    ("who", "audiences"),
    [
        ("", {Audience.PUBLIC}),
        ("owner", {Audience.PUBLIC, Audience.CONTRACTOR}),
        ("editor", {Audience.PUBLIC, Audience.PLATFORM, Audience.EDITOR}),
        ("viewer", set(Audience) - {Audience.EDITOR}),
        ("admin_user", set(Audience) - {Audience.OPERATOR}),
    ],
)
def test_readers_get_the_guides_of_their_role(
    who: str, audiences: set[Audience], request: pytest.FixtureRequest, signed_in: SignIn, db: None
) -> None:
    reader = signed_in(request.getfixturevalue(who)) if who else Client()
    page = reader.get("/help/").text
    for guide in GUIDES:
        may = guide.audience in audiences
        assert (f'href="/help/{guide.slug}"' in page) == may, guide.slug
        assert reader.get(f"/help/{guide.slug}").status_code == (200 if may else 404), guide.slug
    assert audiences_of(None) == {Audience.PUBLIC}


def test_operators_and_editors_read_the_glossary_and_contractors_do_not(
    signed_in: SignIn, viewer: User, editor: User, owner: User
) -> None:
    statuses = [signed_in(who).get("/help/glossary").status_code for who in (viewer, editor, owner)]
    assert statuses == [200, 200, 404]


def test_a_page_links_to_its_own_guide(signed_in: SignIn, owner: User, viewer: User, editor: User) -> None:
    assert '<a class="site-help" href="/help/operate">' in signed_in(viewer).get("/ops/").text
    assert '<a class="site-help" href="/help/on-call">' in signed_in(viewer).get("/ops/alarms/").text
    assert '<a class="site-help" href="/help/use-the-portal">' in signed_in(owner).get("/portal/requests/").text
    assert '<a class="site-help" href="/help/">' in signed_in(editor).get("/help/").text


def test_addresses_that_people_type_work_without_a_slash(client: Client) -> None:
    for address in ("/help", "/ops", "/portal"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"{address}/")


@pytest.mark.parametrize("slug", ["nothing", "../settings", "%2e%2e%2fREADME", "operate%00", "x" * 500])
def test_there_is_no_other_guide(signed_in: SignIn, viewer: User, slug: str) -> None:
    assert signed_in(viewer).get(f"/help/{slug}").status_code in {400, 404}


def test_the_reference_of_the_api_comes_from_this_server(client: Client) -> None:
    page = client.get("/help/api")
    assert (
        page.status_code == 200 and "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js" in page.text
    )
    assert re.findall(r'(?:src|href)="https?://[^"]*"', page.text) == []
    assert "unsafe" not in page["Content-Security-Policy"]
