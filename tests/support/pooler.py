"""PgBouncer with the settings of deploy/, in front of a server on loopback."""

import configparser
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg

from pagetojob.local.process import free_port

SETTINGS = Path(__file__).resolve().parents[2] / "deploy" / "pgbouncer.ini"
START_SECONDS = 20


def program() -> str | None:
    """Return the path of PgBouncer; None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


@contextmanager
def pgbouncer(direct_url: str, **settings: str) -> Generator[tuple[str, int]]:
    """Run PgBouncer until the end of the block; yield the URL that leads through it, and its process ID."""
    direct, port, path = urlsplit(direct_url), free_port(), program()
    if path is None:
        raise RuntimeError("PgBouncer is missing: apt-get install pgbouncer")
    # PgBouncer refuses to run as root, and other users cannot open the folders of pytest.
    is_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="ptj-pgbouncer-") as name:
        folder = Path(name)
        config = configparser.ConfigParser(interpolation=None)
        config.read(SETTINGS)
        config["databases"] = {"*": f"host={direct.hostname} port={direct.port}"}
        own = {"listen_addr": "127.0.0.1", "listen_port": str(port), "unix_socket_dir": ""}
        config["pgbouncer"].update(own | {"auth_file": str(folder / "users")} | settings)
        with (folder / "pgbouncer.ini").open("w") as file:
            config.write(file)
        (folder / "users").write_text(f'"{direct.username}" "{unquote(direct.password or "")}"\n')
        if is_root:
            for owned in (folder, *folder.iterdir()):
                shutil.chown(owned, "nobody")
        user: Any = {"user": "nobody", "group": "nogroup", "extra_groups": []} if is_root else {}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([path, str(folder / "pgbouncer.ini")], stdout=log, stderr=log, **user)
        url = urlunsplit(direct._replace(netloc=f"{direct.username}:{direct.password}@127.0.0.1:{port}"))
        try:
            _wait(process, url, folder / "log")
            yield url, process.pid
        finally:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text()) from None
            time.sleep(0.1)
        else:
            return
