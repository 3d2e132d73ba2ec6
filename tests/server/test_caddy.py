"""The real Caddy in front of a real gunicorn: clients that stall, send too much, or forge addresses."""

import http.client
import json
import os
import re
import select
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from pagetojob.local import caddy, internal_certificates, web_port
from pagetojob.local.process import free_port
from pagetojob.platform.body_limits import limit_of
from pagetojob.platform.tenants.models import Tenant
from tests.isolation.addresses import addresses
from tests.support.nightly import sampled
from tests.support.processes import eventually
from tests.support.services import ROOT
from tests.support.visitor import FORM as FORM_PATH
from tests.support.visitor import filled_in, leads

OLDEST = (2, 11, 7)
HEADER_SECONDS, BODY_SECONDS = 1, 1.5
FORM = b"POST /test/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
CLOSE = b"\r\nConnection: close\r\n"
#: Replaces the five seconds that a request waits for gunicorn, which only `test_a_request_waits_while_…` needs.
NO_WAIT = "lb_try_duration 100ms"


class Website:
    """Gunicorn with two threads behind Caddy with short limits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.upstream = free_port(), f"127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []
        options = ("--no-control-socket", "--limit-request-line", "0", "--worker-class", "gthread", "--threads", "2")
        command = (sys.executable, "-m", "gunicorn", *options, "--bind", self.upstream, "tests.support.web_app")
        self._start("web", *command, TRUSTED_PROXIES="1")
        limits = {"CADDY_READ_HEADER": f"{HEADER_SECONDS}s", "CADDY_READ_BODY": f"{BODY_SECONDS}s"}
        self._start("caddy", *caddy.command(), **caddy_variables(self.port, self.upstream, folder) | limits)
        eventually(lambda: web_port.answers(self.port, "/test/echo"))

    def _start(self, name: str, *command: str, **variables: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | variables, stdout=log, stderr=log)
        self.processes.append(process)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def connect(self, *pieces: bytes) -> socket.socket:
        line = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        for piece in pieces:
            line.sendall(piece)
        return line

    def ask(self, *pieces: bytes, half_close: bool = False) -> bytes:
        """Send a request on a connection of its own; return all that comes back until the server closes it."""
        with self.connect(*pieces) as line:
            if half_close:
                line.shutdown(socket.SHUT_WR)
            return everything(line)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Send a request with a client that knows HTTP; return status and body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            line.request(method, path, body, {"Host": "localhost"} | headers)
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


def caddy_variables(port: int, upstream: str, folder: Path) -> dict[str, str]:
    return caddy.environment(port=port, gunicorn=upstream, folder=folder)


@pytest.fixture(scope="module")
def website(tmp_path_factory: pytest.TempPathFactory) -> Generator[Website]:
    ours = Website(tmp_path_factory.mktemp("web"))
    yield ours
    ours.stop()


def everything(line: socket.socket) -> bytes:
    """Read to the end of a connection; a reset counts as its end."""
    data = b""
    try:
        while piece := line.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


def test_the_binary_is_no_older_than_the_caddyfile_needs() -> None:
    """Caddy 2.6.2 answered an incomplete POST with an empty 200, so a lead would appear accepted and be lost."""
    printed = subprocess.run([caddy.command()[0], "version"], capture_output=True, text=True, check=True).stdout
    assert tuple(int(part) for part in re.findall(r"\d+", printed)[:3]) >= OLDEST
    image = re.search(r"^CADDY_IMAGE=caddy:(\S+?)(?:@|$)", (ROOT / "deploy" / "images.env").read_text(), re.MULTILINE)
    assert image and tuple(int(part) for part in image[1].split(".")) >= OLDEST


def test_stalled_connections_delay_no_visitor_and_are_closed(website: Website) -> None:
    """There are more than gunicorn has threads; of half of them the header is unfinished, of half the body."""
    stalled = [
        website.connect(FORM + (b"Content-Length: 9\r\n\r\nbody" if number % 2 else b"X-Unfinished: "))
        for number in range(40)
    ]
    began = time.monotonic()
    for _ in range(10):
        assert website.request("POST", "/test/echo", b"a=b")[0] == 200
    assert time.monotonic() - began < 1.5
    answers = [everything(line) for line in stalled]
    assert time.monotonic() - began < max(HEADER_SECONDS, BODY_SECONDS) + 2
    assert not any(200 <= status(answer) < 300 for answer in answers)


@pytest.mark.parametrize("framing", [b"Content-Length: 40", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("half_close", [True, False])
@pytest.mark.parametrize("path", sampled([b"/test/echo", b"/sites/desert-peak/request-appointment"], keep=1))
def test_an_incomplete_post_is_never_accepted(website: Website, framing: bytes, half_close: bool, path: bytes) -> None:
    head = FORM.replace(b"/test/echo", path) + framing + b"\r\n\r\n"
    answer = website.ask(head, b"6\r\nname=J\r\n", half_close=half_close)
    assert not answer or status(answer) >= 400


def test_gunicorn_alone_refuses_a_body_cut_short(website: Website) -> None:
    host, port = website.upstream.split(":")
    with socket.create_connection((host, int(port)), timeout=15) as line:
        line.sendall(
            FORM.replace(b"/test/echo", b"/account/sign-in") + b"Content-Length: 40\r\n\r\nusername=a@b.example&pass"
        )
        line.shutdown(socket.SHUT_WR)
        assert status(everything(line)) == 400


@pytest.mark.parametrize(
    "body",
    [
        (b"Content-Length: 65537\r\n\r\n", b"x" * 65_537),
        (b"Content-Length: 314572800\r\n\r\n", b"x" * 300_000),
    ],
)
def test_a_large_body_is_refused_and_the_connection_closed(website: Website, body: tuple[bytes, bytes]) -> None:
    answer = website.ask(FORM, *body)
    assert status(answer) == 413
    assert CLOSE in answer.partition(b"\r\n\r\n")[0] + b"\r\n"
    assert b"at most 64 kB" in answer


def test_a_complete_body_arrives_whole(website: Website) -> None:
    for size in (3, 65_536):
        assert website.request("POST", "/test/echo", b"x" * size)[1] == json.dumps([str(size), size]).encode()
    photos = "/sites/desert-peak/request-appointment/../../../test/echo"
    assert website.request("POST", photos, b"x" * 65_537)[0] == 413


def test_a_body_without_a_length_is_accepted_only_from_webhooks(website: Website) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    assert status(website.ask(FORM + chunked, b"3\r\na=b\r\n0\r\n\r\n")) == 411
    hooks = FORM.replace(b"/test/echo", b"/hooks/echo")
    answer = website.ask(hooks + b"Connection: close\r\n" + chunked, b"3\r\na=b\r\n", b"0\r\n\r\n")
    assert answer.endswith(json.dumps([None, 3]).encode())
    assert status(website.ask(hooks + chunked, (b"8000\r\n" + b"x" * 0x8000 + b"\r\n") * 3)) >= 400


def test_addresses_cannot_be_forged(website: Website) -> None:
    """Also not with several headers; the application then takes the last entry, which is Caddy's."""
    answer = website.ask(
        b"GET /test/forwarded HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nForwarded: for=203.0.113.1\r\n"
        b"X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 203.0.113.2\r\nX-Forwarded-Proto: https\r\n\r\n"
    )
    assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"for": "127.0.0.1", "proto": "http", "client": "127.0.0.1"}


