"""Services that have ended are compared with their definitions as well."""

from typing import Any, cast

import yaml

from pagetojob.local.place import CLONE
from tests.containers import confinement
from tests.containers.composed import Composed

SERVICES = yaml.safe_load((CLONE / "docker-compose.yml").read_text())["services"]


class Ended:
    """The services that have ended, with what podman reports of them."""

    def __init__(self, *, users: dict[str, str], capabilities: list[str]) -> None:
        self.users, self.capabilities = users, capabilities

    def compose(self, *_: str) -> str:
        return yaml.safe_dump({"services": {name: SERVICES[name] for name in confinement.ENDED}})

    def inspect(self, service: str) -> dict[str, Any]:
        host = dict.fromkeys(("ReadonlyRootfs", "Privileged", "Memory", "PidsLimit"), 0)
        return {
            "Config": {"User": self.users[service]},
            "HostConfig": host | {"Tmpfs": {}, "SecurityOpt": [], "NanoCpus": 0, "LogConfig": {"Size": "0B"}},
            "NetworkSettings": {"Networks": {}},
            "BoundingCaps": self.capabilities if service == "caddy-data" else None,
        }


def compared(*, user: str, capabilities: list[str]) -> list[str]:
    users = {"migrate": "10001", "certificates": "10001", "caddy-data": user}
    composed = cast("Composed", Ended(users=users, capabilities=capabilities))
    limits = [line for line in confinement.different_limits(composed) if "capabilities" in line]
    return limits + confinement.different_users(composed)


def test_users_and_capabilities_of_ended_services_are_compared() -> None:
    right = ["CAP_CHOWN", "CAP_DAC_READ_SEARCH"]
    assert compared(user="", capabilities=right) == []
    assert compared(user="10002", capabilities=right) == ["caddy-data ran as 10002"]
    (more,) = compared(user="", capabilities=[*right, "CAP_SYS_ADMIN"])
    assert more.startswith("caddy-data: capabilities is ")
