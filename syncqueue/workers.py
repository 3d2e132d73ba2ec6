"""Which process claimed an item, and whether it is certain that this process has ended.

A process is named by the boot of its machine, its space of process numbers, its number there and when it began. So
only a process of the same boot and space is ever judged, and a number that was given away again is told apart. Where
the system does not say these things no process counts as ended, and a lease decides.
"""

import os
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
#: Ended, and waiting for its parent to take note of it.
_ENDED = ("Z", "X")


@cache
def _place_of(_process: int) -> str:
    """The boot and the space of process numbers; empty where the system names none."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').stat().st_ino}/"
    except OSError:
        return ""


def place() -> str:
    """What the names of all processes that this one can judge begin with."""
    return _place_of(os.getpid())


@cache
def _name_of(process: int) -> str:
    here, (_, began) = place(), _facts(process)
    return f"{here}{process}/{began}" if here and began else ""


def name() -> str:
    """Of this process, at most 80 characters; empty where none can be given."""
    return _name_of(os.getpid())


def has_ended(claimed_by: str) -> bool:
    """True only where it is certain: a process of this place that is not there any more."""
    here = place()
    if not here or not claimed_by.startswith(here):
        return False
    process, _, began = claimed_by.removeprefix(here).partition("/")
    if not (process.isdecimal() and began.isdecimal()):
        return False
    state, begun_now = _facts(int(process))
    return state in _ENDED or begun_now != began if state else _is_gone(int(process))


def _is_gone(process: int) -> bool:
    """Whether nobody has that number: a process that this one may not see is there all the same."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass  # there, and somebody else's
    return False


def _facts(process: int) -> tuple[str, str]:
    """Its state, and when it began, in ticks since the boot; empty for one that is not there or cannot be seen."""
    try:
        text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # The name of its program stands in brackets and may hold anything.
    facts = text.rpartition(")")[2].split()
    return facts[0], facts[19]