@pytest.mark.parametrize("via_caddy", [True, False])
def test_a_header_moves_no_request_to_another_route(website: Website, via_caddy: bool) -> None:
    """Gunicorn trusts connections from its machine: it takes the start of the path from SCRIPT_NAME."""
    host, _, port = website.upstream.partition(":")
    port = str(website.port) if via_caddy else port
    for prefix in (b"/x", b"//evil.example"):
        with socket.create_connection((host, int(port)), timeout=15) as line:
            line.sendall(
                b"GET " + prefix + b"/robots.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                b"SCRIPT_NAME: " + prefix + b"\r\nPATH_INFO: /robots.txt\r\nX_Forwarded_For: 203.0.113.1\r\n\r\n"
            )
            assert status(everything(line)) == 404
    assert website.request("GET", "/robots.txt")[0] == 200


@pytest.mark.parametrize("trusted", [True, False])
def test_caddy_reaches_gunicorn_by_tls_and_trusts_only_its_certificate(tmp_path: Path, trusted: bool) -> None:
    """As in compose. With another certificate, or for a client without TLS, there is no answer."""
    for name in ("ours", "other"):
        (tmp_path / name).mkdir()
        internal_certificates.make(tmp_path / name)
    port, upstream = free_port(), free_port()
    command = (sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "gthread", "--threads", "2")
    tls = ("--certfile", str(tmp_path / "ours/web.crt"), "--keyfile", str(tmp_path / "ours/web.key"))
    file = tmp_path / ("ours" if trusted else "other") / "web.crt"
    variables = caddy_variables(port, f"https://localhost:{upstream}", tmp_path)
    variables |= {"CADDY_GUNICORN_TLS": f"tls_trust_pool file {file}", "CADDY_LOG_LEVEL": "FATAL"}
    processes = [
        subprocess.Popen([*command, *tls, "--bind", f"127.0.0.1:{upstream}", "tests.support.web_app"], cwd=ROOT),
        subprocess.Popen(caddy.command(), env=os.environ | variables),
    ]
    try:
        eventually(lambda: web_port.taken(port) and web_port.taken(upstream))
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        line.request("POST", "/test/echo", b"a=b", {"Host": "localhost"})
        answer = line.getresponse()
        answer.read()
        assert answer.status == (200 if trusted else 502)
        if trusted:
            line.request("GET", "/test/host", headers={"Host": "localhost:8443"})
            assert json.load(line.getresponse()) == "localhost:8443"
        with socket.create_connection(("127.0.0.1", upstream), timeout=15) as plain:
            plain.sendall(FORM + b"Content-Length: 3\r\n\r\na=b")
            assert not everything(plain).startswith(b"HTTP/1.1 2")
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_a_request_waits_while_gunicorn_restarts(tmp_path: Path) -> None:
    """Its body is sent once a server listens again: here one of this test, because gunicorn may start too slowly."""
    port, upstream = free_port(), free_port()
    process = subprocess.Popen(
        caddy.command(), env=os.environ | caddy_variables(port, f"127.0.0.1:{upstream}", tmp_path)
    )
    try:
        eventually(lambda: web_port.taken(port))
        with socket.create_connection(("127.0.0.1", port), timeout=15) as line:
            line.sendall(FORM + b"Connection: close\r\nContent-Length: 3\r\n\r\na=b")
            assert not select.select([line], [], [], 0.5)[0]
            with socket.create_server(("127.0.0.1", upstream)) as listener:
                listener.settimeout(15)
                with listener.accept()[0] as request:
                    request.settimeout(15)
                    with request.makefile("rb") as received:
                        while received.readline().strip():
                            pass
                        assert received.read(3) == b"a=b"
                    request.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert status(everything(line)) == 204
    finally:
        process.kill()
        process.wait()


