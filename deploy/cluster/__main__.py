"""Start a cluster of containers, hurt it, and count what visitors lose: `python -m deploy.cluster up`.

Needs root, podman, nftables and about 6 GB of memory (docs/how-to/cluster.md). `failures` runs what is missing of the
wanted numbers, and continues where an earlier call was stopped.
"""

import argparse
import sys

from .cluster import Cluster
from .drill import Drill
from .failures import FAILURES
from .results import Journal


def main() -> int:
    """Run the command."""
    options = _parser().parse_args()
    cluster = Cluster()
    if options.command == "up":
        cluster.up()
        print("\n".join(f"{node.address:<14} {node.name}" for node in cluster.nodes.values()))
        return 0
    if options.command == "down":
        cluster.down()
        return 0
    drill = Drill(cluster, Journal(cluster.folder))
    if options.command == "report":
        return drill.show({kind: failure.runs for kind, failure in FAILURES.items()})
    given = {kind: getattr(options, kind) for kind in FAILURES}
    if not any(number is not None for number in given.values()):
        given = {kind: failure.runs for kind, failure in FAILURES.items()}
    return drill.run({kind: number or 0 for kind, number in given.items()})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="build what is missing, start the cluster and print its addresses")
    commands.add_parser("down", help="remove containers, network and data; results stay")
    commands.add_parser("report", help="print the table of all results")
    failures = commands.add_parser("failures", help="run failures; without numbers, the complete drill")
    for kind, failure in FAILURES.items():
        failures.add_argument(f"--{kind}", type=int, help=f"{failure.title}: wanted runs, of all calls together")
    return parser


if __name__ == "__main__":
    sys.exit(main())
