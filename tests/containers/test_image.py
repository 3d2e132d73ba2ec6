"""The images are built, started and checked: `make image-test`. Their base images are made on this machine."""

import json
import re
import tarfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import pytest

from deploy import make_secrets, sbom
from deploy.base_images.__main__ import IMAGES, make
from deploy.podman import build, pip_settings, podman
from pagetojob.local.place import CLONE
from tests.containers.composed import copy_clone, version_label
from tests.support.processes import eventually

pytestmark = [pytest.mark.nightly, pytest.mark.usefixtures("has_programs")]

VERSION = "image-test"
#: Measured: 368 and 524 MB, of which 130 MB are Python's base image.
LARGEST_MB = {"app": 390, "heavy": 560}
SETTINGS = re.compile(r"(^|/)(pip\.conf|\.env|secrets/.+|\.git/.+|apt\.conf\.d/99build|\.pypirc|\.netrc)$")
WEB = {
    "PUBLIC_URL": "https://www.example.com",
    "ALLOWED_HOSTS": "www.example.com",
    "DEFAULT_FROM_EMAIL": "no-reply@example.com",
    "SECRET_KEY": "x" * 60,
    "VAULT_KEYS": "none",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "none",
    "EMAIL_URL": "none",
}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with settings and secrets, which no image may contain."""
    folder = tmp_path_factory.mktemp("clone")
    copy_clone(folder)
    (folder / ".env").write_text("SECRET_KEY=not-for-an-image")
    make_secrets.make(folder / "secrets")
    return folder


@pytest.fixture(scope="module")
def images(clone: Path) -> dict[str, str]:
    """Build both images; their names."""
    make()
    return {target: _build(clone, target, VERSION) for target in sbom.LOCKS}


@pytest.mark.parametrize("target", sbom.LOCKS)
def test_it_is_small_and_names_its_version(images: dict[str, str], target: str) -> None:
    assert _megabytes(images[target]) <= LARGEST_MB[target]
    (image,) = json.loads(podman("inspect", images[target]))
    assert version_label(images[target]) == VERSION
    assert image["Labels"]["org.opencontainers.image.title"] == "PageToJob"
    assert image["User"] == "10001"


@pytest.mark.parametrize("target", sbom.LOCKS)
def test_the_same_code_with_another_version_names_that_version(
    images: dict[str, str], clone: Path, target: str
) -> None:
    """Every layer of the second build is in the cache, and only the label differs."""
    other = _build(clone, target, f"{VERSION}-other")
    try:
        assert version_label(other) == f"{VERSION}-other"
        assert version_label(images[target]) == VERSION
        layers = "{{.RootFS.Layers}}"
        assert podman("inspect", f"--format={layers}", other) == podman("inspect", f"--format={layers}", images[target])
    finally:
        podman("rmi", other)


@pytest.mark.parametrize("target", sbom.LOCKS)
def test_it_runs_unprivileged_on_a_read_only_file_system(images: dict[str, str], target: str) -> None:
    assert _run(images[target], "id -u") == "10001"
    tried = "touch /app/x /venv/x /x; for folder in /app /venv /etc; do find $folder -writable -not -type l; done"
    assert _run(images[target], f"{tried}; true", read_only=False) == ""
    assert _run(images[target], "touch /tmp/x && echo written") == "written"
    assert _run(images[target], "touch /var/tmp/x 2>/dev/null || echo refused") == "refused"
    assert _run(images[target], "command -v pip || echo none") == "none"


@pytest.mark.parametrize("target", sbom.LOCKS)
def test_its_layers_contain_no_settings_and_no_secrets_of_this_machine(
    images: dict[str, str], target: str, tmp_path: Path
) -> None:
    """All layers, so that a file that a later one removes counts as well."""
    words, problems = _of_this_machine(), []
    for name, text in _layers(images[target], tmp_path):
        if SETTINGS.search(name) and text:
            problems.append(name)
        if any(word in text for word in words):
            problems.append(f"{name}: names this machine")
    assert not problems
    shown = podman("inspect", images[target]) + podman("history", "--no-trunc", images[target])
    assert not [word for word in words if word.decode() in shown]


def test_a_setting_left_in_a_layer_is_noticed(images: dict[str, str], tmp_path: Path) -> None:
    """The check above, tried: a layer with a file of settings that the next one removes."""
    (tmp_path / "Dockerfile").write_text(
        f"FROM {images['app']}\nUSER root\nRUN echo '[global]' > /etc/pip.conf\nRUN rm /etc/pip.conf\n"
    )
    bad = f"localhost/pagetojob-app:{VERSION}-bad"
    build(bad, dockerfile=tmp_path / "Dockerfile", context=tmp_path)
    try:
        assert "etc/pip.conf" in {name for name, text in _layers(bad, tmp_path) if text}
    finally:
        podman("rmi", bad)


@pytest.mark.parametrize("target", sbom.LOCKS)
def test_it_contains_exactly_the_libraries_of_its_bill_of_materials(images: dict[str, str], target: str) -> None:
    program = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
    installed = {_plain(line) for line in _run(images[target], f'python -c "{program}"').splitlines()}
    lock = (CLONE / "requirements" / sbom.LOCKS[target]).read_text()
    listed = {_plain(f"{each['name']} {each['version']}") for each in sbom.libraries(lock)}
    assert installed <= listed
    # A lock also names libraries of other systems.
    assert {line.split()[0] for line in listed - installed} <= {"brotlicffi", "tzdata", "colorama"}
    shown = _run(images[target], "dpkg-query --show")
    assert len(sbom.debian_packages(shown)) == len(shown.splitlines()) > 50


def test_the_heavy_image_makes_pdfs_and_runs_duckdb(images: dict[str, str]) -> None:
    program = "import duckdb; print(duckdb.sql('SELECT 6 * 7').fetchall()[0][0])"
    assert _run(images["heavy"], f'python -c "{program}"') == "42"
    program = "from pagetojob.platform.pdf import make_pdf; print(make_pdf('<h1>Packet</h1>')[:5])"
    assert _run(images["heavy"], f'python -c "{program}"') == "b'%PDF-'"
    assert "No module named 'duckdb'" in _run(images["app"], "python -c 'import duckdb' 2>&1 | tail -1")


@pytest.fixture
def website(images: dict[str, str]) -> Generator[str]:
    """A started container of the website without a database; its name."""
    name = "pagetojob-image-test"
    podman("rm", "--force", name, check=False)
    variables = [f"--env={key}={value}" for key, value in WEB.items()]
    hardened = ["--read-only", "--tmpfs=/tmp:size=64m", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    podman("run", "--detach", "--network=none", f"--name={name}", *hardened, *variables, images["app"])
    yield name
    podman("rm", "--force", "--time=1", name)


def test_it_serves_a_page_and_its_health(website: str) -> None:
    def ask(path: str) -> str:
        program = (
            "import urllib.request as u, urllib.error as e\n"
            f"r = u.Request('http://127.0.0.1:8000{path}', headers={{'Host': 'www.example.com', "
            "'X-Forwarded-Proto': 'https'})\n"
            "try: a = u.urlopen(r, timeout=20)\n"
            "except e.HTTPError as error: a = error\n"
            "print(a.status, len(a.read()))"
        )
        return podman("exec", website, "python", "-c", program, check=False)

    eventually(lambda: ask("/healthz").startswith("200"), seconds=120)
    file = podman("exec", website, "sh", "-c", "cd /app/.static && ls *.css | head -1")
    status, size = ask(f"/static/{file}").split()
    assert status == "200" and int(size) > 100
    # It has no database, and says so.
    assert ask("/readyz").startswith("503")


def _build(folder: Path, target: str, version: str) -> str:
    """Build an image; return its name."""
    name = f"localhost/pagetojob-{target}:{version}"
    began = time.monotonic()
    arguments = {"PYTHON_IMAGE": IMAGES["PYTHON_IMAGE"]}
    file = folder / "Dockerfile"
    build(name, dockerfile=file, context=folder, target=target, arguments=arguments, version=version)
    print(f"{target}: {_megabytes(name)} MB, built in {time.monotonic() - began:.0f} s")
    return name


def _run(image: str, command: str, *, read_only: bool = True) -> str:
    options = ["--read-only", "--tmpfs=/tmp:size=64m"] if read_only else []
    return podman("run", "--rm", "--network=none", "--read-only-tmpfs=false", *options, image, "sh", "-c", command)


def _layers(image: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each file of each layer with its content."""
    saved = folder / "image.tar"
    saved.unlink(missing_ok=True)
    podman("save", "--format=oci-archive", f"--output={saved}", image)
    with tarfile.open(saved) as archive:
        index = json.load(_member(archive, "index.json"))
        manifest = json.load(_member(archive, _blob(index["manifests"][0])))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=_member(archive, _blob(layer)), mode="r:*") as files:
                for file in files:
                    if content := files.extractfile(file) if file.isfile() else None:
                        yield file.name, content.read()


def _blob(descriptor: dict[str, str]) -> str:
    return f"blobs/{descriptor['digest'].replace(':', '/')}"


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    assert content is not None
    return content


def _of_this_machine() -> set[bytes]:
    """Return words that only this machine's files have: its clone, where it gets packages, its own authorities."""
    values = [value for name, value in pip_settings().items() if name not in ("cert", "timeout")]
    words = {str(CLONE), *(urlsplit(value).hostname or value for value in values)}
    for file in Path("/usr/local/share/ca-certificates").glob("*.crt"):
        words.add(file.read_text().splitlines()[3])
    return {word.encode() for word in words if word}


def _megabytes(image: str) -> int:
    return round(int(podman("image", "inspect", "--format={{.Size}}", image)) / 1e6)


def _plain(line: str) -> str:
    return re.sub(r"[-_.]+", "-", line).lower()