def start_page(port: int) -> http.client.HTTPResponse:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    line.request("GET", "/", headers={"Host": "localhost"})
    return line.getresponse()


@pytest.mark.parametrize(
    ("balancing", "expected"), [("", 502), ("health_uri /healthz\nhealth_interval 100ms\nhealth_fails 1", 503)]
)
def test_without_gunicorn_the_answer_names_a_time_to_ask_again(tmp_path: Path, balancing: str, expected: int) -> None:
    """With health checks, no host is left; without them, the only one refuses the connection."""
    port = free_port()
    variables = caddy_variables(port, f"127.0.0.1:{free_port()}", tmp_path)
    variables |= {"CADDY_BALANCING": f"{NO_WAIT}\n{balancing}"}
    process = subprocess.Popen(caddy.command(), env=os.environ | variables)
    try:
        eventually(lambda: web_port.taken(port))
        # A request before the first health check is sent to the host, which refuses it.
        eventually(lambda: start_page(port).status == expected)
        answer = start_page(port)
        assert (answer.status, answer.getheader("Retry-After")) == (expected, "10")
        assert answer.read().startswith(f"{expected} ".encode())
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        line.request("POST", "/", "{}", headers={"Host": "localhost", "Accept": "application/json, */*"})
        answer = line.getresponse()
        assert answer.status == expected and answer.read().startswith(f"{expected} ".encode())
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        line.request("GET", "/", headers={"Host": "localhost", "Accept": "text/html,*/*;q=0.8"})
        answer = line.getresponse()
        page = answer.read().decode()
        assert (answer.status, answer.getheader("Retry-After")) == (expected, "10")
        assert (answer.getheader("Content-Type") or "").startswith("text/html")
        assert (answer.getheader("Content-Security-Policy") or "").startswith("default-src 'none'")
        assert answer.getheader("Cache-Control") == "no-store" and not re.search(r"(src|href)=\"[^\"]|url\(", page)
        assert f"Error {expected}" in page and "body { display: grid;" in page
        logo = re.findall(r'<path d="[^"]*"', (ROOT / "templates/parts/brand.html").read_text())
        assert logo and all(path in page for path in logo)
        tokens = (ROOT / "static/tokens.css").read_text()
        assert all(color in tokens for color in re.findall(r"light-dark\([^)]*\)", page))
    finally:
        process.kill()
        process.wait()


