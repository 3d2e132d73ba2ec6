"""The machines of the cluster: a container each, with an address that stays when it is started again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.several_hosts import caddy_balancing, worker_program

from . import images

NETWORK = "ptj-cluster"
SUBNET = "10.123.33"
GATEWAY = f"{SUBNET}.1"
#: Our processes read the offset of their clock from this file. A drill writes to it.
CLOCK = "/clock/offset"
_LIBRARY = f"/opt/{images.CLOCK_LIBRARY}"
_GUNICORN = ("python", "-m", "gunicorn", "--no-control-socket")
_QUEUES = ("deliver", "work", "heavy")


@dataclass(frozen=True)
class Node:
    """A machine. `files` and `secrets` are mounted read-only: the path in the state folder by that in the container."""

    name: str
    host_number: int
    image: str
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    #: Names that this machine resolves otherwise than by the name of a machine.
    aliases: Mapping[str, str] = field(default_factory=dict)
    user: str = ""

    @property
    def address(self) -> str:
        return f"{SUBNET}.{self.host_number}"

    @property
    def container(self) -> str:
        return f"{NETWORK}-{self.name}"


DATABASES = tuple(f"database-{number}" for number in (1, 2, 3))
ETCDS = tuple(f"etcd-{number}" for number in (1, 2, 3))
WEBS, WORKERS = ("web-1", "web-2"), ("worker-1", "worker-2")


def all_nodes() -> dict[str, Node]:
    """Return each machine by its name, in the order in which they are started."""
    nodes = [*_etcds(), *_databases(), *_connections(), _simulator(), *_webs(), *_workers(), *_outer()]
    return {node.name: node for node in nodes}


def _etcds() -> list[Node]:
    addresses = {name: f"{SUBNET}.{10 + number}" for number, name in enumerate(ETCDS)}
    members = ",".join(f"{name}=http://{address}:2380" for name, address in addresses.items())
    return [
        Node(
            name,
            10 + number,
            images.ETCD,
            (
                *("etcd", f"--name={name}", "--data-dir=/data", "--log-level=warn"),
                *("--listen-client-urls=http://0.0.0.0:2379", f"--advertise-client-urls=http://{addresses[name]}:2379"),
                *(
                    "--listen-peer-urls=http://0.0.0.0:2380",
                    f"--initial-advertise-peer-urls=http://{addresses[name]}:2380",
                ),
                *(f"--initial-cluster={members}", "--initial-cluster-state=new", f"--initial-cluster-token={NETWORK}"),
                # A busy machine is not a lost one.
                *("--heartbeat-interval=250", "--election-timeout=2500"),
            ),
        )
        for number, name in enumerate(ETCDS)
    ]


#: The watch is started again if it ends, such as by a lack of memory.
PATRONI = """
while true; do python3 /etc/disk_watch.py /disk http://127.0.0.1:8008; sleep 1; done &
exec patroni /etc/patroni.yml
"""


def _databases() -> list[Node]:
    return [
        Node(
            name,
            20 + number,
            images.DATABASE,
            ("sh", "-c", PATRONI),
            files={f"{name}.yml": "/etc/patroni.yml", "disk_watch.py": "/etc/disk_watch.py"},
            folders={f"disks/{name}": "/disk"},
        )
        for number, name in enumerate(DATABASES)
    ]


def _connections() -> list[Node]:
    """Return the way to the primary, the pool in front of it, and the broker."""
    valkey = "exec valkey-server - --save '' --appendonly no <<END\nrequirepass $(cat /run/secrets/redis_password)\nEND"
    return [
        Node("haproxy", 30, images.HAPROXY, files={"haproxy.cfg": "/etc/haproxy/haproxy.cfg"}),
        Node(
            "pgbouncer",
            31,
            images.PGBOUNCER,
            files={"pgbouncer.ini": "/etc/pgbouncer/pgbouncer.ini", "userlist.txt": "/etc/pgbouncer/userlist.txt"},
            # deploy/pgbouncer.ini is used as it is.
            aliases={"postgres": "haproxy"},
        ),
        Node("valkey", 40, images.VALKEY, ("sh", "-ec", valkey), secrets=("redis_password",), user="valkey"),
    ]


def _simulator() -> Node:
    application = "pagetojob.servicetitan.simulator.app:application"
    asgi = "--worker-class asgi --workers 1 --timeout 0 --keep-alive 75 --log-level critical --bind 0.0.0.0:8090"
    return Node("simulator", 65, images.PRODUCT, (*_GUNICORN, *asgi.split(), application))


#: The certificate of Caddy's authority, in the state folder.
AUTHORITY = "authority.crt"
SIMULATOR_URL = f"http://{SUBNET}.65:8090"
SITE_URL = f"https://{SUBNET}.70"
#: Settings of every process of ours. DEBUG only because settings refuse the simulator otherwise.
_COMMON = {
    "DEBUG": "true",
    "PUBLIC_URL": SITE_URL,
    "ALLOWED_HOSTS": f"{SUBNET}.70",
    "DEFAULT_FROM_EMAIL": "PageToJob <no-reply@pagetojob.test>",
    "TRUSTED_PROXIES": "2",
    "SITE_FACTS_FOLDER": "/tmp/site-facts",  # noqa: S108 - in the container
    "AUDIT_ANCHOR_FILE": "/var/lib/pagetojob/audit/anchors.jsonl",
    "RECOVERY_FOLDER": "/var/lib/pagetojob/recovery",
    "SERVICETITAN_STANDIN_AUTH_URL": SIMULATOR_URL,
    "SERVICETITAN_STANDIN_API_URL": SIMULATOR_URL,
    "PICTURE_BROWSER": "off",
    "SECRET_KEY_FILE": "/run/secrets/secret_key",
    "VAULT_KEYS_FILE": "/run/secrets/vault_keys",
}
_POOLED = {"DATABASE_URL_FILE": "/run/secrets/pooled_url", "DISABLE_SERVER_SIDE_CURSORS": "true"}
_KEYS = ("secret_key", "vault_keys")
#: Clocks that people and records see. Waits between two moments are measured by the other clock, as on a real machine.
_CLOCK = {
    "LD_PRELOAD": _LIBRARY,
    "FAKETIME_TIMESTAMP_FILE": CLOCK,
    "FAKETIME_CACHE_DURATION": "1",
    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    # Otherwise each wait of a thread for another returns at once, and a process with threads needs four times as long.
    "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    # Times of files stay: gunicorn writes the other clock into one, and would take every process for a frozen one.
    "NO_FAKE_STAT": "1",
}


def _webs() -> list[Node]:
    gthread = "--limit-request-line 0 --worker-class gthread --workers 2 --threads 8 --worker-tmp-dir /dev/shm"
    environment = {"REDIS_URL": "none", "EMAIL_URL": "none", "OPS_HEALTH_TOKEN_FILE": "/run/secrets/ops_health_token"}
    return [
        Node(
            name,
            50 + number,
            images.PRODUCT,
            (*_GUNICORN, *gthread.split(), "--bind", "0.0.0.0:8000", "pagetojob.wsgi"),
            environment=_COMMON | _POOLED | _CLOCK | environment,
            files={images.CLOCK_LIBRARY: _LIBRARY},
            folders={f"clocks/{name}": "/clock"},
            secrets=(*_KEYS, "pooled_url", "ops_health_token"),
        )
        for number, name in enumerate(WEBS)
    ]


def _workers() -> list[Node]:
    """Return the hosts that do all work. If one of its processes ends, the host restarts."""
    mail = {"REDIS_URL_FILE": "/run/secrets/redis_url", "EMAIL_URL": "file:///tmp/mail"}
    return [
        Node(
            name,
            60 + number,
            images.PRODUCT,
            ("bash", "-c", worker_program(_QUEUES)),
            environment=_COMMON | _POOLED | _CLOCK | mail,
            files={images.CLOCK_LIBRARY: _LIBRARY},
            folders={f"clocks/{name}": "/clock"},
            secrets=(*_KEYS, "pooled_url", "redis_url"),
        )
        for number, name in enumerate(WORKERS)
    ]


def _outer() -> list[Node]:
    caddy = {
        "CADDY_SITE": SITE_URL,
        # A certificate of Caddy's own authority, because no public one can reach this address.
        "CADDY_OPTIONS": "local_certs\nskip_install_trust",
        "CADDY_GUNICORN": " ".join(f"{name}:8000" for name in WEBS),
        "CADDY_BALANCING": caddy_balancing(f"{SUBNET}.70"),
        # Visitors of a drill send an address each.
        "CADDY_PROXY_NETWORKS": f"{GATEWAY}/32",
    }
    names = ("prometheus.yml", "rules.yml", AUTHORITY)
    prometheus = {name: f"/etc/prometheus/{name}" for name in names}
    return [
        Node("caddy", 70, images.CADDY, environment=caddy, files={"Caddyfile": "/etc/caddy/Caddyfile"}),
        Node("prometheus", 71, images.PROMETHEUS, files=prometheus, secrets=("ops_health_token",)),
    ]


def administration() -> Node:
    """Return the container that provisions and migrates: directly, because PgBouncer gives no session to keep."""
    return Node(
        "administration",
        80,
        images.PRODUCT,
        environment=_COMMON
        | {
            "REDIS_URL": "none",
            "EMAIL_URL": "none",
            "PAGETOJOB_ADMIN_URL_FILE": "/run/secrets/admin_url",
            "PAGETOJOB_OWNER_PASSWORD_FILE": "/run/secrets/owner_password",
            "PAGETOJOB_APP_PASSWORD_FILE": "/run/secrets/app_password",
        },
        secrets=(
            *_KEYS,
            "admin_url",
            "owner_password",
            "app_password",
            "database_owner_url",
            "database_url",
            "demo_password",
        ),
        aliases={"postgres": "haproxy"},
    )
