"""Move the primary away from a disk that is nearly full: `python3 disk_watch.py FOLDER URL`, next to Patroni.

PostgreSQL with a full disk refuses rows and answers queries, so Patroni takes it for healthy and nothing replaces it.
This program asks the Patroni of this machine for a switchover to the synchronous standby, as a person would. Only
the standard library, because it runs in the image of the database.
"""

import json
import os
import sys
import time
import urllib.request
from collections.abc import Sequence
from typing import Any

INTERVAL_SECONDS = 2.0
#: Below this much free space, a primary leaves. A WAL segment has 16 MiB, and its shutdown writes the last pages.
LEAST_FREE_BYTES = 128 * 2**20
#: Time for a person. The disk of the other node is not read: if it is nearly full as well, the primary comes back, and
#: moves again after this time.
PAUSE_SECONDS = 600.0


def target(free_bytes: int, name: str, members: Sequence[dict[str, Any]]) -> str:
    """Return the node that should replace this one; empty if none should."""
    roles = {member["role"]: member["name"] for member in members if member.get("state") in {"running", "streaming"}}
    if free_bytes >= LEAST_FREE_BYTES or roles.get("leader") != name:
        return ""
    return str(roles.get("sync_standby", ""))


def watch(folder: str, url: str) -> float:
    """Check the disk once; return the seconds until the next check."""
    free = os.statvfs(folder)
    name = _answer(f"{url}/patroni")["patroni"]["name"]
    candidate = target(free.f_bavail * free.f_frsize, name, _answer(f"{url}/cluster")["members"])
    if not candidate:
        return INTERVAL_SECONDS
    print(f"disk nearly full: switchover from {name} to {candidate}", flush=True)
    _answer(f"{url}/switchover", {"leader": name, "candidate": candidate})
    return PAUSE_SECONDS


def check(folder: str, url: str) -> float:
    """Check the disk once, and never end the watch: Patroni may not answer, refuse, or answer something else."""
    try:
        return watch(folder, url)
    except Exception as error:  # An error is not worth a primary that no one watches.
        print(f"disk watch: {error!r}", flush=True)
        return INTERVAL_SECONDS


def _answer(url: str, body: dict[str, str] | None = None) -> Any:
    """Return the JSON of an answer; for a switchover its text."""
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None)  # noqa: S310 - on this machine
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        content = answer.read().decode()
    return content if body else json.loads(content)


if __name__ == "__main__":
    while True:
        time.sleep(check(*sys.argv[1:]))
