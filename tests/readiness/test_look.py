"""Appearance of every page: nothing inline, nothing external, light, and with enough contrast."""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import RequestFactory

from pagetojob.platform.tenants.models import User
from tests.support.cast import SignIn

ROOT = Path(__file__).resolve().parents[2]
#: Packets and printed receipts are not web pages: they are standalone and have inline styles.
PACKET = ROOT / "templates" / "readiness" / "packet"
PAPER = {ROOT / "templates" / name for name in ("parts/paper.html", "attribution/packets/paper.html")}
TEMPLATES = sorted(
    path
    for path in (ROOT / "templates").rglob("*.html")
    # Mail programs ignore stylesheets.
    if PACKET not in path.parents and path not in PAPER and path.parent.name != "mail"
)
STYLES = sorted((ROOT / "static").rglob("*.css"))
TOKENS = (ROOT / "static" / "tokens.css").read_text(encoding="utf-8")
SOFT_TONES = ("good", "info", "warn", "stop", "held", "quiet")


def matches(pattern: str, paths: list[Path]) -> dict[Path, list[str]]:
    """Return what a pattern finds in which files."""
    texts = {path: [match[0] for match in re.finditer(pattern, path.read_text(encoding="utf-8"))] for path in paths}
    return {path: lines for path, lines in texts.items() if lines}


@pytest.mark.parametrize(
    "pattern",
    [
        r"<style|\sstyle=|\son[a-z]+=",
        r"<script(?![^>]*\ssrc=)(?! type=\"application/ld\+json\")",
        r"""(src|href)=["'](https?:)?//""",
    ],
    ids=["style", "script", "outside"],
)
def test_a_template_holds_no_style_or_script_of_its_own(pattern: str) -> None:
    assert len(TEMPLATES) > 200
    assert matches(pattern, TEMPLATES) == {}


def test_a_stylesheet_loads_nothing_from_outside() -> None:
    assert matches(r"@import|url\(|https?://", STYLES) == {}


def test_no_stylesheet_grows_heavy() -> None:
    """Check that a page loads the three shared files and one or two more; browser tests measure whole first views."""
    shared = {"tokens.css", "base.css", "parts.css"}
    sizes = {path.name: path.stat().st_size for path in STYLES}
    assert sum(sizes[name] for name in shared) < 25_000, sizes
    assert all(size < 14_000 for name, size in sizes.items() if name not in shared), sizes


def test_only_tokens_name_colours() -> None:
    for path in STYLES:
        if path.name not in {"tokens.css", "admin-theme.css"}:
            colors = re.findall(r"#[0-9a-fA-F]{3,8}\b|\brgb|\bhsl|oklch", path.read_text(encoding="utf-8"))
            assert not colors, path.name


def test_every_variable_in_use_is_a_token() -> None:
    known = set(re.findall(r"(--[a-z0-9-]+):", TOKENS))
    for path in STYLES:
        text = path.read_text(encoding="utf-8")
        own = set(re.findall(r"(--[a-z0-9-]+):", text))
        assert set(re.findall(r"var\((--[a-z0-9-]+)", text)) <= known | own, path.name


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(color: str, other: str) -> float:
    light, dark = sorted((luminance(color), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_and_edges_have_enough_contrast(theme: int) -> None:
    pairs = re.findall(r"--([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", TOKENS)
    colours = {name: values[theme] for name, *values in pairs}
    grounds = ("paper", "surface", "sunken")
    text = [(ink, ground) for ink in ("ink", "ink-soft", "accent", "danger") for ground in grounds]
    text += [(tone, f"{tone}-soft") for tone in SOFT_TONES]
    text += [("ink", f"{tone}-soft") for tone in SOFT_TONES]
    text += [("on-accent", "accent"), ("on-accent", "accent-strong")]
    text += [("on-danger", "danger"), ("on-danger", "danger-strong"), ("ink-soft", "quiet-soft")]
    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in text}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    edges = [(edge, ground) for edge in ("line-strong", "focus") for ground in grounds]
    thin = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in edges}
    assert {pair: ratio for pair, ratio in thin.items() if ratio < 3} == {}


def test_the_style_page_needs_no_context() -> None:
    html = render_to_string("parts/style.html")
    for word in (
        "queued",
        "needs review",
        "unknown",
        "manual complete",
        "partner gated",
        "review due",
        "gated",
        "lapsed",
        "closed",
        "canceled",
    ):
        assert f"{word}</span>" in html
    assert html.count("<svg") > 20


@pytest.mark.parametrize(
    "name",
    ["400.html", "403.html", "403_csrf.html", "404.html", "413.html", "500.html", "503.html", "file_refused.html"],
)
def test_an_error_page_renders_without_a_request(name: str) -> None:
    html = render_to_string(name)
    assert "<h1>" in html
    assert "Sign in" not in html
    assert html.count('aria-hidden="true">\n    <path') == 1, "the logo"
    assert 'href="#main">Skip' in html and '<footer class="site-footer">' in html


def test_a_visitor_sees_neither_operations_nor_admin() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    html = render_to_string("404.html", request=request)
    assert "Sign in" in html
    assert "Operations" not in html
    assert ">Admin<" not in html


@pytest.mark.django_db
def test_people_see_the_admin_sections_of_their_role(
    signed_in: SignIn, viewer: User, editor: User, reviewer: User
) -> None:
    for user, operations, admin in ((viewer, True, False), (editor, False, True), (reviewer, False, False)):
        html = signed_in(user).get("/no-such-page").text
        assert (">Operations<" in html, ">Admin<" in html) == (operations, admin)
        assert "Sign out" in html


@pytest.mark.django_db
def test_the_admin_ends_a_session_in_the_same_words(signed_in: SignIn, admin_user: User) -> None:
    client = signed_in(admin_user)
    for address in ("/admin/", "/admin/tenants/user/add/"):
        html = client.get(address).text
        assert 'action="/account/sign-out"' in html and ">Sign out<" in html
        assert "Log out" not in html
