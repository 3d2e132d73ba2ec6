"""Take a web host out of service without losing a request: refuse new connections, then wait for the open ones.

A stopped gunicorn resets connections that it has not accepted yet, and Caddy must not send such a request again: it may
have been stored. A starting one accepts connections long before it answers. A refused connection has carried nothing,
so Caddy takes the other host.
"""

import time
from pathlib import Path

from deploy.podman import in_network, process_of

PORT = 8000
DRAIN_SECONDS = 60
#: The checks of the drill, from `{operator}`, always reach the host.
RULES = f"""table inet drain {{{{
    chain incoming {{{{
        type filter hook input priority 0; policy accept;
        ip saddr != {{operator}} tcp dport {PORT} tcp flags & (syn | ack) == syn reject with tcp reset
    }}}}
}}}}
"""
#: States of /proc/net/tcp in which a request may be on its way.
_OPEN_STATES = {"01", "03", "08"}


def refuse(container: str, *, operator: str) -> None:
    """Refuse new connections to a web host, except those of the operator."""
    _nft(container, RULES.format(operator=operator))


def accept(container: str) -> None:
    _nft(container, "delete table inet drain")


def drain(container: str, *, operator: str) -> None:
    """Drain a web host: wait until its last connection has ended, at most DRAIN_SECONDS."""
    began = time.monotonic()
    refuse(container, operator=operator)
    pid = process_of(container)
    while open_connections(Path(f"/proc/{pid}/net/tcp").read_text()) and time.monotonic() < began + DRAIN_SECONDS:
        time.sleep(0.2)


def _nft(container: str, text: str) -> None:
    in_network(container, "nft", "-f", "-", stdin=text).check_returncode()


def open_connections(table: str) -> int:
    """Return how many connections to the web port are open, from a table such as /proc/net/tcp."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return sum(row[1].endswith(f":{PORT:04X}") and row[3] in _OPEN_STATES for row in rows)
