"""Start, identify and end processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pagetojob.local.private import write_private

LAUNCHER = Path(__file__).with_name("launch.py")
_reservations: list[socket.socket] = []


@dataclass(frozen=True)
class Rights:
    """User identity of a child process: ours (`plain`), one in a user namespace, or a separate account."""

    way: str = "plain"
    uid: int = 0
    gid: int = 0


PLAIN = Rights()


def spawn(
    argv: Sequence[str],
    *,
    folder: Path,
    output: int | IO[bytes],
    death_signal: signal.Signals,
    rights: Rights = PLAIN,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a child in its own session that ends when the calling thread ends.

    Linux ties the child to the thread that started it, so call this from a thread that lives as long as the program.
    """
    plan = {
        "argv": list(argv),
        "folder": str(folder),
        "parent": os.getpid(),
        "death_signal": int(death_signal),
        **asdict(rights),
    }
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER), json.dumps(plan)],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env=None if env is None else dict(env),
    )


def started(pid: int) -> str | None:
    """Return the start time of a process as text that is unique on this machine; None if it is gone."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        # The program name is in parentheses and may itself contain spaces and parentheses.
        fields = stat.rpartition(")")[2].split()
        if fields[0] in "ZX":
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{fields[19]}"
    result = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return result.stdout.strip() or None


def works_in(pid: int, folder: Path) -> bool:
    """Return whether this process provably has `folder` as its working folder."""
    try:
        if Path("/proc/self/cwd").exists():
            return Path(f"/proc/{pid}/cwd").samefile(folder)
        result = subprocess.run(
            ["lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn"], capture_output=True, text=True, check=False
        )
        return any(
            line[1:] and Path(line[1:]).samefile(folder) for line in result.stdout.splitlines() if line[0] == "n"
        )
    except OSError:
        return False


def end(child: subprocess.Popen[bytes], steps: Iterable[tuple[signal.Signals, float]]) -> int:
    """Send each signal in turn and wait for the child to end; finally kill it. Return the exit code."""
    for number, seconds in steps:
        if child.poll() is not None:
            break
        child.send_signal(number)
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if child.poll() is None:
        child.kill()
    return child.wait()


def record(file: Path, pids: Iterable[int]) -> None:
    """Write down processes of ours with their start times, so that the next start can end leftovers."""
    write_private(file, json.dumps([{"pid": pid, "started": started(pid)} for pid in pids]))


def end_recorded(file: Path, folder: Path, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    """End processes that a killed supervisor left behind, if pid, start time and folder prove that they are ours."""
    try:
        records = json.loads(file.read_text(encoding="utf-8"))
        marks = [(int(record["pid"]), str(record["started"])) for record in records]
    except (OSError, ValueError, KeyError, TypeError):
        return
    for pid, began in marks:
        if started(pid) == began and works_in(pid, folder):
            end_foreign_process(pid, began, steps)
    file.unlink(missing_ok=True)


def end_foreign_process(pid: int, began: str, steps: Iterable[tuple[signal.Signals, float]]) -> None:
    """Like `end`, for a process that is not our child; checks its start time before each signal."""
    for number, seconds in (*steps, (signal.SIGKILL, 5.0)):
        deadline = time.monotonic() + seconds
        if started(pid) != began:
            return
        os.kill(pid, number)
        while time.monotonic() < deadline:
            if started(pid) != began:
                return
            time.sleep(0.02)


def free_port() -> int:
    """Return a TCP port on loopback that is free, and reserve it until this process ends.

    Only a server that names this port, and sets SO_REUSEADDR as all of ours do, can listen there; until then,
    connections are refused. Without the reservation, another program may get the port before the server listens.
    """
    reservation = socket.socket()
    reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reservation.bind(("127.0.0.1", 0))
    _reservations.append(reservation)
    return int(reservation.getsockname()[1])


def tail(path: Path, *, start: int = 0, lines: int = 15) -> str:
    """Return the last lines of a log, starting at byte `start`."""
    try:
        with path.open("rb") as file:
            file.seek(start)
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])
