"""Base images are pinned by digest: a registry on loopback stands for the real ones."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy import pin_images

DIGEST = "sha256:" + "ab" * 32
LOOSE = "# Base images.\nPYTHON_IMAGE=python:3.13-slim\n"


class Registry(BaseHTTPRequestHandler):
    """Gives the digest of python:3.13-slim to those who fetched a token, as public registries do."""

    def do_HEAD(self) -> None:
        if self.path != "/v2/library/python/manifests/3.13-slim":
            self.answer(404)
        elif self.headers.get("Authorization") != "Bearer let-in":
            realm = f"http://127.0.0.1:{self.connection.getsockname()[1]}/token"
            scope = "repository:library/python:pull"
            self.answer(401, **{"WWW-Authenticate": f'Bearer realm="{realm}",service="registry",scope="{scope}"'})
        else:
            assert "image.index" in self.headers["Accept"]
            self.answer(200, **{"Docker-Content-Digest": DIGEST})

    def do_GET(self) -> None:
        assert self.path == "/token?service=registry&scope=repository%3Alibrary%2Fpython%3Apull"
        self.answer(200)
        self.wfile.write(json.dumps({"token": "let-in"}).encode())

    def answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    file = tmp_path / "images.env"
    file.write_text(LOOSE)
    return file


def test_a_tag_gets_its_digest_and_the_check_passes(
    images: Path, registry: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pin_images.main(["--check"], images=images) == 1
    assert "PYTHON_IMAGE" in capsys.readouterr().err
    assert pin_images.main(["--registry", registry], images=images) == 0
    assert images.read_text() == LOOSE.replace("slim", f"slim@{DIGEST}")
    assert pin_images.main(["--check"], images=images) == 0
    assert pin_images.main(["--registry", registry], images=images) == 0, "pinned images are pinned again"
    assert images.read_text().count("@") == 1


@pytest.mark.parametrize("line", ["A_IMAGE=python:gone", "A_IMAGE=valkey/valkey:9"])
def test_without_an_answer_the_file_stays(
    images: Path, registry: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    images.write_text(LOOSE + line + "\n")
    assert pin_images.main(["--registry", registry], images=images) == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert images.read_text() == LOOSE + line + "\n"


def test_an_empty_file_is_not_pinned(images: Path) -> None:
    images.write_text("")
    assert pin_images.main(["--check"], images=images) == 1


def test_the_container_files_take_their_base_images_from_this_list() -> None:
    root = pin_images.IMAGES.parents[1]
    names = {line.partition("=")[0] for line in pin_images.IMAGES.read_text().splitlines() if "_IMAGE=" in line}
    assert names == {"PYTHON_IMAGE", "POSTGRES_IMAGE", "VALKEY_IMAGE", "CADDY_IMAGE"}
    compose, dockerfile = (root / "docker-compose.yml").read_text(), (root / "Dockerfile").read_text()
    stages = [line.split()[1::2] for line in dockerfile.splitlines() if line.startswith("FROM ")]
    assert {base for base, _ in stages} - {name for _, name in stages} == {"$PYTHON_IMAGE"}
    assert all(f"${{{name}" in compose for name in names)
