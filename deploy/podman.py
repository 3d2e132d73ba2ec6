"""Calls of podman for building and testing images, with this machine's own settings of pip and apt.

Those settings are given to a build as secrets, which are mounted for one step and are in no layer. Docker's BuildKit
accepts the same: `docker build --secret id=pip_conf,src=FILE`. Only the standard library.
"""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
#: Settings of pip that a build on this machine may need. Folders of the machine are not among them.
_PIP_SETTINGS = {"cert", "extra-index-url", "index-url", "proxy", "timeout", "trusted-host"}
#: The file at which a Dockerfile mounts the certificate authorities of this machine.
CA_BUNDLE = "/run/build/ca.crt"
#: Names the version of an image. An option, because a LABEL layer in the cache may have another version.
VERSION_LABEL = "org.opencontainers.image.version"
#: Longest time of a call, unless it is given another one.
TIMEOUT_SECONDS = 300
ENVIRONMENT = os.environ | {"PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}


class PodmanError(Exception):
    """Raised when a call of podman fails. Contains its standard error."""


def podman(
    *arguments: str | Path, stdin: IO[bytes] | None = None, check: bool = True, timeout: float | None = TIMEOUT_SECONDS
) -> str:
    """Run podman and return its standard output. Raises PodmanError, also after `timeout` seconds.

    A build or another long call passes None.
    """
    shown = " ".join(map(str, arguments[:4]))
    try:
        done = subprocess.run(  # noqa: S603 - our own arguments
            ["podman", *map(str, arguments)],  # noqa: S607 - the one on the PATH
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
            env=ENVIRONMENT,
            timeout=timeout,
        )
    except subprocess.TimeoutExpired as error:
        raise PodmanError(f"podman {shown} did not end within {timeout} s") from error
    if check and done.returncode:
        raise PodmanError(f"podman {shown} ended with {done.returncode}: {done.stderr[-3000:]}")
    return done.stdout.strip()


def process_of(container: str) -> str:
    """Return the id of a container's first process on this machine."""
    return podman("inspect", "--format={{.State.Pid}}", container)


def in_network(container: str, *command: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of this machine in the network of a container."""
    entered = ["nsenter", f"--target={process_of(container)}", "--net", "--", *command]
    return subprocess.run(entered, input=stdin, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def exists(image: str) -> bool:
    """Tell whether an image is on this machine."""
    return bool(podman("images", "--quiet", "--filter", f"reference={image}"))


def build(
    tag: str,
    *,
    dockerfile: Path,
    context: Path,
    arguments: Mapping[str, str] | None = None,
    target: str = "",
    version: str = "",
) -> None:
    """Build an image with the settings of this machine. Base images must be here already, or are pulled."""
    chosen = [f"--build-arg={name}={value}" for name, value in (arguments or {}).items()]
    with settings_of_this_machine() as secrets:
        podman(
            *("build", "--pull=missing", "--network=host", f"--tag={tag}", f"--file={dockerfile}", *limits()),
            *([f"--target={target}"] if target else []),
            *([f"--label={VERSION_LABEL}={version}"] if version else []),
            *chosen,
            *secrets,
            context,
            timeout=None,
        )


def limits() -> list[str]:
    """Return the limits of this process as options: podman's own are refused where they are higher."""
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    hard = {name: resource.getrlimit(number)[1] for name, number in limits.items()}
    return [f"--ulimit={name}={value}:{value}" for name, value in hard.items() if value != resource.RLIM_INFINITY]


@contextmanager
def settings_of_this_machine() -> Iterator[Sequence[str]]:
    """Return the options of `podman build` that mount this machine's settings; the files are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ptj-build-") as folder:
        pip, apt = Path(folder, "pip.conf"), Path(folder, "apt.conf")
        settings = pip_settings()
        secrets = {"pip_conf": pip, "apt_conf": apt}
        if authorities := settings.get("cert"):
            secrets["ca_bundle"] = Path(authorities)
            settings["cert"] = CA_BUNDLE
        pip.write_text("[global]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        apt.write_text(_apt_settings())
        yield [f"--secret=id={name},src={file}" for name, file in secrets.items()]


def pip_settings() -> dict[str, str]:
    """Return the settings of pip on this machine that a build needs."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    settings = {}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        if (key := name.rpartition(".")[2]) in _PIP_SETTINGS:
            settings[key] = value.strip("'\"")
    return settings


def _apt_settings() -> str:
    """Return the settings of apt about fetching, such as a proxy. Its folders stay those of the image."""
    try:
        dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout  # noqa: S607
    except OSError:
        return ""
    return "".join(f"{line}\n" for line in dumped.splitlines() if line.startswith("Acquire::") and '"";' not in line)
