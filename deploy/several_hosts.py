"""Settings and questions that both drills with several web and worker hosts have in common."""

import json
import urllib.request
from collections.abc import Iterable
from typing import Any

#: Longer than the longest task of a worker, as in docker-compose.yml.
STOP_SECONDS = 120


def worker_program(queues: Iterable[str]) -> str:
    """Return the program of a worker host: a process per queue and a dispatcher. If one ends, the host ends.

    A stopped host ends its processes as their own containers would: each finishes what it has begun.
    """
    celery = "python -m celery -A pagetojob worker --loglevel WARNING --without-gossip --without-mingle -c 1"
    return "\n".join(
        [
            "trap 'kill -TERM $(jobs -p); wait; exit 0' TERM",
            *(f"{celery} -Q {queue} -n {queue}@%h &" for queue in queues),
            "python manage.py dispatch &",
            "wait -n",
            "exit 1",
        ]
    )


def caddy_balancing(host: str) -> str:
    """Return the checks by which Caddy leaves out a dead web host, as in docs/how-to/upgrade.md.

    Without them, three attempts at a dead host by chance, of 2 s each, would end a request. A single slow answer must
    not take out a host, because the other one may be slow at the same time.
    """
    checks = "health_uri /healthz\nhealth_interval 1s\nhealth_timeout 10s\nhealth_fails 3"
    return f"{checks}\nhealth_headers {{\nHost {host}\n}}"


def simulator_bookings(simulator_url: str, tenant: str) -> list[dict[str, Any]]:
    """Return the bookings that the simulator has received. It answers only to its own host name."""
    request = urllib.request.Request(f"{simulator_url}/control/book/{tenant}", headers={"Host": "localhost"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        bookings: list[dict[str, Any]] = json.load(answer)["bookings"]
    return bookings