def test_caddy_logs_no_path(tmp_path: Path) -> None:
    """Without gunicorn every request is an error, and errors are logged."""
    port = free_port()
    variables = os.environ | caddy_variables(port, f"127.0.0.1:{free_port()}", tmp_path)
    variables |= {"CADDY_LOG_LEVEL": "DEBUG", "CADDY_BALANCING": NO_WAIT}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(caddy.command(), env=variables, stdout=log, stderr=log)
    try:
        eventually(lambda: web_port.taken(port))
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        line.request("POST", "/review/SECRET-CODE?key=SECRET-CODE", "a=b", {"X-Note": "SECRET-CODE"})
        assert line.getresponse().status == 502
    finally:
        process.kill()
        process.wait()
    text = (tmp_path / "log").read_text()
    assert "connection refused" in text and "SECRET-CODE" not in text


def test_the_limits_are_those_of_the_routes() -> None:
    """`caddy adapt` prints the handlers in order; the first whose path matches serves the request."""
    handlers = _handlers()
    for address in addresses():
        path = address.filled({})
        assert _limit(handlers, path) == limit_of(path).bytes, path
    assert _limit(handlers, "/no/such/page") == limit_of("/no/such/page").bytes


@pytest.mark.django_db(transaction=True)
def test_a_lead_is_stored_while_forty_connections_stall(tenant: Tenant, live_server: Any, tmp_path: Path) -> None:
    port = free_port()
    upstream = urlsplit(str(live_server)).netloc.replace("localhost", "127.0.0.1")
    process = subprocess.Popen(caddy.command(), env=os.environ | caddy_variables(port, upstream, tmp_path))
    try:
        eventually(lambda: web_port.answers(port, "/healthz"))
        stalled = [socket.create_connection(("127.0.0.1", port), timeout=15) for _ in range(40)]
        for number, line in enumerate(stalled):
            head = f"POST {FORM_PATH} HTTP/1.1\r\nHost: localhost\r\n"
            line.sendall((head + ("Content-Length: 999\r\n\r\nname=J" if number % 2 else "X-Unfinished: ")).encode())
        began = time.monotonic()
        visitor = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        headers = {"Host": "localhost", "Content-Type": "application/x-www-form-urlencoded"}
        visitor.request("POST", FORM_PATH, urlencode(filled_in()), headers)
        assert visitor.getresponse().status == 302
        assert time.monotonic() - began < 5
        assert len(leads(tenant)) == 1
        for line in stalled:
            line.close()
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def domains_proxy(live_server: Any, tmp_path: Path, settings: Any) -> Generator[int]:
    """Caddy with deploy/Caddyfile.domains and certificates of its own authority; its HTTPS port."""
    settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES, settings.PUBLIC_SUFFIX = ["*"], 1, "sites.pagetojob.example"
    port, upstream = free_port(), urlsplit(str(live_server)).netloc.replace("localhost", "127.0.0.1")
    variables = caddy_variables(port, upstream, tmp_path) | {
        "CADDY_SITE": "https://www.example.com",
        "CADDY_OPTIONS": f"local_certs\nskip_install_trust\nhttps_port {port}\nhttp_port {free_port()}",
        "CADDY_ASK": f"127.0.0.1:{free_port()}",
    }
    binary, *_ = caddy.command()
    config = ("--config", str(caddy.CADDYFILE.with_name("Caddyfile.domains")), "--adapter", "caddyfile")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen((binary, "run", *config), env=os.environ | variables, stdout=log, stderr=log)
    try:
        eventually(lambda: https_status(port, "www.example.com", "/healthz") == 200)
        yield port
    finally:
        process.kill()
        process.wait()


