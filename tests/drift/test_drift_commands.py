"""read_page and check_site, as they are typed."""

import json
import threading
from collections.abc import Generator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from drift.reading.decoding import MOST_BYTES

PAGES = Path(__file__).parent / "pages"


def run(*words: str) -> list[str]:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()


def test_read_page_prints_one_object_per_line() -> None:
    lines = [
        json.loads(line) for line in run("read_page", str(PAGES / "wix-plans.html"), "--json", "--today", "2026-11-25")
    ]
    assert {"page", "kind", "value", "price", "percent", "expires", "quote", "selector", "confidence"} <= set(lines[0])
    assert {line["price"] for line in lines if line["kind"] == "membership"} == {"15.99", "24.99", None}
    assert all(0 <= line["confidence"] <= 1 and len(line["quote"]) <= 200 for line in lines)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda path: None, "no file"),
        (lambda path: path.mkdir(), "no file"),
        (lambda path: path.write_bytes(b""), "empty"),
        (lambda path: path.write_bytes(b"%PDF-1.4"), "binary"),
        (lambda path: path.open("wb").truncate(20 * MOST_BYTES), "too big"),
    ],
    ids=["missing", "folder", "empty", "binary", "200 MB"],
)
def test_invalid_page_is_refused_with_exit_code_2(make: object, name: str, tmp_path: Path) -> None:
    make(tmp_path / "page.html")  # type: ignore[operator]
    with pytest.raises(CommandError, match=name) as refused:
        run("read_page", str(tmp_path / "page.html"), "--json")
    assert refused.value.returncode == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::ffff:10.0.0.1]/", "https://user@example.com/"])
def test_disallowed_address_is_refused_by_the_guard(url: str) -> None:
    with pytest.raises(CommandError) as refused:
        run("read_page", url, "--json")
    assert refused.value.returncode == 2 and str(refused.value).startswith(f"{url}: ")


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        kind, body = {
            "/": ("text/html; charset=windows-1252", "<p>Call 602-555-0142 – café</p>".encode("cp1252")),
            "/leads-on": ("", b""),
            "/menu": ("application/pdf", b"%PDF-1.4"),
        }.get(self.path, ("text/html", b"<p>602-555-0199</p>"))
        self.send_response({"/leads-on": 302, "/gone": 404}.get(self.path, 200))
        self.send_header("Location", "/") if self.path == "/leads-on" else self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site(settings: pytest.FixtureRequest) -> Generator[str]:
    """A website on this machine that settings allow us to call."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    settings.LISTED_ORIGINS = [base]  # type: ignore[attr-defined]
    yield base
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/", "/leads-on"])
def test_page_is_read_in_the_charset_of_its_server(site: str, path: str) -> None:
    (fact,) = map(json.loads, run("read_page", site + path, "--json"))
    assert (fact["kind"], fact["value"], fact["page"]) == ("phone", "+16025550142", site + path)
    assert "– café" in fact["quote"]


@pytest.mark.parametrize(("path", "name"), [("/gone", "status 404"), ("/menu", "application/pdf")])
def test_response_that_is_not_a_page_is_named(site: str, path: str, name: str) -> None:
    with pytest.raises(CommandError, match=name) as refused:
        run("read_page", site + path, "--json")
    assert refused.value.returncode == 2


def test_check_site_prints_findings_then_coverage(tmp_path: Path) -> None:
    site = tmp_path / "site"
    (site / "areas").mkdir(parents=True)
    (site / "index.html").write_text("<h1>AC Repair</h1><p>Call 602-555-0111</p>")
    (site / "areas" / "mesa.html").write_text("<h1>AC repair in Mesa, AZ</h1>")
    (site / "menu.pdf").write_bytes(b"%PDF-1.4")
    titan_map = tmp_path / "map.json"
    titan_map.write_text(
        json.dumps(
            {
                "schema": "pagetojob.titan-map/1",
                "phones": ["602-555-0142"],
                "zones": [{"name": "Home", "cities": ["Phoenix"]}],
            }
        )
    )
    *findings, coverage = map(
        json.loads, run("check_site", "--titan-map", str(titan_map), "--pages", str(site), "--json")
    )
    assert [(finding["rule"], finding["page"]) for finding in findings] == [
        ("unserved_area", "/areas/mesa"),
        ("wrong_phone", "/"),
    ]
    assert {"fingerprint", "severity", "item", "fact", "map_value", "quote", "selector", "recommended_fix"} <= set(
        findings[0]
    )
    assert coverage["pages"] == 2 and coverage["not_read"][0]["page"] == "/menu.pdf"


def test_check_site_states_equal_values_once(tmp_path: Path) -> None:
    """An offer that ends soon is a finding although both sides agree."""
    ends = timezone.localdate() + timedelta(days=3)
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text(f"<h2>Specials</h2><p>$25 off filters. Expires {ends:%m/%d/%Y}</p>")
    titan_map = {
        "schema": "pagetojob.titan-map/1",
        "phones": ["602-555-0142"],
        "offers": [{"name": "Filters", "amount_off": 25, "ends": ends.isoformat()}],
    }
    (tmp_path / "map.json").write_text(json.dumps(titan_map))
    lines = run("check_site", "--titan-map", str(tmp_path / "map.json"), "--pages", str(tmp_path / "site"))
    (values,) = (line for line in lines if "the site:" in line)
    assert values.startswith("    the site: “ends ") and values.endswith("”, the map: the same")


def test_check_site_names_invalid_map_or_folder(tmp_path: Path) -> None:
    titan_map = tmp_path / "map.json"
    titan_map.write_text('{"schema": "pagetojob.titan-map/1", "zone": []}')
    for words in (
        ["--titan-map", str(titan_map), "--pages", str(tmp_path)],
        ["--titan-map", "/none", "--pages", str(tmp_path)],
    ):
        with pytest.raises(CommandError) as refused:
            run("check_site", *words)
        assert refused.value.returncode == 2
