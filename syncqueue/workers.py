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
    here, began = place(), _began(process)
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
    begun_now = _began(int(process))
    return begun_now != began and (begun_now != "" or _is_gone(int(process)))


def _is_gone(process: int) -> bool:
    """Whether nobody has that number: a process that this one may not see is there all the same."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return _state(process) in _ENDED


def _began(process: int) -> str:
    """When a process began, in ticks since the boot; empty for one that is not there or cannot be seen."""
    facts = _facts(process)
    return facts[19] if facts and facts[0] not in _ENDED else ""


def _state(process: int) -> str:
    facts = _facts(process)
    return facts[0] if facts else ""


def _facts(process: int) -> list[str]:
    """From the third on: the second is the name of its program, which stands in brackets and may hold anything."""
    try:
        text = (_PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
