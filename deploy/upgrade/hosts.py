"""The machines of the drill: two web hosts and two worker hosts of either release, and what they share."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from bench.posts import FORM
from deploy import make_secrets
from deploy.base_images.__main__ import IMAGES
from deploy.podman import ROOT, limits, podman
from deploy.several_hosts import STOP_SECONDS, caddy_balancing, worker_program

from . import draining

NETWORK = "pagetojob-upgrade"
SUBNET = "10.123.34"
GATEWAY = f"{SUBNET}.1"
FOLDER = ROOT / ".local" / "upgrade"
ADDRESSES = {
    "postgres": 10,
    "valkey": 20,
    "simulator": 30,
    "web-1": 51,
    "web-2": 52,
    "worker-1": 61,
    "worker-2": 62,
    "caddy": 70,
    "administration": 80,
}
WEBS, WORKERS = ("web-1", "web-2"), ("worker-1", "worker-2")
HOST = f"{SUBNET}.{ADDRESSES['caddy']}"
SITE_URL = f"https://{HOST}"
SIMULATOR_URL = f"http://{SUBNET}.{ADDRESSES['simulator']}:8090"
START_SECONDS = 400
WARM_REQUESTS = 16
#: Until Caddy's check, of every second, has reached an opened host. Until then, it uses the other one alone.
CHECKED_SECONDS = 8
_GUNICORN = ("python", "-m", "gunicorn", "--no-control-socket")
#: Settings of every process of ours. DEBUG only because settings refuse the simulator otherwise.
_COMMON = {
    "DEBUG": "true",
    "PUBLIC_URL": SITE_URL,
    "ALLOWED_HOSTS": HOST,
    "DEFAULT_FROM_EMAIL": "PageToJob <no-reply@pagetojob.test>",
    "TRUSTED_PROXIES": "2",
    # The release cannot read encrypted documents (docs/how-to/deploy.md#update).
    "ENCRYPT_DOCUMENTS": "false",
    "AUDIT_ANCHOR_FILE": "/var/lib/pagetojob/audit/anchors.jsonl",
    "RECOVERY_FOLDER": "/var/lib/pagetojob/recovery",
    "SERVICETITAN_STANDIN_AUTH_URL": SIMULATOR_URL,
    "SERVICETITAN_STANDIN_API_URL": SIMULATOR_URL,
    "SECRET_KEY_FILE": "/run/secrets/secret_key",
    "VAULT_KEYS_FILE": "/run/secrets/vault_keys",
    "REDIS_URL": "none",
    "EMAIL_URL": "none",
}
_KEYS = ("secret_key", "vault_keys")
_APP = {"DATABASE_URL_FILE": "/run/secrets/database_url"}
_OWNER = {"DATABASE_URL_FILE": "/run/secrets/database_owner_url"}


class NotReady(Exception):
    """Raised when a host does not become ready in time."""


@dataclass(frozen=True)
class Host:
    """The processes of a machine."""

    image: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    user: str = ""


def web(image: str) -> Host:
    gthread = "--limit-request-line 0 --worker-class gthread --workers 2 --threads 8 --worker-tmp-dir /dev/shm"
    command = (*_GUNICORN, *gthread.split(), "--bind", "0.0.0.0:8000", "pagetojob.wsgi")
    return Host(image, command, _COMMON | _APP, (*_KEYS, "database_url"))


def worker(image: str) -> Host:
    own = {"REDIS_URL_FILE": "/run/secrets/redis_url", "EMAIL_URL": "file:///tmp/mail"}
    common = {name: value for name, value in _COMMON.items() if name != "REDIS_URL"}
    command = ("bash", "-c", worker_program(["deliver", "work"]))
    return Host(image, command, common | _APP | own, (*_KEYS, "database_url", "redis_url"))


def postgres() -> Host:
    environment = {
        "POSTGRES_PASSWORD_FILE": "/run/secrets/postgres_password",
        "POSTGRES_INITDB_ARGS": "--locale-provider=builtin --builtin-locale=C.UTF-8 --auth-host=scram-sha-256",
    }
    return Host(IMAGES["POSTGRES_IMAGE"], (), environment, ("postgres_password",))


def valkey() -> Host:
    program = (
        "exec valkey-server - --save '' --appendonly no <<END\nrequirepass $(cat /run/secrets/redis_password)\nEND"
    )
    return Host(IMAGES["VALKEY_IMAGE"], ("sh", "-ec", program), {}, ("redis_password",), user="valkey")


def simulator(image: str) -> Host:
    asgi = "--worker-class asgi --workers 1 --timeout 0 --keep-alive 75 --log-level critical --bind 0.0.0.0:8090"
    return Host(image, (*_GUNICORN, *asgi.split(), "pagetojob.servicetitan.simulator.app:application"))


def caddy() -> Host:
    environment = {
        "CADDY_SITE": SITE_URL,
        # A certificate of Caddy's own authority, because no public one can reach this address.
        "CADDY_OPTIONS": "local_certs\nskip_install_trust",
        "CADDY_GUNICORN": " ".join(f"{name}:8000" for name in WEBS),
        "CADDY_BALANCING": caddy_balancing(HOST),
        # Visitors of the drill send an address each.
        "CADDY_PROXY_NETWORKS": f"{GATEWAY}/32",
    }
    return Host(IMAGES["CADDY_IMAGE"], (), environment, files={"deploy/Caddyfile": "/etc/caddy/Caddyfile"})


class Hosts:
    """The containers and their secrets."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder

    def create(self) -> None:
        """Remove what an earlier drill left, and make the network and the secrets."""
        self.remove()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_secrets.make(self.folder / "secrets")
        podman("network", "create", f"--subnet={SUBNET}.0/24", "--disable-dns", NETWORK)

    def remove(self) -> None:
        for name in ADDRESSES:
            podman("rm", "--force", "--time=2", "--volumes", container(name), check=False)
        podman("network", "rm", "--force", NETWORK, check=False)

    def start(self, name: str, host: Host, *, closed: bool = False) -> None:
        """Start a host; a closed one refuses connections before its first process runs."""
        podman("create", *self._options(name, host), host.image, *host.command)
        if closed:
            podman("init", container(name))
            draining.refuse(container(name), operator=GATEWAY)
        podman("start", container(name))

    def replace(self, name: str, host: Host, *, drain: bool) -> None:
        """Stop a host and start another one under its name. Raises NotReady."""
        closed = drain and name in WEBS
        if closed:
            draining.drain(container(name), operator=GATEWAY)
        podman("stop", f"--time={STOP_SECONDS}", container(name))
        podman("rm", "--volumes", container(name))
        self.start(name, host, closed=closed)
        self.wait_ready(name)
        if closed:
            draining.accept(container(name))
            time.sleep(CHECKED_SECONDS)

    def wait_ready(self, name: str) -> None:
        """Wait until the host does its work: serves pages on the current schema, or takes tasks. Raises NotReady."""
        if name in WEBS:
            base = f"http://{address(name)}:8000"
            wait_for(lambda: _answers(f"{base}/readyz"), name)
            # The first requests of a process load code and templates. Visitors must not wait for that.
            for _ in range(WARM_REQUESTS):
                _answers(base + FORM)
            return
        ping = ("python", "-m", "celery", "-A", "pagetojob", "inspect", "ping", "--timeout", "10", "-d")
        wait_for(lambda: bool(self.run(name, *ping, f"deliver@{name}", check=False)), name)

    def administer(self, image: str, program: str, *, owner: bool = False) -> str:
        """Run a program next to the hosts, as the owner of the tables or as the application; return its output."""
        environment = (
            _COMMON
            | (_OWNER if owner else _APP)
            | {
                "PAGETOJOB_ADMIN_URL_FILE": "/run/secrets/admin_url",
                "PAGETOJOB_OWNER_PASSWORD_FILE": "/run/secrets/owner_password",
                "PAGETOJOB_APP_PASSWORD_FILE": "/run/secrets/app_password",
            }
        )
        secrets = ("admin_url", "owner_password", "app_password", "database_owner_url", "database_url")
        host = Host(image, environment=environment, secrets=(*_KEYS, *secrets))
        return podman(
            "run", "--rm", *self._options("administration", host), image, "bash", "-euc", program, timeout=None
        )

    def run(self, name: str, *command: str, check: bool = True) -> str:
        return podman("exec", container(name), *command, check=check)

    def rows(self, query: str, database: str = "pagetojob") -> list[tuple[Any, ...]]:
        """Return the rows of a query of the superuser."""
        password = (self.folder / "secrets" / "postgres_password").read_text()
        with psycopg.connect(
            host=address("postgres"), user="postgres", password=password, dbname=database, connect_timeout=3
        ) as session:
            return session.execute(query.encode()).fetchall()

    def accepts_connections(self) -> bool:
        try:
            return self.rows("SELECT 1", "postgres") == [(1,)]
        except psycopg.OperationalError:
            return False

    def authority(self) -> Path:
        """Return a file with the certificate of Caddy's authority. Raises NotReady."""
        file = self.folder / "authority.crt"

        def is_there() -> bool:
            text = self.run("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt", check=False)
            file.write_text(f"{text}\n")
            return bool(text)

        wait_for(is_there, "Caddy")
        return file

    def _options(self, name: str, host: Host) -> list[str]:
        mounts = {str(ROOT / source): target for source, target in host.files.items()}
        mounts |= {str(self.folder / "secrets" / secret): f"/run/secrets/{secret}" for secret in host.secrets}
        return [
            *("--init", f"--name={container(name)}", f"--hostname={name}", f"--network={NETWORK}", *limits()),
            f"--ip={address(name)}",
            *([f"--user={host.user}"] if host.user else []),
            *(f"--add-host={other}:{address(other)}" for other in ADDRESSES),
            *(f"--env={variable}={value}" for variable, value in host.environment.items()),
            *(f"--volume={source}:{target}:ro" for source, target in mounts.items()),
        ]


def container(name: str) -> str:
    return f"{NETWORK}-{name}"


def address(name: str) -> str:
    return f"{SUBNET}.{ADDRESSES[name]}"


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait until it holds. Raises NotReady."""
    deadline = time.monotonic() + START_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise NotReady(f"{what} is not ready after {START_SECONDS} s")
        time.sleep(0.5)


def _answers(url: str) -> bool:
    request = urllib.request.Request(url, headers={"Host": HOST, "X-Forwarded-Proto": "https"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False
