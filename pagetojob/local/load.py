"""Run several management commands in one process, because each start of Django takes seconds.

Usage: python -m pagetojob.local.load load_readiness load_demo
"""

import sys
from collections.abc import Sequence

import django
from django.core.management import CommandError, call_command


def main(names: Sequence[str]) -> int:
    """Run each command; stop at the first failure."""
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
