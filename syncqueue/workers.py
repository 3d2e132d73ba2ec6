"""Names of worker processes, and the check whether the process that claimed an item has certainly ended.

A process is named by the boot id of its machine, its PID namespace, its PID and its start time. So only processes of
the same boot and namespace are judged, and a reused PID is recognized. If the system does not provide these values, no
process counts as ended, and the lease decides.
"""

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
#: Ended, and waiting for its parent to collect its status.
_ENDED = ("Z", "X")


@cache
def _place_of(_process: int) -> str:
    """Return the boot id and the PID namespace; empty if the system provides none."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}/"
    except OSError:
        return ""


def place() -> str:
    """Return the common prefix of the names of all processes that this process can judge."""
    return _place_of(os.getpid())


@cache
def _name_of(process: int) -> str:
    here, (_, began) = place(), _facts(process)
    return f"{here}{process}/{began}" if here and began else ""


def name() -> str:
    """Return the name of this process, at most 80 characters; empty if it has none."""
    return _name_of(os.getpid())


def has_ended(claimed_by: str) -> bool:
    """Return True only if it is certain: a process of this place that no longer exists."""
    here = place()
    if not here or not claimed_by.startswith(here):
        return False
    process, _, began = claimed_by.removeprefix(here).partition("/")
    if not (process.isdecimal() and began.isdecimal()):
        return False
    state, begun_now = _facts(int(process))
    return state in _ENDED or begun_now != began if state else _is_gone(int(process))


def _is_gone(process: int) -> bool:
    """Return whether no process has that PID. A process that this one may not see still exists."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # it exists and belongs to another user
    return False


def _facts(process: int) -> tuple[str, str]:
    """Return a process's state and its start time in ticks since boot; empty if it does not exist or is not visible."""
    try:
        text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # The program name is in parentheses and may contain any characters.
    facts = text.rpartition(")")[2].split()
    return facts[0], facts[19]
