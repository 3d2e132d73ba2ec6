"""check_domain against zones with expected verdicts, and its refusals."""

import json
import subprocess
import sys
import time
from collections.abc import Generator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.onboarding.dns.evaluation import check_domain
from pagetojob.onboarding.dns.expectation import read_expectation
from pagetojob.onboarding.dns.spf_record import BadSpf, parse_spf
from tests.support.dns_server import WANTED, DnsServer, dns_server
from tests.support.nightly import sampled
from tests.support.services import ROOT

FILES = ("zones.yaml", "zones_rfc.yaml")
CASES: dict[str, dict[str, Any]] = {
    case["name"]: case for file in FILES for case in yaml.safe_load(Path(__file__).with_name(file).read_text("utf-8"))
}
SPF_PIECES = (
    " ",
    "include:",
    "a",
    "/",
    "//",
    "24",
    "mx:",
    "-all",
    "+",
    "redirect=",
    "exp=",
    "%{d}",
    "%{",
    "}",
    ".",
    "example.com",
    "ip4:",
    "ip6:",
)
RECORD = WANTED["records"][0]
KEYS = {"domain", "records", "sender", "spf_include", "dkim"}


@pytest.fixture(scope="module")
def server() -> Generator[DnsServer]:
    with dns_server() as running:
        yield running


