"""Compare running containers with docker-compose.yml: secrets, user, file system, capabilities and limits."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from deploy.podman import podman
from tests.containers.composed import Composed

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30}
_SECRETS = "/run/secrets/"
#: User by service; all others are ours and run as the user of their image.
USERS = {
    "postgres": "postgres",
    "valkey": "valkey",
    "caddy": "10002",
    # It reads files of two owners, and starts what it runs as the owner of the data folder.
    "backup": "root",
}
OURS = "pagetojob"
#: Their containers have ended, so no process can be read: the user with which each was started.
ENDED = {"migrate": "10001", "certificates": "10001", "caddy-data": "root"}


def services(composed: Composed) -> dict[str, dict[str, Any]]:
    """Return the definitions of the services, with the files merged; the mail server of the walk is not among them."""
    defined: dict[str, dict[str, Any]] = yaml.safe_load(composed.compose("config"))["services"]
    return {name: service for name, service in defined.items() if name != "mail"}


def secrets_in_configurations(composed: Composed) -> list[str]:
    """Return the services whose configuration, such as an environment or a command, has the value of a secret."""
    files = [file for file in (composed.folder / "secrets").iterdir() if file.read_text().strip()]
    stored = {name: json.dumps(composed.inspect(name)["Config"]) for name in services(composed)}
    return [
        f"{name}: {file.name}" for name, text in stored.items() for file in files if file.read_text().strip() in text
    ]


def different_secrets(composed: Composed) -> list[str]:
    """Return the services that have other secrets mounted than their definition names."""
    return [
        f"{name}: {sorted(mounted)}"
        for name, service in services(composed).items()
        if (mounted := _mounted(composed.inspect(name))) != set(service.get("secrets", []))
    ]


def _mounted(inspected: Mapping[str, Any]) -> set[str]:
    targets = [mount["Destination"] for mount in inspected["Mounts"]]
    return {target.removeprefix(_SECRETS) for target in targets if target.startswith(_SECRETS)}


def different_limits(composed: Composed) -> list[str]:
    """Return how the containers differ from their definitions, and from what every service must have."""
    wrong = []
    for name, service in services(composed).items():
        defined, seen = _defined(service), _seen(composed.inspect(name))
        wrong += [f"{name}: {key} is {seen[key]}, not {value}" for key, value in defined.items() if seen[key] != value]
    return wrong


def _defined(service: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "read-only": True,
        "no-new-privileges": True,
        "privileged": False,
        "memory": _bytes(service["mem_limit"]),
        "processors": float(service["cpus"]),
        "processes": int(service["pids_limit"]),
        "log": _bytes(service["logging"]["options"]["max-size"]),
        "tmpfs": {path: _bytes(size) for path, size in map(_tmpfs, service["tmpfs"])},
        "capabilities": {f"CAP_{each}" for each in service.get("cap_add", [])},
        "networks": set(service.get("networks") or []),
    }


def _seen(inspected: Mapping[str, Any]) -> dict[str, Any]:
    host = inspected["HostConfig"]
    sizes = {path: re.search(r"size=(\w+)", options) for path, options in host["Tmpfs"].items()}
    networks = inspected["NetworkSettings"]["Networks"] or {}
    return {
        "read-only": host["ReadonlyRootfs"],
        "no-new-privileges": "no-new-privileges" in host["SecurityOpt"],
        "privileged": host["Privileged"],
        "memory": host["Memory"],
        "processors": host["NanoCpus"] / 1e9,
        "processes": host["PidsLimit"],
        "log": _bytes(host["LogConfig"]["Size"].removesuffix("B").lower()),
        "tmpfs": {path: _bytes(size[1]) if size else 0 for path, size in sizes.items()},
        # podman derives HostConfig.CapAdd and CapDrop from it, also when a container has ended.
        "capabilities": set(inspected["BoundingCaps"] or []),
        "networks": {network.partition("_")[2] for network in networks if "_" in network},
    }


def different_users(composed: Composed) -> list[str]:
    """Return the processes that run as another user than that of their service, and the ended services that did."""
    started = {name: composed.inspect(name)["Config"]["User"] for name in ENDED}
    ended = {name: "root" if user in {"", "0", "0:0"} else user for name, user in started.items()}
    return [f"{name} ran as {user}" for name, user in ended.items() if user != ENDED[name]] + [
        f"{name}: {command} runs as {user}"
        for name in services(composed).keys() - ENDED.keys()
        for user, command in _processes(composed.container(name))
        if user not in (USERS.get(name, OURS), *(["postgres"] if name == "backup" else []))
    ]


def _processes(container: str) -> Iterator[tuple[str, str]]:
    for line in podman("top", container, "user", "comm").splitlines()[1:]:
        user, command = line.split(maxsplit=1)
        yield user, command


def _tmpfs(text: str) -> tuple[str, str]:
    path, _, options = text.partition(":")
    size = re.search(r"size=(\w+)", options)
    return path, size[1] if size else "0"


def _bytes(text: str | int) -> int:
    match = re.fullmatch(r"(\d+)([kmg]?)b?", str(text))
    assert match, text
    return int(match[1]) * _UNITS[match[2]]
