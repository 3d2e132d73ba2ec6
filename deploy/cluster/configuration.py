"""Files of the machines, written to the state folder before they start."""

import shutil
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml

from deploy import make_secrets
from deploy.podman import ROOT

from .nodes import AUTHORITY, DATABASES, ETCDS, NETWORK, SUBNET, WEBS, WORKERS, Node

#: Seconds after which a primary that does not renew its lease is replaced; the smallest value that Patroni accepts.
LEASE_SECONDS = 20


def write(folder: Path, nodes: dict[str, Node]) -> None:
    """Write secrets and configuration of every machine. Secrets that exist stay."""
    secrets = folder / "secrets"
    make_secrets.make(secrets)
    for name in ("replication_password", "demo_password"):
        if not (secrets / name).exists():
            _readable(secrets / name, token_hex(24))
    pooled = (secrets / "database_url").read_text().replace("@postgres:5432", "@pgbouncer:6432")
    _readable(secrets / "pooled_url", pooled)
    password = (secrets / "app_password").read_text()
    _readable(folder / "userlist.txt", f'"pagetojob_app" "{password}"\n')
    for name in DATABASES:
        _readable(folder / f"{name}.yml", yaml.safe_dump(patroni(nodes[name], nodes, secrets), sort_keys=False))
    _readable(folder / "haproxy.cfg", haproxy(nodes))
    _readable(folder / "prometheus.yml", yaml.safe_dump(prometheus(nodes), sort_keys=False))
    for source in ("pgbouncer.ini", "Caddyfile", "prometheus/rules.yml", "cluster/disk_watch.py"):
        shutil.copyfile(ROOT / "deploy" / source, folder / Path(source).name)
    for name in (*WEBS, *WORKERS):
        set_clock(folder, name, seconds=0)


def set_clock(folder: Path, name: str, *, seconds: int) -> None:
    """Move the clock of our processes on a host by so many seconds."""
    place = folder / "clocks" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "offset").write_text(f"{seconds:+}\n")


def patroni(node: Node, nodes: dict[str, Node], secrets: Path) -> dict[str, Any]:
    """Return the settings of Patroni: a commit waits until it is on the disk of a second node, or does not happen."""
    login = {"superuser": "postgres", "replication": "replicator"}
    files = {"superuser": "postgres_password", "replication": "replication_password"}
    return {
        "scope": NETWORK,
        "name": node.name,
        "restapi": {"listen": "0.0.0.0:8008", "connect_address": f"{node.address}:8008"},
        # A machine has one; a container does not. Strict synchronous commits protect without it.
        "watchdog": {"mode": "off"},
        "etcd3": {"hosts": [f"{nodes[name].address}:2379" for name in ETCDS]},
        "bootstrap": {
            "dcs": {
                "ttl": LEASE_SECONDS,
                "loop_wait": 5,
                "retry_timeout": 5,
                # While /sync in etcd is current, only the synchronous standby can be promoted. It has all that was
                # acknowledged, no matter how much more the primary wrote, and the default of 1 MiB would leave the
                # cluster without a primary after one large transaction. When etcd's data are lost, nothing prevents
                # the promotion of a node that is behind: follow docs/how-to/cluster-failures.md.
                "maximum_lag_on_failover": 2**40,
                # PostgreSQL that cannot start, such as on a full disk, is replaced after this time.
                "primary_start_timeout": 5,
                "synchronous_mode": True,
                # Without a second node nothing is committed. The default would continue alone, and could lose leads.
                "synchronous_mode_strict": True,
                # Without etcd, the primary continues as long as every node answers it.
                "failsafe_mode": True,
                "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": _parameters()},
            },
            "initdb": [
                {"encoding": "UTF8"},
                {"locale-provider": "builtin"},
                {"builtin-locale": "C.UTF-8"},
                {"locale": "C"},
                {"auth-host": "scram-sha-256"},
            ],
        },
        "postgresql": {
            "listen": "0.0.0.0:5432",
            "connect_address": f"{node.address}:5432",
            "data_dir": "/disk/data",
            "bin_dir": "/usr/lib/postgresql/18/bin",
            # On a full disk pg_rewind fails, and Patroni does not try it again: the node would wait for a person. The
            # commits that only it has were not acknowledged.
            "remove_data_directory_on_rewind_failure": True,
            "authentication": {
                kind: {"username": name, "password": (secrets / files[kind]).read_text()}
                for kind, name in login.items()
            },
            "parameters": {"unix_socket_directories": "/var/run/postgresql"},
            "pg_hba": [
                # Patroni itself.
                "host all all 127.0.0.0/8 scram-sha-256",
                "host replication replicator 127.0.0.0/8 scram-sha-256",
                f"host replication replicator {SUBNET}.0/24 scram-sha-256",
                f"host all all {SUBNET}.0/24 scram-sha-256",
            ],
        },
    }


def _parameters() -> dict[str, Any]:
    return {
        "max_connections": 100,
        "synchronous_commit": "on",
        "wal_log_hints": "on",
        # A replica that is away must not fill the disk of the primary.
        "max_slot_wal_keep_size": "512MB",
        "max_wal_size": "512MB",
        "wal_sender_timeout": "5s",
        "wal_receiver_timeout": "5s",
        "timezone": "UTC",
        # Statements and error details contain visitors' data.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }


def haproxy(nodes: dict[str, Node]) -> str:
    """Return the settings of HAProxy: only the node that Patroni calls the primary gets connections."""
    servers = "\n".join(f"    server {name} {nodes[name].address}:5432 check port 8008" for name in DATABASES)
    return f"""global
    maxconn 1000
    log stdout format raw local0 warning

defaults
    mode tcp
    log global
    timeout connect 3s
    timeout check 2s
    timeout client 30m
    timeout server 30m

listen primary
    bind *:5432
    option httpchk
    http-check send meth OPTIONS uri /primary
    http-check expect status 200
    # Connections to a node that is no longer the primary, or frozen, are closed at once.
    default-server inter 1s fastinter 500ms downinter 1s fall 2 rise 2 on-marked-down shutdown-sessions
{servers}

frontend metrics
    mode http
    bind *:8404
    timeout client 10s
    http-request use-service prometheus-exporter if {{ path /metrics }}
"""


def prometheus(nodes: dict[str, Node]) -> dict[str, Any]:
    """Return the settings of Prometheus: our metrics through Caddy, and those of the other parts."""
    jobs = {
        "patroni": [f"{nodes[name].address}:8008" for name in DATABASES],
        "etcd": [f"{nodes[name].address}:2379" for name in ETCDS],
        "haproxy": [f"{nodes['haproxy'].address}:8404"],
    }
    ours = {
        "job_name": "pagetojob",
        "metrics_path": "/ops/metrics",
        "scrape_interval": "60s",
        "scheme": "https",
        "tls_config": {"ca_file": f"/etc/prometheus/{AUTHORITY}"},
        "authorization": {"credentials_file": "/run/secrets/ops_health_token"},
        "static_configs": [{"targets": [nodes["caddy"].address]}],
    }
    others = [{"job_name": name, "static_configs": [{"targets": targets}]} for name, targets in jobs.items()]
    return {
        "global": {"scrape_interval": "5s", "evaluation_interval": "30s"},
        "rule_files": ["/etc/prometheus/rules.yml"],
        "scrape_configs": [ours, *others],
    }


def _readable(file: Path, text: str) -> None:
    """Write a file that every user of a container can read. The state folder itself is private."""
    file.unlink(missing_ok=True)
    file.write_text(text)
    file.chmod(0o444)
