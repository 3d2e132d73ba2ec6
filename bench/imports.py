"""`make bench-imports`: an export of 200,000 rows is read, approved and taken back, and a workbook of 50,000.

Against a script by hand that puts the same rows into the same table in thousands: no preview, no check, no way back.
The same file is then read again: every row has to be "same as before". Wanted: memory does not grow with the rows
(less than 25 MB from a quarter of them to all, and never 100 MB beside what the process held before its first row), at
most 25 statements a thousand rows, and read and applied in less than 15 times the script; of few rows only memory
is judged. ROWS, or an argument, sets another number.
"""

import os
import subprocess
import sys

from bench.rig import ROOT, Rig

ROWS = int(os.environ.get("ROWS") or 200_000)


def main(rows: int = ROWS) -> int:
    failed = 0
    with Rig() as rig:
        for form, number in (("csv", rows), ("xlsx", rows // 4)):
            command = [sys.executable, "-m", "bench.imports_parts", form, str(number)]
            failed |= subprocess.run(command, cwd=ROOT, env=rig.environment, check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
