"""Run a drill and write a signed evidence file about it: `make drill`, `chaos`, `outage` or `bench-restore`.

The file goes where those of the checks go. It names the commit at the start. No file is written after changes, a usage
error, a drill that was only too slow, or a pass with arguments, which may make a drill smaller than the one that the
line describes.
"""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from readiness.checks import Drill, drills
from readiness.evidence_files import FAILED, PASSED, Result
from tests.evidence.run import head, uncommitted, write
from tests.guards.table import ROOT
from tests.support.drill_status import TOO_SLOW

#: Exit status of argparse.
USAGE_ERROR = 2


def main(arguments: Sequence[str]) -> int:
    """Run the drill of this name with its arguments, write the file, and return the drill's exit status."""
    drill, more, started = drills()[f"drill-{arguments[0]}"], arguments[1:], datetime.now(UTC)
    before, changes = head(), uncommitted()
    status = subprocess.run([sys.executable, "-m", drill.module, *more], cwd=ROOT, check=False).returncode
    changed = bool(changes or uncommitted()) or head() != before
    if why := why_not_written(status, more, changed=changed):
        print(f"No evidence was written, because {why}.")
    else:
        print(write([result_of(drill, status, more)], started=started))
    return status


def why_not_written(status: int, arguments: Sequence[str], *, changed: bool) -> str:
    """Return why a drill is no evidence; empty if it is."""
    if changed:
        return "there were uncommitted changes, or the commit changed during the drill"
    if status == USAGE_ERROR:
        return "the drill did not start"
    if status == TOO_SLOW:
        return "no promise was broken, but the limits of time were not met: run it on a machine without other work"
    if status == 0 and arguments:
        return "only the full drill, without arguments, passes"
    return ""


def result_of(drill: Drill, status: int, arguments: Sequence[str] = ()) -> Result:
    """Return the result of a drill by its exit status, with the arguments."""
    outcome = FAILED if status else PASSED
    return Result(drill.check.anchor, outcome, {" ".join([drill.module, *arguments]): outcome})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
