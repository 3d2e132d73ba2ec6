"""`make bench-vault`: bring 100,000 secrets under a new key while a process goes on reading them.

First only reading, for comparison; then every data key is wrapped anew; then every secret is sealed anew. Wanted:
no read fails, comes back wrong, or takes a second. SECRETS sets another number.
"""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.rig import VAULT_KEYS, Rig
from pagetojob.local.database_url import with_database

SECRETS = int(os.environ.get("SECRETS") or 100_000)
CONNECTIONS = SECRETS // 4
ALONE_SECONDS = 15.0
LONGEST_MS = 1000


def _ring(*names: str) -> str:
    made = [f"{name}:{base64.b64encode(name.ljust(32).encode()).decode()}" for name in names]
    return ",".join([*made, VAULT_KEYS])


def _while_reading(rig: Rig, what: Callable[[], str]) -> tuple[float, str, dict[str, Any]]:
    """Do `what` while a process reads: seconds, what was printed, and how the reads went."""
    stop = rig.folder / "stop"
    stop.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.vault_parts", "read", str(CONNECTIONS), str(stop)]
    reader = subprocess.Popen(command, env=rig.environment, stdout=subprocess.PIPE, text=True)
    try:
        began = time.perf_counter()
        said = what()
        took = time.perf_counter() - began
    finally:
        stop.touch()
        out, _ = reader.communicate(timeout=120)
    if reader.returncode:
        raise RuntimeError("a read failed: see above")
    return took, said.strip(), json.loads(out)


def _sleep() -> str:
    time.sleep(ALONE_SECONDS)
    return "nothing else"


def main() -> int:
    with Rig() as rig:
        rig.environment["BENCH_ADMIN_URL"] = with_database(rig.postgres.admin_url, "pagetojob")
        print(rig.run("-m", "bench.vault_parts", "fill", str(CONNECTIONS)).strip())
        rig.environment["VAULT_KEYS"] = _ring("second")
        turns: dict[str, Callable[[], str]] = {
            "reads alone": _sleep,
            "wrap anew": lambda: rig.run("manage.py", "rotate_vault_keys"),
        }
        slow = {}
        for name, what in turns.items():
            slow[name] = _turn(rig, name, what)
        rig.environment["VAULT_KEYS"] = _ring("third", "second")
        slow["seal anew"] = _turn(rig, "seal anew", lambda: rig.run("manage.py", "rotate_vault_keys", "--reseal"))
        print(rig.run("manage.py", "vault_keys").strip())
    longest = max(slow.values())
    print(f"\nthe longest read took {longest:.0f} ms; wanted under {LONGEST_MS}")
    return 0 if longest < LONGEST_MS else 1


def _turn(rig: Rig, name: str, what: Callable[[], str]) -> float:
    took, said, reads = _while_reading(rig, what)
    print(f"\n{name}: {took:.1f} s\n{said}\nreads meanwhile: {json.dumps(reads)}")
    if reads["wrong"]:
        raise RuntimeError("a read came back wrong")
    longest: float = reads["max_ms"]
    return longest


if __name__ == "__main__":
    sys.exit(main())
