"""Fetching through the guard, against servers on loopback that misbehave, with a resolver that lies on demand."""

import json
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from pagetojob.platform.outbound.address_check import Judgement, judge
from pagetojob.platform.outbound.addresses import Origin
from pagetojob.platform.outbound.bodies import BodyRefused, Decompressor
from pagetojob.platform.outbound.fetching import Limits, Trail, fetch
from tests.support.hostile import Hostile, certificate_for, hostile, plain, to, zipped

QUICK = Limits(connect=2.0, total=5.0, body=100_000, wire=150_000)


class Names:
    """A resolver of our own: name to answers, one list a look-up, the last repeated. Everything else is unknown."""

    def __init__(self, **names: list[list[str]]) -> None:
        self.names = {name.replace("_", "."): answers for name, answers in names.items()}
        self.asked: list[str] = []

    def resolve(self, host: str) -> list[str]:
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


HERE = [["127.0.0.1"]]


@pytest.fixture
def server() -> Generator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture
def ask(server: Hostile) -> Callable[..., Judgement]:
    """Judge a path of site.example, which is listed; other names are as the test's resolver says, and are not."""

    def go(path: str, *, limits: Limits = QUICK, names: Names | None = None) -> Judgement:
        listed = frozenset({Origin("http", "site.example", server.port)})
        resolver = names or Names(site_example=HERE)
        return judge(f"http://site.example:{server.port}{path}", listed=listed, resolver=resolver, limits=limits)

    return go


def test_page_is_fetched_from_the_checked_address(server: Hostile, ask: Callable[..., Judgement]) -> None:
    server.say("/a?b=%C3%BC", plain(b"hello"))
    got = ask("/a?b=\u00fc#part")
    assert (got.verdict, got.reason, got.address, got.status, got.size) == ("allowed", None, "127.0.0.1", 200, 5)
    assert server.heard[0].startswith("GET /a?b=%C3%BC HTTP/1.1\r\n")
    assert f"Host: site.example:{server.port}\r\n" in server.heard[0]


def test_name_is_resolved_once(server: Hostile, ask: Callable[..., Judgement]) -> None:
    names = Names(site_example=[["127.0.0.1"], ["169.254.169.254"]])
    server.say("/", plain(b"first"))
    assert ask("/", names=names).verdict == "allowed"
    assert names.asked == ["site.example"]


def test_system_resolver_is_called_once_and_never_for_an_ip(server: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    server.say("/", plain(b"hello"))
    asked: list[object] = []

    def turning(host: object, *_: object, **__: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    listed = frozenset({Origin("http", "site.example", server.port)})
    assert judge(f"http://site.example:{server.port}/", listed=listed, limits=QUICK).verdict == "allowed"
    assert asked == ["site.example"]


def test_each_hop_is_resolved_again_and_a_rebound_name_refused(server: Hostile, ask: Callable[..., Judgement]) -> None:
    names = Names(site_example=[["127.0.0.1"], ["169.254.169.254"]])
    server.say("/", to("/again"))
    server.say("/again", plain(b"never"))
    got = ask("/", names=names)
    assert (got.verdict, got.reason, len(server.heard)) == ("refused", "address-metadata", 1)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("http://127.0.0.1/", "address-loopback"),
        ("http://[::1]/", "address-loopback"),
        ("//169.254.169.254/latest/", "address-metadata"),
        ("http://2130706433/", "host-number"),
        ("http://evil.example/", "address-private"),
        ("http://mixed.example/", "address-loopback"),
        ("file:///etc/passwd", "scheme"),
        ("gopher://x.example/", "scheme"),
        ("javascript:alert(1)", "url-shape"),
        ("http:evil.example", "url-shape"),
        ("http://user:pw@good.example/", "userinfo"),
        ("http://good.example:22/", "port"),
        ("\\\\evil.example\\", "url-characters"),
        ("/\tevil", "url-characters"),
        ("https://localhost/", "host-own"),
        ("///127.0.0.1/", "host-empty"),
    ],
)
def test_redirect_target_is_checked_like_any_address(
    server: Hostile, ask: Callable[..., Judgement], place: str, reason: str
) -> None:
    names = Names(
        site_example=HERE,
        evil_example=[["10.0.0.1"]],
        mixed_example=[["93.184.216.34", "127.0.0.1"]],
        good_example=HERE,
    )
    server.say("/", to(place))
    got = ask("/", names=names)
    assert (got.verdict, got.reason) == ("refused", reason)
    assert len(server.heard) == 1 and got.address in {None, "127.0.0.1"}


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_valid_redirect_is_followed_and_recorded(server: Hostile, ask: Callable[..., Judgement], status: str) -> None:
    server.say("/", to("b/../c?d#e", status))
    server.say("/c?d", plain(b"there"))
    got = ask("/")
    origin = f"http://site.example:{server.port}"
    assert (got.verdict, got.size) == ("allowed", 5)
    assert got.as_dict()["redirects"] == [{"url": f"{origin}/", "status": int(status[:3]), "to": f"{origin}/c?d"}]


