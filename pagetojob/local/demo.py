"""Run the demo, or any management command, against the running instance or a temporary one."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pagetojob.local.errors import LocalError
from pagetojob.local.place import CLONE, Place
from pagetojob.local.process import end, spawn, tail

START_SECONDS = 180.0


def manage(place: Place, arguments: Sequence[str]) -> int:
    """Run manage.py with the environment of the running instance; return its exit status."""
    instance = place.instance()
    if instance is None:
        raise LocalError("No instance is running here. Start one with `make run`.")
    return _manage(instance, arguments)


def demo(place: Place, arguments: Sequence[str] = ()) -> int:
    """Run `manage.py demo` with `arguments`.

    If no instance is running, start a temporary one and stop it at the end.
    """
    instance = place.instance()
    if instance is not None:
        print(f"Using the running instance at {instance['url']}.", flush=True)
        return _manage(instance, ["demo", *arguments])
    print("No instance is running here; starting a temporary one.", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    folder = Path(tempfile.mkdtemp(prefix="pagetojob-"))
    try:
        return _demo_in(folder, arguments)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demo_in(folder: Path, arguments: Sequence[str]) -> int:
    place = Place.of(folder / "instance")
    log = folder / "run.log"
    argv = [sys.executable, "-m", "pagetojob.local", "--data", str(place.root), "--port", "0", "--throw-away"]
    with log.open("wb") as output:
        run = spawn(argv, folder=CLONE, output=output, death_signal=signal.SIGTERM)
    try:
        return _manage(_wait_until_ready(run, place, log), ["demo", *arguments])
    finally:
        end(run, ((signal.SIGTERM, 60.0),))


def _wait_until_ready(run: "subprocess.Popen[bytes]", place: Place, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if run.poll() is not None:
            raise LocalError(f"The temporary instance did not start. Its output:\n{tail(log, lines=40)}")
        if place.instance_file.exists():
            instance = place.instance()
            if instance is not None:
                return instance
        time.sleep(0.1)
    raise LocalError(f"The temporary instance was not ready after {START_SECONDS:.0f} s:\n{tail(log, lines=40)}")


def _manage(instance: dict[str, Any], arguments: Sequence[str]) -> int:
    argv = [sys.executable, "manage.py", *arguments]
    return subprocess.run(argv, cwd=CLONE, env=os.environ | instance["environment"], check=False).returncode
