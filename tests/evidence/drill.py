"""Run a drill and write a signed evidence file about it: `make drill`, `chaos`, `outage` or `bench-restore`.

The file goes where those of the checks go. With uncommitted changes the drill runs and no file is written.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from readiness.checks import Drill, drills
from readiness.evidence_files import FAILED, PASSED, Result
from tests.evidence.run import uncommitted, write
from tests.guards.table import ROOT


def main(arguments: Sequence[str]) -> int:
    """Run the drill of this name with its arguments, write the file, and return the drill's exit status."""
    drill, started = drills()[f"drill-{arguments[0]}"], datetime.now(UTC)
    status = subprocess.run([sys.executable, "-m", drill.module, *arguments[1:]], cwd=ROOT, check=False).returncode
    if uncommitted():
        print("No evidence was written, because there are uncommitted changes.")
    else:
        print(write([result_of(drill, status)], started=started))
    return status


def result_of(drill: Drill, status: int) -> Result:
    """Return the result of a drill by its exit status."""
    outcome = FAILED if status else PASSED
    return Result(drill.check.anchor, outcome, {drill.module: outcome})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
