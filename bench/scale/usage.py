"""Processor time and memory of groups of processes, read from /proc."""

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from bench.faults import descendants

type Groups = Mapping[str, Callable[[], list[int]]]
_TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1


def family(pid: int | None) -> list[int]:
    """Return a process and those it started."""
    return [pid, *descendants(pid)] if pid else []


class Processor:
    """Processor time since its creation."""

    def __init__(self, groups: Groups) -> None:
        self._groups = groups
        self._before = {name: _seconds(pids()) for name, pids in groups.items()}
        self._machine = _machine()

    def seconds(self) -> dict[str, float]:
        """Return seconds of processor time by group. Processes that ended since are not counted."""
        used = {}
        for name, pids in self._groups.items():
            before = self._before[name]
            used[name] = sum(now - before.get(pid, 0.0) for pid, now in _seconds(pids()).items())
        return used

    def busy(self) -> float:
        """Return the share of the machine that was busy, with everything else that runs on it."""
        busy, total = (now - before for now, before in zip(_machine(), self._machine, strict=True))
        return busy / total if total else 0.0


def memory(groups: Groups) -> dict[str, float]:
    """Return megabytes by group; pages that processes share are divided among them."""
    return {name: sum(map(_megabytes, pids())) for name, pids in groups.items()}


def _seconds(pids: Iterable[int]) -> dict[int, float]:
    seconds = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            seconds[pid] = (int(fields[11]) + int(fields[12])) / _TICKS
    return seconds


def _machine() -> tuple[int, int]:
    times = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)


def _megabytes(pid: int) -> float:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
