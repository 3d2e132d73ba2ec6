"""The images of the cluster. The one with the code of this clone is always built; unchanged layers are cached."""

import subprocess
import tempfile
from pathlib import Path

from deploy.base_images.__main__ import DEBIAN, IMAGES, make
from deploy.podman import ROOT, build, exists

FOLDER = Path(__file__).with_name("dockerfiles")
PREFIX = "localhost/pagetojob-cluster"
ETCD, DATABASE, HAPROXY, PGBOUNCER, PROMETHEUS = (
    f"{PREFIX}/{name}:1" for name in ("etcd", "database", "haproxy", "pgbouncer", "prometheus")
)
VALKEY, CADDY = IMAGES["VALKEY_IMAGE"], IMAGES["CADDY_IMAGE"]
#: The image with every library, so that each worker host can do all work.
PRODUCT = f"{PREFIX}/product:1"
#: A library that answers with the time plus an offset, for processes that load it first.
CLOCK_LIBRARY = "libfaketime.so.1"
_BASES = {
    ETCD: {"DEBIAN_IMAGE": DEBIAN},
    DATABASE: {"POSTGRES_IMAGE": IMAGES["POSTGRES_IMAGE"]},
    HAPROXY: {"DEBIAN_IMAGE": DEBIAN},
    PGBOUNCER: {"DEBIAN_IMAGE": DEBIAN},
    PROMETHEUS: {"DEBIAN_IMAGE": DEBIAN},
}


def make_images() -> None:
    """Make the missing images and that of our code."""
    make()
    for image, arguments in _BASES.items():
        if not exists(image):
            name = image.rpartition("/")[2].partition(":")[0]
            build(image, dockerfile=FOLDER / f"{name}.Dockerfile", context=FOLDER, arguments=arguments)
    arguments = {"PYTHON_IMAGE": IMAGES["PYTHON_IMAGE"]}
    build(PRODUCT, dockerfile=ROOT / "Dockerfile", context=ROOT, target="heavy", arguments=arguments, version="cluster")


def fetch_clock_library(folder: Path) -> None:
    """Take the library out of Debian's package, unless it is there. So the image stays that of production."""
    if (folder / CLOCK_LIBRARY).exists():
        return
    with tempfile.TemporaryDirectory(prefix="ptj-clock-") as place:
        # apt downloads as another user.
        Path(place).chmod(0o777)
        _run("apt-get", "download", "-qq", "libfaketime", folder=place)
        (package,) = Path(place).glob("libfaketime_*.deb")
        _run("dpkg-deb", "--extract", str(package), "content", folder=place)
        (library,) = Path(place, "content").glob(f"usr/lib/*/faketime/{CLOCK_LIBRARY}")
        (folder / CLOCK_LIBRARY).write_bytes(library.read_bytes())


def _run(*command: str, folder: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603