def verdicts(report: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a report that a case can name."""
    return {
        "verdict": report["verdict"],
        "records": [record["verdict"] for record in report["records"]],
        "found": [record["found"] for record in report["records"]],
        "dkim": [key["verdict"] for key in report["dkim"]],
        **{part: report[part]["verdict"] for part in ("spf", "dmarc", "mx")},
    }


def evaluated(server: DnsServer, case: dict[str, Any], *, recursive: bool = True) -> dict[str, Any]:
    server.load(case.get("zone", []), case.get("failures"), recursive=recursive)
    expected = read_expectation(WANTED | case.get("want", {}))
    return check_domain(expected, server.address, query_seconds=0.4, total_seconds=5).as_json()


@pytest.mark.parametrize(
    ("name", "recursive"),
    [*((name, True) for name in CASES), *sampled([(name, False) for name in CASES], keep=30)],
)
def test_zone_gets_its_verdicts(server: DnsServer, name: str, recursive: bool) -> None:
    case = CASES[name]
    report = evaluated(server, case, recursive=recursive)
    actual = verdicts(report)
    assert {part: actual[part] for part in case["check"]} == case["check"], json.dumps(report, indent=1)


def test_command_prints_the_report_without_settings(server: DnsServer, tmp_path: Path) -> None:
    server.load(["www CNAME shop.sites.pagetojob.example."])
    (tmp_path / "expect.json").write_text(json.dumps(WANTED))
    command = [sys.executable, "manage.py", "check_domain", "--expect", str(tmp_path / "expect.json")]
    command += ["--resolver", f"127.0.0.1:{server.port}"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert list(report) == ["verdict", "records", "spf", "dkim", "dmarc", "mx"]
    assert report["records"] == [
        {"name": "www.shop.example", "type": "CNAME", "verdict": "ok", "found": ["shop.sites.pagetojob.example"]}
    ]
    assert report["dkim"][0] == {"selector": "ptj1", "verdict": "missing", "reason": "The name has no alias."}


def test_check_ends_when_the_resolver_is_silent(server: DnsServer) -> None:
    server.load([], dict.fromkeys((f"{name} *" for name in ("www", "@", "_dmarc", "ptj1._domainkey")), "timeout"))
    began = time.monotonic()
    report = check_domain(read_expectation(WANTED), server.address, query_seconds=5, total_seconds=0.5)
    assert time.monotonic() - began < 3
    assert verdicts(report.as_json())["records"] == ["cannot tell"] and report.mx.verdict == "cannot tell"


def test_check_without_a_resolver_cannot_tell() -> None:
    report = check_domain(read_expectation(WANTED), ("127.0.0.1", 1), query_seconds=0.2, total_seconds=2)
    assert report.verdict == "cannot tell" and report.spf.verdict == "cannot tell"


def test_report_shows_no_control_characters(server: DnsServer) -> None:
    server.load(['www TXT "a\\000b\\027[1m\\200"', '_dmarc TXT "v=DMARC1; p=\\000\\010"'])
    want = read_expectation(WANTED | {"records": [RECORD | {"type": "TXT"}]})
    report = check_domain(want, server.address).as_json()
    assert report["records"][0]["found"] == [
        "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}[1m\N{REPLACEMENT CHARACTER}"
    ]
    assert report["dmarc"]["reason"].isprintable()


@given(st.lists(st.sampled_from(SPF_PIECES) | st.text(max_size=5), max_size=12).map("".join))
def test_any_spf_text_is_parsed_or_refused(text: str) -> None:
    try:
        shown = [term.text for term in parse_spf(f"v=spf1 {text}").mechanisms]
    except BadSpf as problem:
        shown = [str(problem)[:60]] if len(str(problem)) < 200 else ["x" * 61]
    assert all(len(word) <= 60 for word in shown)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in WANTED.items() if name != key}


BAD_FILES: list[tuple[Any, str]] = [
    *((without(key), f'"{key}" is missing') for key in sorted(KEYS)),
    ([], "must be a JSON object"),
    (WANTED | {"domain": 5}, "domain must be a string"),
    (WANTED | {"domain": ""}, "domain must be a string"),
    (WANTED | {"domain": "a b.example"}, "not a domain name"),
    (WANTED | {"domain": "a..example"}, "not a domain name"),
    (WANTED | {"domain": "x" * 64 + ".example"}, "not a domain name"),
    (WANTED | {"domain": "shop.example/../x"}, "not a domain name"),
    (WANTED | {"domain": ".".join(["abcdefgh"] * 40)}, "too long"),
    (WANTED | {"domain": "xn--\u2028.example"}, "not a domain name"),
    (WANTED | {"sender": ["shop.example"]}, "sender must be a string"),
    (WANTED | {"spf_include": None}, "spf_include must be a string"),
    (WANTED | {"dkim": {}}, "dkim must be a list"),
    (WANTED | {"dkim": [{"selector": "a"}]}, "dkim.0.: the key .cname. is missing"),
    (WANTED | {"dkim": ["x"]}, "dkim.0. must be a JSON object"),
    (WANTED | {"records": "www"}, "records must be a list"),
    (WANTED | {"records": [RECORD] * 51}, "at most 50"),
    (WANTED | {"records": [RECORD | {"type": "MX"}]}, "type must be one of"),
    (WANTED | {"records": [RECORD | {"values": []}]}, "at least one string"),
    (WANTED | {"records": [RECORD | {"values": [None]}]}, "at least one string"),
    (WANTED | {"records": [RECORD | {"type": "A"}]}, "records.0."),
    (WANTED | {"records": [RECORD | {"type": "A", "values": ["::1"]}]}, "records.0."),
    (WANTED | {"records": [RECORD | {"name": "*"}]}, "not a domain name"),
]


@pytest.mark.parametrize(("document", "message"), BAD_FILES)
def test_bad_file_is_refused_with_exit_code_2(document: Any, message: str, tmp_path: Path) -> None:
    (tmp_path / "expect.json").write_text(json.dumps(document))
    assert_refused(tmp_path / "expect.json", "127.0.0.1:1", message)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b'{"domain": 1, "domain": 2}', b"[" * 300_000, b'{"a": NaN}'])
def test_bad_json_is_refused(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "expect.json").write_bytes(data)
    assert_refused(tmp_path / "expect.json", "127.0.0.1:1", "expect.json: ")


def test_unreadable_file_and_bad_resolver_are_refused(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none", "127.0.0.1:1", "cannot be read")
    assert_refused(tmp_path, "127.0.0.1:1", "cannot be read")
    (tmp_path / "expect.json").write_text(json.dumps(WANTED))
    for resolver in ("127.0.0.1", "127.0.0.1:0", "127.0.0.1:70000", ":53", "127.0.0.1:x", "no-such-host.invalid:53"):
        assert_refused(tmp_path / "expect.json", resolver, "resolver")


def assert_refused(path: Path, resolver: str, message: str) -> None:
    with pytest.raises(CommandError, match=message) as refused:
        call_command("check_domain", "--expect", str(path), "--resolver", resolver, stdout=StringIO())
    assert refused.value.returncode == 2
