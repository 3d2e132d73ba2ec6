"""The failures of a drill. Each names the machines for the runbook that repairs it, and then hurts the cluster."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from deploy.podman import PodmanError, podman

from . import configuration, disks, network
from .cluster import Cluster, NotReady
from .nodes import DATABASES, ETCDS, WEBS, WORKERS

HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Failure:
    """A kind of failure. `inject` gets the number of the run, and sets the variables of the runbook before it hurts."""

    kind: str
    #: Heading of its section in docs/how-to/cluster-failures.md.
    title: str
    #: Runs of a complete drill.
    runs: int
    #: Shortest time before it is repaired.
    seconds: float
    inject: Callable[[Cluster, int, dict[str, str]], None]


def _kill(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    """Kill the primary; in every fourth run while it has written more than its standbys received."""
    node = cluster.nodes[cluster.primary()]
    variables["NODE"] = node.container
    try:
        if number % 4 == 3:
            network.partition(node, [cluster.nodes[name] for name in DATABASES if name != node.name])
            cluster.rows("SELECT pg_logical_emit_message(false, 'drill', 'not replicated'), pg_switch_wal()")
        podman("kill", "--signal=KILL", node.container)
    except BaseException:
        # The runbook only starts the node again, which does not end the partition of one that still runs.
        network.heal(node)
        raise


def _pause(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    variables["NODE"] = cluster.nodes[cluster.primary()].container
    for seconds in (0.5, 0.5, 1, 0):
        with suppress(PodmanError):
            podman("pause", variables["NODE"])
            break
        # The kernel cannot freeze a process that waits for the disk; soon after it can.
        time.sleep(seconds)
    else:
        raise NotReady(f"{variables['NODE']} could not be frozen")


def _partition(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    """Separate in turn: the primary from all others, the primary from etcd, the synchronous standby from all others."""
    name = cluster.standby() if number % 3 == 2 else cluster.primary()
    peers = ETCDS if number % 3 == 1 else [peer for peer in cluster.nodes if peer != name]
    variables["NODE"] = cluster.nodes[name].container
    network.partition(cluster.nodes[name], [cluster.nodes[peer] for peer in peers])


def _lose_etcd(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    """Kill in turn the majority and every member."""
    lost = [cluster.nodes[name].container for name in ETCDS[number % 2 == 0 :]]
    variables["NODES"] = " ".join(lost)
    podman("kill", "--signal=KILL", *lost)


def _move_clocks(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    """Move the clocks of a web host and a worker host by an hour, in turn forward and back."""
    names = (WEBS[0], WORKERS[0])
    variables["CLOCKS"] = " ".join(str(cluster.folder / "clocks" / name / "offset") for name in names)
    for name in names:
        configuration.set_clock(cluster.folder, name, seconds=HOUR_SECONDS * (-1) ** number)


def _fill_disk(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    name = cluster.primary()
    variables |= {"NODE": cluster.nodes[name].container, "DISK": str(cluster.folder / "disks" / name)}
    disks.fill(cluster.folder, name)


def _lose_valkey(cluster: Cluster, number: int, variables: dict[str, str]) -> None:
    variables["NODE"] = cluster.nodes["valkey"].container
    podman("kill", "--signal=KILL", variables["NODE"])


FAILURES = {
    failure.kind: failure
    for failure in (
        Failure("kills", "The primary is dead", 20, 15, _kill),
        Failure("pauses", "The primary is frozen", 20, 30, _pause),
        Failure("partitions", "The network is partitioned", 10, 45, _partition),
        Failure("etcd", "etcd is lost", 5, 60, _lose_etcd),
        Failure("clocks", "A clock is wrong", 2, 60, _move_clocks),
        Failure("disks", "The disk of the primary is full", 2, 30, _fill_disk),
        Failure("valkey", "Valkey is gone", 1, 600, _lose_valkey),
    )
}


def witness(variables: Mapping[str, str], cluster: Cluster) -> str:
    """Return the container of a database node that is not hurt, on which a person would type commands."""
    hurt = variables.get("NODE", "")
    return next(container for name in DATABASES if (container := cluster.nodes[name].container) != hurt)
