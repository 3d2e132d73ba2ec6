"""`python -m bench.imports`: an export of 200,000 rows is read, approved and taken back; seconds and memory of each.

ROWS sets another number. Wanted: the process that works it never holds more than 100 MB beside what it held before,
whatever the number of rows, and the same file again is "same as before" in every row.
"""

import os
import sys

from bench.rig import Rig

ROWS = int(os.environ.get("ROWS") or 200_000)


def main() -> int:
    with Rig() as rig:
        print(rig.run("-m", "bench.imports_parts", str(ROWS)).strip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
