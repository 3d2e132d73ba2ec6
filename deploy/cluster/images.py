"""The images of the cluster. Those that exist are used; `again` replaces those with our own code."""

import time
from pathlib import Path

from deploy.base_images.__main__ import DEBIAN, IMAGES, make
from deploy.podman import ROOT, build, exists

FOLDER = Path(__file__).with_name("images")
PREFIX = "localhost/pagetojob-cluster"
ETCD, DATABASE, HAPROXY, PGBOUNCER, PROMETHEUS, APP = (
    f"{PREFIX}/{name}:1" for name in ("etcd", "database", "haproxy", "pgbouncer", "prometheus", "app")
)
VALKEY, CADDY = IMAGES["VALKEY_IMAGE"], IMAGES["CADDY_IMAGE"]
#: The image of the workers, which has every library, so that each host can do all work.
PRODUCT = f"{PREFIX}/product:1"
_BASES = {
    ETCD: {"DEBIAN_IMAGE": DEBIAN},
    DATABASE: {"POSTGRES_IMAGE": IMAGES["POSTGRES_IMAGE"]},
    HAPROXY: {"DEBIAN_IMAGE": DEBIAN},
    PGBOUNCER: {"DEBIAN_IMAGE": DEBIAN},
    PROMETHEUS: {"DEBIAN_IMAGE": DEBIAN},
    APP: {"APP_IMAGE": PRODUCT},
}


def make_images(*, again: bool = False) -> dict[str, float]:
    """Make the missing images; return the seconds that each took."""
    seconds = make()
    if again or not exists(PRODUCT):
        began = time.monotonic()
        arguments = {"PYTHON_IMAGE": IMAGES["PYTHON_IMAGE"], "VERSION": "cluster"}
        build(PRODUCT, dockerfile=ROOT / "Dockerfile", context=ROOT, target="heavy", arguments=arguments)
        seconds[PRODUCT] = time.monotonic() - began
    for image, arguments in _BASES.items():
        if not exists(image) or (image == APP and PRODUCT in seconds):
            began = time.monotonic()
            name = image.rpartition("/")[2].partition(":")[0]
            build(image, dockerfile=FOLDER / f"{name}.Dockerfile", context=FOLDER, arguments=arguments)
            seconds[image] = time.monotonic() - began
    return seconds
