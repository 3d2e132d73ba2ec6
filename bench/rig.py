"""A whole product for measuring: own PostgreSQL, own Valkey, real gunicorn and workers, on loopback."""

import base64
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from urllib.error import URLError
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

from pagetojob.backups.configuration import Repository
from pagetojob.local import caddy
from pagetojob.local.postgres import Postgres
from pagetojob.local.process import free_port
from pagetojob.local.provision import DatabaseUrls, provision
from pagetojob.local.valkey import Valkey

ROOT = Path(__file__).resolve().parents[1]
PASSWORD = "only-for-benchmarks"  # noqa: S105
VAULT_KEYS = f"bench:{base64.b64encode(b'only-for-benchmarks-only-for-ben').decode()}"
BACKUP_KEY = "only-for-benchmarks-only-for-benchmarks"
GUNICORN = (
    "-m",
    "gunicorn",
    "--no-control-socket",
    "--limit-request-line",
    "0",
    "--log-level",
    "warning",
    "--worker-class",
    "gthread",
)
CELERY = ("-m", "celery", "-q", "-A", "pagetojob", "worker", "--loglevel", "WARNING", "--without-gossip")


class Rig:
    """Starts what is asked for, and ends all of it. PostgreSQL is durable: a commit waits for the disk."""

    def __init__(self, *, backups: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="ptj-bench-"))
        data = self.folder / "postgres" / "data"
        self.repository = Repository(self.folder / "backups", BACKUP_KEY, data) if backups else None
        self.postgres = Postgres(self.folder / "postgres", port=free_port(), repository=self.repository)
        self.valkey = Valkey(self.folder / "valkey", port=free_port())
        self.processes: list[subprocess.Popen[bytes]] = []
        self.environment: dict[str, str] = {}
        self.urls: DatabaseUrls | None = None

    def __enter__(self) -> "Rig":
        self.postgres.start()
        self.valkey.start()
        self.urls = provision(self.postgres.admin_url)
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "pagetojob.settings",
            "SECRET_KEY": "only-for-benchmarks-only-for-benchmarks-only-for-benchmarks",
            "VAULT_KEYS": VAULT_KEYS,
            "DEBUG": "false",
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "PUBLIC_URL": "https://localhost",
            "DATABASE_URL": self.urls.app,
            "REDIS_URL": self.valkey.url,
            "EMAIL_URL": f"file://{quote(str(self.folder))}/mail",
            "SITE_FACTS_FOLDER": str(self.folder / "site-facts"),
            "DEMO_PASSWORD": PASSWORD,
            "AUDIT_ANCHOR_FILE": str(self.folder / "anchors.jsonl"),
            "RECOVERY_FOLDER": str(self.folder / "recovery"),
            "LOG_LEVEL": "ERROR",
            # One hop is ours, so that each post may come from an address of its own.
            "TRUSTED_PROXIES": "1",
            "OPS_HEALTH_TOKEN": "",
        }
        if self.repository:
            self.environment |= {
                "BACKUP_FOLDER": str(self.repository.folder),
                "BACKUP_CIPHER_KEY": BACKUP_KEY,
                "BACKUP_DATA_FOLDER": str(self.repository.data),
                "PAGETOJOB_ADMIN_URL": self.postgres.admin_url,
            }
        self.run("manage.py", "migrate", "--verbosity", "0", environment={"DATABASE_URL": self.urls.owner})
        # Demo people share a password, so they are made in debug mode only; all else runs as in production.
        self.run("manage.py", "load_demo", environment={"DEBUG": "true"})
        self.run("manage.py", "collectstatic", "--no-input", "--verbosity", "0")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self.processes):
            self.end(process)
        for pid in (self.valkey.pid, self.postgres.pid):
            if pid:
                os.kill(pid, signal.SIGCONT)
        self.valkey.stop()
        self.postgres.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, *command: str, environment: Mapping[str, str] | None = None) -> str:
        """Run one command of ours to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment | dict(environment or {}),
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
        return done.stdout

    def spawn(
        self,
        *command: str,
        environment: Mapping[str, str] | None = None,
        log: str = "processes.log",
        program: str = sys.executable,
    ) -> subprocess.Popen[bytes]:
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen(
                [program, *command],
                cwd=ROOT,
                env=self.environment | dict(environment or {}),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.processes.append(process)
        return process

    def web(
        self,
        application: str,
        *,
        environment: Mapping[str, str] | None = None,
        ready: str = "/healthz",
        workers: int = 1,
    ) -> str:
        """Serve an application by gunicorn processes with eight threads each; its address."""
        port = free_port()
        command = (
            *GUNICORN,
            "--workers",
            str(workers),
            "--threads",
            "8",
            "--keep-alive",
            "30",
            "--bind",
            f"127.0.0.1:{port}",
        )
        self.spawn(*command, application, environment=environment, log="web.log")
        base = f"http://127.0.0.1:{port}"
        self._wait(base + ready)
        return base

    def caddy(self, behind: str) -> str:
        """Put Caddy in front of a server; its address. It extends the X-Forwarded-For of this machine."""
        port = free_port()
        gunicorn = urlsplit(behind).netloc
        variables = caddy.environment(port=port, gunicorn=gunicorn, folder=self.folder / "caddy")
        program, *command = caddy.command()
        networks = {"CADDY_PROXY_NETWORKS": "127.0.0.0/8"}
        self.spawn(*command, program=program, environment=variables | networks, log="caddy.log")
        base = f"http://127.0.0.1:{port}"
        self._wait(base + "/healthz")
        return base

    def workers(self, queues: Sequence[str] = ("deliver", "work"), *, children: int = 1) -> None:
        """A worker of each queue, of so many processes, and the dispatcher."""
        for queue in queues:
            named = ("-c", str(children), "--without-mingle", "-Q", queue, "-n", f"{queue}@%h")
            self.spawn(*CELERY, *named, log="workers.log")
        self.spawn("manage.py", "dispatch", log="dispatcher.log")

    def end(self, process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urlopen(url, timeout=2):  # noqa: S310 - our own address on loopback
                    return
            except (URLError, OSError) as error:
                if getattr(error, "code", None):
                    return
                time.sleep(0.1)
        raise RuntimeError(f"{url} did not answer; see {self.folder}")
