"""Command line: ``python -m pagetojob.local [run|demo|manage]``."""

import argparse
import sys
from pathlib import Path

from pagetojob.local import demo
from pagetojob.local.errors import LocalError
from pagetojob.local.place import Place
from pagetojob.local.run import Run


def main() -> int:
    """Run the requested command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m pagetojob.local", description="Run a local instance.")
    parser.add_argument("--data", type=Path, help="folder of the instance (default: .local in this clone)")
    parser.add_argument("--port", type=int, help="port of the website; 0 for any (default: 8000 or the next free)")
    parser.add_argument("--throw-away", action="store_true", help="faster, but data may be lost in a power failure")
    parser.add_argument("--backups", action="store_true", help="archive and back up the database with pgBackRest")
    what = parser.add_subparsers(dest="what", metavar="run|demo|manage")
    what.add_parser("run", help="start everything and keep running (the default)")
    walk = what.add_parser("demo", help="run the demo against the running instance, or a temporary one")
    walk.add_argument("--stand-in", action="store_true", help="then send a second request to the simulator")
    manage = what.add_parser("manage", help="run manage.py with the running instance's environment")
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    place = Place.of(options.data)
    try:
        if options.what in ("demo", "manage"):
            if options.what == "manage":
                return demo.manage(place, options.arguments)
            return demo.demo(place, ["--stand-in"] if options.stand_in else [])
        return Run(place, port=options.port, durable=not options.throw_away, backups=options.backups).main()
    except LocalError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
