"""Runs management commands one after the other in one process: three starts of Django would cost seconds.

python -m pagetojob.local.load load_readiness load_demo
"""

import sys
from collections.abc import Sequence

import django
from django.core.management import CommandError, call_command


def main(names: Sequence[str]) -> int:
    """Run each command; the first that fails ends the line."""
    django.setup()
    for name in names:
        try:
            call_command(name, **({"interactive": False, "verbosity": 1} if name == "migrate" else {}))
        except CommandError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
