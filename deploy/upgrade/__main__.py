"""`make upgrade-drill`: replace a release by this clone under load, host by host, and go back (docs/how-to/upgrade.md).

Needs root, podman and nftables. Exits with 0 if no form failed, no acknowledged lead is missing or doubled, and the
ledger balances.
"""

import argparse
import sys

from . import releases
from .drill import Drill
from .images import NEW, make_images


def main() -> int:
    """Run the drill and remove its containers, unless they are to stay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", default="", help="version in docs/releases.md; otherwise the newest row")
    parser.add_argument("--no-drain", action="store_true", help="stop web hosts while they get requests")
    parser.add_argument("--built", action="store_true", help="use the images of an earlier drill as they are")
    parser.add_argument("--keep", action="store_true", help="leave the containers running")
    options = parser.parse_args()
    release = releases.find(options.release)
    print(f"from {release.version}, {release.commit[:12]}", flush=True)
    drill = Drill(make_images(release.commit, built=options.built), NEW, drain=not options.no_drain)
    try:
        is_passed = drill.run()
        if not is_passed:
            print(drill.logs(), file=sys.stderr)
    finally:
        if not options.keep:
            drill.hosts.remove()
    return 0 if is_passed else 1


if __name__ == "__main__":
    sys.exit(main())