def test_redirect_loop_and_limit_are_distinct_errors(server: Hostile, ask: Callable[..., Judgement]) -> None:
    server.say("/loop", to("/back"))
    server.say("/back", to("/loop"))
    assert (ask("/loop").reason, len(server.heard)) == ("redirect-loop", 2)
    for number in range(8):
        server.say(f"/{number}", to(f"/{number + 1}"))
    got = ask("/0")
    assert (got.verdict, got.reason, len(server.heard)) == ("refused", "redirect-limit", 2 + 6)


def test_caller_headers_are_not_sent_to_another_origin(server: Hostile) -> None:
    with hostile() as other:
        names = Names(site_example=HERE, other_example=HERE)
        listed = frozenset({Origin("http", "site.example", server.port), Origin("http", "other.example", other.port)})
        server.say("/", to("/same"))
        server.say("/same", to(f"http://other.example:{other.port}/"))
        other.say("/", to(f"http://site.example:{server.port}/end"))
        server.say("/end", plain(b"end"))
        headers = {"Authorization": "Bearer s3cret", "Cookie": "a=b", "Accept": "text/html"}
        got = fetch(f"http://site.example:{server.port}/", listed=listed, headers=headers, resolver=names, limits=QUICK)
    assert got.body == b"end"
    same, there, back = server.heard[1], other.heard[0], server.heard[2]
    assert "s3cret" in same and "a=b" in same
    assert "s3cret" not in there + back and "a=b" not in there + back and "Accept: text/html" in there


def endless(piece: bytes) -> Generator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    while True:
        yield piece


@pytest.mark.parametrize(
    ("said", "verdict", "reason"),
    [
        (plain(zipped(b"0" * 50_000), "Content-Encoding: gzip"), "allowed", None),
        (plain(zlib.compress(b"ok"), "Content-Encoding: deflate"), "allowed", None),
        (plain(zipped(b"0" * 50_000_000), "Content-Encoding: gzip"), "refused", "body-size"),
        (
            plain(zipped(zipped(b"0" * 9_000_000)), "Content-Encoding: gzip, gzip"),
            "refused",
            "body-encoding",
        ),
        (plain(b"x", "Content-Encoding: br"), "refused", "body-encoding"),
        (plain(b"no gzip at all", "Content-Encoding: gzip"), "failed", "body-broken"),
        (plain(zipped(b"abc" * 999)[:-9], "Content-Encoding: gzip"), "failed", "cut"),
        (plain(b"y" * 100_001), "refused", "body-size"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "failed", "not-http"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "failed", "not-http"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "failed", "not-http"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "failed", "not-http"),
        (b"", "failed", "not-http"),
        (plain(b"", status="304 Not Modified"), "allowed", None),
    ],
)
def test_odd_bodies_give_a_verdict(
    server: Hostile, ask: Callable[..., Judgement], said: bytes, verdict: str, reason: str | None
) -> None:
    server.say("/", said)
    got = ask("/")
    assert (got.verdict, got.reason) == (verdict, reason)
    assert got.size <= 100_001


