"""The network of the cluster, and partitions: packets between machines are dropped, as by a broken switch."""

from collections.abc import Iterable

from deploy.podman import in_network, podman

from .nodes import GATEWAY, NETWORK, SUBNET, Node

TABLE = "partition"


def create() -> None:
    """Create the network unless it exists."""
    if NETWORK not in podman("network", "ls", "--format={{.Name}}").split():
        podman("network", "create", f"--subnet={SUBNET}.0/24", f"--gateway={GATEWAY}", "--disable-dns", NETWORK)


def remove() -> None:
    podman("network", "rm", "--force", NETWORK, check=False)


def partition(node: Node, peers: Iterable[Node]) -> None:
    """Drop every packet between a machine and its peers, in both directions. Connections stay open and hear nothing."""
    _nft(node, rules(peer.address for peer in peers))


def heal(node: Node) -> None:
    """Remove a partition of a machine, if there is one."""
    in_network(node.container, "nft", "delete", "table", "inet", TABLE)


def rules(addresses: Iterable[str]) -> str:
    """Return the rules for nft that drop packets from and to these addresses."""
    peers = ", ".join(addresses)
    return f"""table inet {TABLE} {{
    chain incoming {{
        type filter hook input priority 0; policy accept;
        ip saddr {{ {peers} }} drop
    }}
    chain outgoing {{
        type filter hook output priority 0; policy accept;
        ip daddr {{ {peers} }} drop
    }}
}}
"""


def _nft(node: Node, text: str) -> None:
    done = in_network(node.container, "nft", "-f", "-", stdin=text)
    if done.returncode:
        raise RuntimeError(f"nft in {node.name}: {done.stderr}")