def https_status(port: int, host: str, path: str) -> int:
    """Return the status of a GET over TLS, or 0 if the server has no certificate for the host."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        line = socket.create_connection(("127.0.0.1", port), timeout=15)
        with line, context.wrap_socket(line, server_hostname=host) as secure:
            secure.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return status(secure.recv(4096))
    except (ssl.SSLError, ConnectionError):
        return 0


@pytest.mark.django_db(transaction=True)
def test_with_an_ingress_the_application_decides_about_hosts(
    tenant: Tenant, live_server: Any, tmp_path: Path, settings: Any
) -> None:
    """Caddy without certificates, as on Kubernetes. Another proxy has ended TLS."""
    settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES = ["www.example.com"], 2
    settings.PUBLIC_SUFFIX = "sites.pagetojob.example"
    port, upstream = free_port(), urlsplit(str(live_server)).netloc.replace("localhost", "127.0.0.1")
    variables = caddy_variables(port, upstream, tmp_path) | {
        "CADDY_SITE": f"http://:{port}",
        "CADDY_OPTIONS": "auto_https off",
        "CADDY_PROXY_NETWORKS": "private_ranges",
    }
    process = subprocess.Popen(caddy.command(), env=os.environ | variables)
    try:
        eventually(lambda: web_port.taken(port))
        answers = {}
        for host in ("www.example.com", f"{tenant.slug}.{settings.PUBLIC_SUFFIX}", "other.sites.pagetojob.example"):
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
            line.request("GET", "/robots.txt", headers={"Host": host, "X-Forwarded-Proto": "https"})
            answer = line.getresponse()
            answers[host.partition(".")[0]] = answer.status, f"//{host}/" in answer.read().decode()
        assert answers == {"www": (200, False), tenant.slug: (200, True), "other": (400, False)}
    finally:
        process.kill()
        process.wait()


@pytest.mark.django_db(transaction=True)
def test_only_hosts_that_we_serve_get_a_certificate(tenant: Tenant, domains_proxy: int) -> None:
    served = f"{tenant.slug}.sites.pagetojob.example"
    assert https_status(domains_proxy, served, "/robots.txt") == 200
    for host in ("other.sites.pagetojob.example", "www.stranger.example", f"a.{served}"):
        assert https_status(domains_proxy, host, "/robots.txt") == 0, host
    for path in (
        "/internal/tls-allowed",
        "//internal/tls-allowed",
        "/%69nternal/tls-allowed",
        "/x/../internal/tls-allowed",
    ):
        for host in (served, "www.example.com"):
            assert https_status(domains_proxy, host, f"{path}?domain={served}") == 404, path


def test_caddy_without_domains_orders_for_no_other_host() -> None:
    binary, _, *config = caddy.command()
    variables = (
        os.environ | caddy_variables(1, "127.0.0.1:2", Path("/nowhere")) | {"CADDY_SITE": "https://www.example.com"}
    )
    done = subprocess.run([binary, "adapt", *config], env=variables, capture_output=True, check=True)
    apps = json.loads(done.stdout)["apps"]
    assert '"on_demand": true' not in done.stdout.decode() and '"on_demand":true' not in done.stdout.decode()
    assert list(apps["http"]["servers"]) == ["srv0"]


def _handlers() -> list[tuple[dict[str, Any], int]]:
    binary, _, *config = caddy.command()
    variables = os.environ | caddy_variables(1, "127.0.0.1:2", Path("/nowhere"))
    done = subprocess.run([binary, "adapt", *config], env=variables, capture_output=True, check=True)
    routes: list[dict[str, Any]] = json.loads(done.stdout)["apps"]["http"]["servers"]["srv0"]["routes"]
    handlers = []
    for route in routes[2:]:  # after those of /internal/ and of chunked bodies
        text = json.dumps(route["handle"])
        limits = {*re.findall(r'"max_size": (\d+)', text), *re.findall(r"> (\d+)\.0", text)}
        assert len(limits) == 1, "the declared length and the bytes have the same limit"
        handlers.append((route["match"][0] if "match" in route else {}, int(limits.pop())))
    return handlers


def _limit(handlers: list[tuple[dict[str, Any], int]], path: str) -> int:
    return next(limit for match, limit in handlers if not match or _matches(match, path))


def _matches(match: dict[str, Any], path: str) -> bool:
    if "path_regexp" in match:
        return re.search(match["path_regexp"]["pattern"], path) is not None
    return any(fnmatchcase(path, glob) for glob in match["path"])
