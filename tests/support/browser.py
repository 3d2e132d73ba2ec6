"""A real Chromium, and the checks that every page passes: axe, width, layout, console.

Skipped, named and counted where Chromium is not installed; with REQUIRE_SYSTEM_PACKAGES=1 that is a
failure instead.
"""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    expect,
    sync_playwright,
)

from pagetojob.platform.tenants.models import User

from .factories import PASSWORD

#: The headless shell opens pages in two thirds of the time that the whole browser needs.
_BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = os.environ.get("CHROMIUM", "") or next(filter(None, map(shutil.which, _BROWSERS)), "")
QUIET = [
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
]
Visit = Callable[..., Page]
Theme = Literal["dark", "light"]
THEMES: tuple[Theme, ...] = ("light", "dark")
NARROWEST, PHONE, DESKTOP = 320, 375, 1280
#: A light phone, and nightly a dark desktop. Design tokens decide contrast, so the style page alone has all four pairs.
WIDTHS_AND_THEMES = pytest.mark.parametrize(
    ("width", "theme"), [(PHONE, "light"), pytest.param(DESKTOP, "dark", marks=pytest.mark.nightly)]
)
#: Contrast takes two thirds of the time of axe. Design tokens decide it: every run measures the style page in both
#: themes, some public pages, and dialogs and parts that are opened; `make nightly` measures all pages.
CONTRAST = bool(os.environ.get("CONTRAST"))
MAX_TABS = 40
#: A smaller layout shift is half a pixel of rounding, which no one sees.
MAX_LAYOUT_SHIFT = 0.001
_IS_DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
_LAYOUT_SHIFT = """() => new Promise(done => {
    let moved = 0;
    new PerformanceObserver(list => list.getEntries().forEach(entry => moved += entry.value))
        .observe({type: "layout-shift", buffered: true});
    setTimeout(() => done(moved), 60);
})"""

#: One tag, or a few letters, per frame. The head is whole, as browsers show nothing before its styles.
_IN_PIECES = """async () => {
    const html = await (await fetch(location.href)).text();
    const body = html.indexOf("<body");
    document.open();
    document.write(html.slice(0, body));
    await new Promise(done => setTimeout(done, 200));
    for (const piece of html.slice(body).match(/<[^>]*>|[^<]{1,12}/g)) {
        document.write(piece);
        if (piece.trim()) await new Promise(requestAnimationFrame);
    }
    document.close();
}"""

#: Chromium compiles this once for all pages of a window, and not at each check.
_LOAD_AXE = f"globalThis.loadAxe = function () {{ if (!globalThis.axe) {{ {AXE_SCRIPT} }} }};"
_HAS_AXE = "() => { globalThis.loadAxe?.(); return 'axe' in globalThis; }"
_VIOLATIONS = """async options => (await axe.run(options)).violations
    .flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 160)}`))"""
