"""The cluster as a whole: start it, ask it, remove it."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg

from deploy.podman import ROOT, limits, podman
from deploy.several_hosts import STOP_SECONDS

from . import configuration, disks, network
from .images import fetch_clock_library, make_images
from .nodes import (
    AUTHORITY,
    DATABASES,
    NETWORK,
    SITE_URL,
    WEBS,
    WORKERS,
    Node,
    administration,
    all_nodes,
)

FOLDER = ROOT / ".local" / "cluster"
#: Longest wait for a start and for the return of a lost node.
WAIT_SECONDS = 240
#: Roles, schema, the readiness pack and the fictional contractor, which is then connected to the simulator.
PREPARE = """
python -m pagetojob.local.provision
DATABASE_URL_FILE=/run/secrets/database_owner_url python manage.py migrate --no-input
export DATABASE_URL_FILE=/run/secrets/database_url
python manage.py load_readiness
DEMO_PASSWORD=$(cat /run/secrets/demo_password) python manage.py load_demo
python manage.py demo_api on
"""


class NotReady(Exception):
    """Raised when a part does not become ready in time."""


class Cluster:
    """The containers and their state folder."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.nodes = all_nodes()

    @property
    def identity(self) -> str:
        """Return the identity of the data: another one after each `down`."""
        return self._identity_file.read_text()

    @property
    def _identity_file(self) -> Path:
        return self.folder / "identity"

    def up(self) -> None:
        """Start what does not run, in order, and prepare the database once."""
        make_images()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fetch_clock_library(self.folder)
        configuration.write(self.folder, self.nodes)
        network.create()
        for name in DATABASES:
            disks.attach(self.folder, name)
        ours = (*WEBS, *WORKERS, "caddy")
        self._start(node for name, node in self.nodes.items() if name not in (*ours, "prometheus"))
        self.wait_whole()
        self._wait_for(self.accepts_connections, "HAProxy leads to no primary")
        if not self._identity_file.exists():
            print(self._administer(PREPARE), flush=True)
            self._identity_file.write_text(token_hex(4))
        self._start(self.nodes[name] for name in ours)
        self._wait_for(self._has_authority, "Caddy has no certificate")
        self._start([self.nodes["prometheus"]])
        self._wait_for(lambda: status(f"{SITE_URL}/readyz", self.trust()) == 200, "the website does not answer")
        print(f"cluster {self.identity} is ready")

    def trust(self) -> ssl.SSLContext:
        """Return the settings of TLS that trust the authority of Caddy and no other."""
        return ssl.create_default_context(cafile=str(self.folder / AUTHORITY))

    def down(self) -> None:
        """Remove containers, network and disks. Results of drills and images stay."""
        for node in self.nodes.values():
            podman("rm", "--force", "--time=2", "--volumes", node.container, check=False)
        network.remove()
        for name in DATABASES:
            disks.detach(self.folder, name)
        self._identity_file.unlink(missing_ok=True)

    def members(self) -> list[dict[str, Any]]:
        """Return what Patroni knows of its nodes, from the first one that answers and knows a primary."""
        for name in DATABASES:
            try:
                with urllib.request.urlopen(f"http://{self.nodes[name].address}:8008/cluster", timeout=3) as answer:
                    members: list[dict[str, Any]] = json.load(answer)["members"]
            except (OSError, ValueError, KeyError):
                continue
            if role(members, "leader"):
                return members
        return []

    def primary(self) -> str:
        """Return the name of the primary. Raises NotReady."""
        names = role(self.members(), "leader")
        if not names:
            raise NotReady("Patroni knows no primary")
        return names[0]

    def standby(self) -> str:
        """Return the name of the node that each commit waits for. Raises NotReady."""
        names = role(self.members(), "sync_standby")
        if not names:
            raise NotReady("Patroni knows no synchronous standby")
        return names[0]

    def wait_whole(self) -> None:
        """Wait until every database node replicates. Raises NotReady."""
        self._wait_for(lambda: is_whole(self.members()), "the database nodes do not replicate")

    def wait_recovered(self) -> None:
        """Wait until every database node replicates and every worker host works. Raises NotReady."""
        self.wait_whole()
        self._wait_for(self._works, "a worker host does not work")

    def _works(self) -> bool:
        """Tell whether each worker host has just written its mark. A host that refuses the database does not."""
        try:
            marks = self.rows("SELECT count(*) FROM runs_hostmark WHERE at > now() - interval '20 s'")
        except psycopg.OperationalError:
            return False
        return bool(marks[0][0] >= len(WORKERS))

    def rows(self, query: str, *, database: str = "pagetojob") -> list[tuple[Any, ...]]:
        """Return the rows of a query of the superuser. Raises OperationalError while there is no primary."""
        password = (self.folder / "secrets" / "postgres_password").read_text()
        host = self.nodes["haproxy"].address
        with psycopg.connect(
            host=host, user="postgres", password=password, dbname=database, connect_timeout=3
        ) as session:
            return session.execute(query.encode()).fetchall()

    def accepts_connections(self) -> bool:
        """Tell whether HAProxy leads to a primary."""
        try:
            return self.rows("SELECT 1", database="postgres") == [(1,)]
        except psycopg.OperationalError:
            return False

    def run(self, name: str, *command: str) -> str:
        """Run a command on a machine; return its output."""
        return podman("exec", self.nodes[name].container, *command)

    def _start(self, nodes: Iterable[Node]) -> None:
        present = podman("ps", "--all", "--format={{.Names}} {{.State}}", f"--filter=name=^{NETWORK}-")
        states = dict(line.split(" ", 1) for line in present.splitlines())
        for node in nodes:
            state = states.get(node.container)
            if state is None:
                podman("run", "--detach", f"--name={node.container}", *self.options(node), node.image, *node.command)
            elif state != "running":
                podman("unpause" if state == "paused" else "start", node.container)

    def options(self, node: Node) -> list[str]:
        """Return the options of podman for a machine."""
        hosts = {name: other.address for name, other in self.nodes.items()}
        hosts |= {alias: hosts[name] for alias, name in node.aliases.items()}
        mounts = {str(self.folder / source): target for source, target in node.files.items()}
        mounts |= {str(self.folder / "secrets" / name): f"/run/secrets/{name}" for name in node.secrets}
        folders = {str(self.folder / source): target for source, target in node.folders.items()}
        return [
            *("--init", f"--network={NETWORK}", f"--ip={node.address}", *limits()),
            f"--hostname={node.name}",
            *([f"--user={node.user}"] if node.user else []),
            *(["--restart=on-failure"] if node.name in (*WEBS, *WORKERS) else []),
            *([f"--stop-timeout={STOP_SECONDS}"] if node.name in WORKERS else []),
            *(f"--add-host={name}:{address}" for name, address in hosts.items()),
            *(f"--env={name}={value}" for name, value in node.environment.items()),
            *(f"--volume={source}:{target}:ro" for source, target in mounts.items()),
            *(f"--volume={source}:{target}" for source, target in folders.items()),
        ]

    def _has_authority(self) -> bool:
        """Copy the certificate of Caddy's authority to the state folder once Caddy has made it."""
        place = "/data/caddy/pki/authorities/local/root.crt"
        if certificate := podman("exec", self.nodes["caddy"].container, "cat", place, check=False):
            (self.folder / AUTHORITY).write_text(f"{certificate}\n")
        return bool(certificate)

    def _administer(self, program: str) -> str:
        node = administration()
        named = f"--name={node.container}"
        command = ("bash", "-eu", "-c", program)
        return podman("run", "--rm", named, *self.options(node), node.image, *command, timeout=None)

    def _wait_for(self, holds: Callable[[], bool], otherwise: str) -> None:
        began = time.monotonic()
        while not holds():
            if time.monotonic() - began > WAIT_SECONDS:
                raise NotReady(f"{otherwise} after {WAIT_SECONDS} s")
            time.sleep(1)


def role(members: Iterable[dict[str, Any]], name: str) -> list[str]:
    """Return the running members of a role, as Patroni names it."""
    return [str(member["name"]) for member in members if member.get("role") == name and is_running(member)]


def is_running(member: dict[str, Any]) -> bool:
    return member.get("state") in {"running", "streaming"}


def is_whole(members: list[dict[str, Any]]) -> bool:
    """Tell whether there is a primary with a synchronous standby, and every other node replicates."""
    standbys = [member for member in members if member.get("role") != "leader"]
    return (
        len(members) == len(DATABASES)
        and len(role(members, "leader")) == 1
        and len(role(members, "sync_standby")) >= 1
        and all(member.get("state") == "streaming" for member in standbys)
    )


def status(url: str, context: ssl.SSLContext) -> int:
    """Return the status with which an address answers; 0 for none."""
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as answer:  # noqa: S310 - an address of the cluster
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
