"""Images of the two releases: the recorded one from its commit, and the one of this clone."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deploy.base_images.__main__ import IMAGES, make
from deploy.podman import CA_BUNDLE, ROOT, build, exists, limits, podman, settings_of_this_machine

PREFIX = "localhost/pagetojob-upgrade"
#: The image of the working tree.
NEW = f"{PREFIX}/new:1"
#: Place of each setting of this machine, for a Dockerfile that does not mount them itself.
_PLACES = {"pip_conf": "/etc/pip.conf", "apt_conf": "/etc/apt/apt.conf.d/99build", "ca_bundle": CA_BUNDLE}


def make_images(commit: str, *, built: bool = False) -> str:
    """Make both images, or only those that are missing; return the name of that of the commit."""
    make()
    old = f"{PREFIX}/release:{commit[:12]}"
    if not exists(old):
        with tempfile.TemporaryDirectory(prefix="ptj-upgrade-") as folder:
            archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True)  # noqa: S603, S607
            subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)  # noqa: S603, S607
            _build_release(old, Path(folder))
    if built and exists(NEW):
        return old
    arguments = {"PYTHON_IMAGE": IMAGES["PYTHON_IMAGE"]}
    build(NEW, dockerfile=ROOT / "Dockerfile", context=ROOT, target="app", arguments=arguments, version="upgrade")
    return old


def _build_release(tag: str, folder: Path) -> None:
    """Build the files of a release with its own Dockerfile, which may be older than the secrets of builds."""
    with settings_of_this_machine() as secrets:
        podman(
            *("build", "--pull=missing", "--network=host", f"--tag={tag}", *limits()),
            f"--build-arg=PYTHON_IMAGE={IMAGES['PYTHON_IMAGE']}",
            *secrets,
            *_volumes(secrets),
            folder,
            timeout=None,
        )


def _volumes(secrets: Sequence[str]) -> list[str]:
    volumes = []
    for option in secrets:
        name, source = (part.partition("=")[2] for part in option.removeprefix("--secret=").split(","))
        volumes.append(f"--volume={source}:{_PLACES[name]}:ro")
    return volumes
