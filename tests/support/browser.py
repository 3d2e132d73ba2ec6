"""A real Chromium, and axe to look for what keeps people out.

Skipped, named and counted where Chromium is not installed; with REQUIRE_SYSTEM_PACKAGES=1 that is a
failure instead.
"""

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
QUIET = [
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--disable-gpu", "--disable-quic", "--no-first-run"),
]


@pytest.fixture(scope="session")
def browser() -> Generator[Browser]:
    if not CHROMIUM:
        message = "Chromium is not installed (Debian package chromium)"
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


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def visit(browser: Browser, live_server: object) -> Generator[Callable[..., Page]]:
    """Open a path of the running product; a console error or a refusal by the CSP fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not any(
            status in message.text for status in ("400", "404", "422", "429", "503")
        ):
            complaints.append(message.text)

    def go(path: str, *, width: int = 1280, theme: str = "light", context: BrowserContext | None = None) -> Page:
        if context is None:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
            )
            contexts.append(context)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server}{path}")
        return page

    yield go
    for context in contexts:
        context.close()
    assert complaints == []


def violations(page: Page) -> list[str]:
    """What axe finds wrong on the page, in short."""
    # A click that leads elsewhere returns before the new page is whole.
    page.wait_for_load_state()
    # What passes is not asked for: to describe it is a sixth of its work.
    results = Axe().run(page, options={"reporter": "no-passes"}).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in results for node in rule["nodes"]]


def overflows(page: Page) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def keep_picture(page: Page, name: str) -> None:
    """Save a screenshot when PICTURES names a folder, for somebody to look at."""
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