def test_zip_bomb_uses_no_more_memory_than_the_limit() -> None:
    bomb = zipped(b"0" * 50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(BodyRefused):
            Decompressor("gzip", limit=100_000).feed(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_endless_responses_stop_at_the_limit(server: Hostile, ask: Callable[..., Judgement]) -> None:
    server.says["/body"] = lambda: endless(b"z" * 10_000)
    server.says["/headers"] = lambda: (
        b"HTTP/1.1 200 OK\r\n" if number == 0 else b"X: " + b"h" * 9_000 + b"\r\n" for number in range(10_000)
    )
    server.says["/hints"] = lambda: (b"HTTP/1.1 103 Early Hints\r\n\r\n" for _ in range(100_000))
    assert ask("/body").reason == "body-size"
    assert ask("/headers").reason in {"not-http", "body-size"}
    assert ask("/hints").reason == "body-size"


def test_slow_and_silent_hosts_end_at_the_deadline(server: Hostile, ask: Callable[..., Judgement]) -> None:
    def drip() -> Generator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        while not server.released.is_set():
            yield b"."
            server.wait(0.05)

    def silence() -> Generator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        server.wait(60)

    server.says |= {"/drip": drip, "/silence": silence}
    for path in ("/drip", "/silence"):
        got = ask(path, limits=Limits(total=0.4))
        assert (got.verdict, got.reason) == ("failed", "time-out")


def test_unreachable_host_fails_with_the_called_address(ask: Callable[..., Judgement], server: Hostile) -> None:
    server.close()
    got = ask("/")
    assert (got.verdict, got.reason, got.address, got.status) == ("failed", "connect", "127.0.0.1", None)


def test_tls_checks_the_requested_name_and_is_not_downgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, context = certificate_for(["site.example"], tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    with hostile(context) as server, hostile() as clear:
        listed = frozenset(
            {Origin("https", name, server.port) for name in ("site.example", "other.example")}
            | {Origin("http", "site.example", clear.port)}
        )
        names = Names(site_example=HERE, other_example=HERE)

        def ask(host: str, path: str) -> Judgement:
            return judge(f"https://{host}:{server.port}{path}", listed=listed, resolver=names, limits=QUICK)

        server.say("/", plain(b"safe"))
        server.say("/down", to(f"http://site.example:{clear.port}/"))
        assert ask("site.example", "/").size == 4
        assert (ask("other.example", "/").verdict, ask("other.example", "/").reason) == ("failed", "certificate")
        assert (ask("site.example", "/down").verdict, ask("site.example", "/down").reason) == (
            "refused",
            "redirect-downgrade",
        )
        assert clear.heard == []


def test_trail_is_available_after_a_failure(server: Hostile) -> None:
    server.say("/", to("http://10.0.0.1/"))
    trail = Trail()
    with pytest.raises(Exception, match="private network"):
        fetch(
            f"http://site.example:{server.port}/",
            listed=frozenset({Origin("http", "site.example", server.port)}),
            resolver=Names(site_example=HERE),
            trail=trail,
        )
    assert [hop.to for hop in trail.hops] == ["http://10.0.0.1/"]


class TestTheCommand:
    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[dict[str, Any]]]:
        try:
            call_command("fetch", *arguments)
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    def test_prints_one_json_object(self, server: Hostile, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{server.port}"]
        server.say("/", plain(b"hello"))
        url = f"http://127.0.0.1:{server.port}/"
        code, (result,) = self.run(capsys, url, "--json")
        assert (code, result) == (
            0,
            {
                "schema": "pagetojob.fetch/1",
                "url": url,
                "verdict": "allowed",
                "reason": None,
                "sentence": None,
                "address": "127.0.0.1",
                "status": 200,
                "bytes": 5,
                "redirects": [],
            },
        )

    def test_exit_status_distinguishes_refused_and_failed(
        self, settings: Any, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with hostile() as gone:
            settings.LISTED_ORIGINS = [f"http://127.0.0.1:{gone.port}"]
        assert self.run(capsys, "http://127.0.0.1:1/", "--json")[0] == 3
        assert self.run(capsys, f"http://127.0.0.1:{gone.port}/", "--json")[0] == 4

    def test_requires_one_address_or_lines(self) -> None:
        for arguments in ([], ["http://example.com/", "--stdin"]):
            with pytest.raises(CommandError) as caught:
                call_command("fetch", *arguments)
            assert caught.value.returncode == 2

    def test_invalid_listed_origin_is_an_error(self, settings: Any) -> None:
        settings.LISTED_ORIGINS = ["http://a@b"]
        with pytest.raises(CommandError, match="LISTED_ORIGINS is not a valid origin"):
            call_command("fetch", "http://example.com/")


def test_hanging_resolver_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from pagetojob.platform.outbound import resolving

    never = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: never.wait(30) and [])
    got = judge("http://example.com/", resolver=resolving.SystemResolver(seconds=0.05))
    never.set()
    assert (got.verdict, got.reason) == ("failed", "name-unknown")