_WEIGHT = """() => ["navigation", "resource"].flatMap(type => performance.getEntriesByType(type))
    .reduce((sum, entry) => sum + entry.encodedBodySize, 0)"""


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    if not CHROMIUM:
        message = "Chromium is not installed (Debian package chromium-headless-shell)"
        if os.environ.get("REQUIRE_SYSTEM_PACKAGES"):
            pytest.fail(message)
        pytest.skip(message)
    # Chromium's sandbox does not run as root; Playwright's loop makes Django think it is in async code.
    args = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, live_server: object) -> Generator[Visit]:
    """Open a path of the running product; a console error or a refusal by the CSP fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(
            status in message.text for status in ("400", "404", "422", "429", "503")
        ):
            complaints.append(message.text)

    def go(
        path: str,
        *,
        width: int = DESKTOP,
        theme: str = "light",
        context: BrowserContext | None = None,
        email: str = "",
    ) -> Page:
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
            )
            context.add_init_script(_LOAD_AXE)
            contexts.append(context)
        if email:
            name, value = start_session(email)
            context.add_cookies([{"name": name, "value": value, "url": str(live_server)}])
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server}{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def start_session(email: str) -> tuple[str, str]:
    """Sign a person in without the form, and return the cookie; the tests of accounts use the form."""
    client, name = Client(), settings.SESSION_COOKIE_NAME
    client.force_login(User.objects.get(email=email))
    return name, client.cookies[name].value


def sign_in(page: Page, email: str) -> None:
    """Send the open sign-in form, and wait for the page behind it."""
    send_sign_in(page, email)
    page.wait_for_url(lambda url: "/account/" not in url)  # its scripts have run, too


def send_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def visit_as(visit: Visit, email: str, path: str, **options: Any) -> Page:
    """Open a path as a person who has signed in, and stay there."""
    page = visit(path, email=email, **options)
    assert page.url.endswith(path), page.url
    return page


def check_page(page: Page, name: str, *, contrast: bool = CONTRAST) -> None:
    """Check that a page has one visible heading, no violation and no sideways scrolling; save a screenshot.

    A page on a phone must also fit the narrowest phone and a desktop. Axe looks at the desktop in `make nightly`, where
    it also measures contrast: by light and by dark.
    """
    expect(page.locator("h1")).to_be_visible()
    save_screenshot(page, name)
    assert violations(page, contrast=contrast) == [], name
    if CONTRAST:
        own: Theme = "dark" if page.evaluate(_IS_DARK) else "light"
        other: Theme = "light" if own == "dark" else "dark"
        page.emulate_media(color_scheme=other, reduced_motion="reduce")
        assert violations(page) == [], f"{name}, {other}"
        page.emulate_media(color_scheme=own, reduced_motion="reduce")
    assert not overflows(page), name
    assert not page.evaluate(_TALLER_TILES), f"{name}: the content of a tile covers the next one"
    size = page.viewport_size
    if size is None or size["width"] != PHONE:
        return
    for width in (NARROWEST, DESKTOP):
        page.set_viewport_size({"width": width, "height": size["height"]})
        assert not overflows(page), f"{name} at {width}"
    page.set_viewport_size(size)


def check_expanded_page(page: Page, name: str) -> None:
    """Check a page with all its details open, which is when most can be wrong."""
    # Not by clicks: in a group of details that close one another, some are always closed.
    page.evaluate("document.querySelectorAll('main details').forEach(details => { details.open = true; })")
    check_page(page, name)


def violations(page: Page, *, contrast: bool = True) -> list[str]:
    """Return what axe reports about the page, in short."""
    # A click that leads elsewhere returns before the new page is whole.
    page.wait_for_load_state()
    if not page.evaluate(_HAS_AXE):
        page.evaluate(AXE_SCRIPT)
    # Axe describes and Playwright copies only what fails; all else takes more time than the rules.
    options = {
        "reporter": "no-passes",
        "resultTypes": ["violations"],
        "rules": {"color-contrast": {"enabled": contrast}},
    }
    # Axe posts messages to frames, and a sandboxed one has no origin that could receive them.
    return list(page.evaluate(_VIOLATIONS, options | {"iframes": False}))


def resize(page: Page, width: int) -> None:
    """Change the width of the window; a desktop is dark, as in WIDTHS_AND_THEMES."""
    # Without animations, so that axe measures no color on its way to another theme.
    page.emulate_media(color_scheme="dark" if width == DESKTOP else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})


#: Tiles of a row are equally high: what does not fit covers the row below.
_TALLER_TILES = "[...document.querySelectorAll('.tiles > li')].some(tile => tile.scrollHeight > tile.clientHeight + 1)"


def overflows(page: Page) -> bool:
    """Return whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def weight(page: Page) -> int:
    """Return the bytes of everything that the page has loaded, as they went over the wire."""
    return int(page.evaluate(_WEIGHT))


def layout_shift(page: Page) -> float:
    """Return how far things moved by themselves since the page was opened; 0.1 counts as good."""
    return float(page.evaluate(_LAYOUT_SHIFT))


def layout_shift_in_pieces(page: Page) -> float:
    """Return how far things move while the page of this address arrives in pieces, as over a slow line."""
    page.evaluate(_IN_PIECES)
    return layout_shift(page)


def focused_text(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus."""
    for _ in range(MAX_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{MAX_TABS} presses of Tab do not reach {target}")


def save_screenshot(page: Page, name: str) -> None:
    """Save a screenshot when PICTURES names a folder; width and theme are part of its name."""
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        width = page.evaluate("window.innerWidth")
        theme = "dark" if page.evaluate(_IS_DARK) else "light"
        with _whole_page_in_window(page):
            page.screenshot(path=str(Path(folder) / f"{name}-{width}-{theme}.png"), full_page=True)


@contextmanager
def _whole_page_in_window(page: Page) -> Generator[None]:
    """Enlarge the window of a page with frames, because Chromium loads and paints a frame when it is inside."""
    frames, size = page.locator("iframe:visible").all(), page.viewport_size
    if size is None or not frames:
        yield
        return
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height})
    for frame in frames:
        inside = frame.element_handle().content_frame()
        assert inside is not None
        inside.wait_for_url(lambda url: url != "about:blank")
    yield
    page.set_viewport_size(size)
