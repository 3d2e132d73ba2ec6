"""A server on a restored data folder, on a free port of this machine. It archives nothing."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from pagetojob.local.errors import LocalError
from pagetojob.local.postgres import Postgres, install_folder
from pagetojob.local.process import Rights, end, free_port, spawn, tail

from .pgbackrest import BackupFailed

#: Folder of Debian's and the official image's binaries.
_DEBIAN = Path("/usr/lib/postgresql")
#: Settings that must be as large as those of the server that wrote the WAL, and their names in the control file.
_AS_BEFORE = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_xacts",
    "max_locks_per_xact",
)
_NAMES = {"max_prepared_xacts": "max_prepared_transactions", "max_locks_per_xact": "max_locks_per_transaction"}
RECOVERY_SECONDS = 6 * 3600.0


def binaries(data: Path) -> Path:
    """Return the folder of the programs for the version of a data folder. Raises BackupFailed."""
    version = (data / "PG_VERSION").read_text(encoding="ascii").strip()
    debian = _DEBIAN / version / "bin"
    if (debian / "postgres").is_file():
        return debian
    try:
        return install_folder() / "bin"
    except LocalError as error:
        raise BackupFailed(f"PostgreSQL {version} is not installed on this machine.") from error


@contextmanager
def recovered(data: Path, rights: Rights) -> Generator[int]:
    """Start the server, wait until it has recovered, and yield its port. Stops it cleanly afterwards."""
    programs, port = binaries(data), free_port()
    log = data.with_name(f"{data.name}.log")
    with log.open("wb") as output:
        server = spawn(
            _command(programs, data, port, rights),
            folder=data,
            output=output,
            death_signal=signal.SIGINT,
            rights=rights,
            env={"PATH": os.environ.get("PATH", ""), "TZ": "UTC"},
        )
    try:
        _wait(server, data, log)
        yield port
    finally:
        end(server, Postgres.stop_steps)


def _command(programs: Path, data: Path, port: int, rights: Rights) -> list[str]:
    settings = {
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "logging_collector": "off",
        "log_destination": "stderr",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        # The copy must never write into the repository of the server it was copied from.
        "archive_mode": "off",
        "hot_standby": "off",
        **_control_settings(programs, data, rights),
    }
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(programs / "postgres"), "-D", str(data), *words]


def _control_settings(programs: Path, data: Path, rights: Rights) -> dict[str, str]:
    command = [str(programs / "pg_controldata"), "-D", str(data)]
    child = spawn(
        command, folder=data, output=subprocess.PIPE, death_signal=signal.SIGTERM, rights=rights, env={"LC_ALL": "C"}
    )
    text = child.communicate()[0].decode("utf-8", errors="replace")
    values = dict(line.split(" setting:", 1) for line in text.splitlines() if " setting:" in line)
    return {_NAMES.get(name, name): values[name].strip() for name in _AS_BEFORE if name in values}


def _wait(server: "subprocess.Popen[bytes]", data: Path, log: Path) -> None:
    """Wait until the pid file reports `ready`, which it does after recovery because `hot_standby` is off."""
    deadline = time.monotonic() + RECOVERY_SECONDS
    while True:
        if server.poll() is not None:
            raise BackupFailed(f"The restored server ended: {_last_error(log)}")
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            lines = []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return
        if time.monotonic() > deadline:
            raise BackupFailed("The restored server did not recover in time.")
        time.sleep(0.05)


def _last_error(log: Path) -> str:
    lines = [line for line in tail(log, lines=50).splitlines() if "FATAL" in line or "PANIC" in line]
    return lines[0].partition("FATAL:")[2].strip() if lines else "see its log"


def at_port(url: str, port: int) -> str:
    """Return the URL of the same login and database on the restored server."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}"))


def connected(url: str, port: int) -> "psycopg.Connection[Any]":
    """Connect to the restored server."""
    return psycopg.connect(at_port(url, port), connect_timeout=10, autocommit=True)


def require_space(folder: Path, data: Path) -> None:
    """Raise BackupFailed unless a copy of the data folder fits."""
    needed = sum(file.stat().st_size for file in data.rglob("*") if file.is_file() and not file.is_symlink())
    if shutil.disk_usage(folder).free < needed * 1.2:
        raise BackupFailed(f"{folder} has too little space for a copy of the database ({needed / 1e9:.1f} GB).")
