"""A drill: visitors send forms, a failure happens, its runbook is followed, and everything is counted."""

import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack

import psycopg

from deploy.podman import PodmanError

from . import report, runbook
from .cluster import Cluster, NotReady, simulator_bookings
from .failures import FAILURES, Failure, witness
from .ledger import LEADS, OPEN, judge, stored_leads
from .nodes import SITE_URL
from .results import Balance, Journal, Result, longest_interruption, quiet_milliseconds, remaining
from .visitors import Visitors

BEFORE_SECONDS = AFTER_SECONDS = 5.0
#: A failure is not repaired before writes are possible again, but at most this long.
PATIENCE_SECONDS = 120.0
#: Longest wait until nothing is on its way to the simulator. A send with an unclear outcome is checked after minutes.
CALM_SECONDS = 900.0
#: The account that `manage.py demo_api on` opens.
TENANT = "770077"
LEDGER = """
from syncqueue import selectors
from pagetojob.platform.tenants import scope
with scope.worker():
    print("balance:", selectors.books().balance)
"""


class Drill:
    """Runs the remaining failures, and writes each result before the next one begins."""

    def __init__(self, cluster: Cluster, journal: Journal) -> None:
        self.cluster, self.journal = cluster, journal

    def run(self, wanted: Mapping[str, int]) -> int:
        """Return the exit status: 0 if all goals are met so far."""
        for kind, number in remaining(wanted, self.journal.results()):
            try:
                result = self.run_failure(FAILURES[kind], number)
            except NotReady as problem:
                print(f"Not begun: {problem}.")
                break
            print(f"{kind} {number + 1}: {_shown(result)}", flush=True)
            if result.error:
                print("Stopped: repair the cluster by its runbook, or start a new one, and run this again.")
                break
        try:
            self.compare()
        except psycopg.OperationalError:
            print("Not compared, because there is no primary.")
        return self.show(wanted)

    def run_failure(self, failure: Failure, number: int) -> Result:
        """Run one failure. An error of the cluster is part of the result; an interruption leaves none."""
        self.cluster.wait_recovered()
        identity = self.cluster.identity
        visitors = Visitors(
            SITE_URL, self.cluster.trust(), acknowledge=lambda visitor: self.journal.acknowledge(identity, visitor)
        )
        at, error, variables = time.time(), "", dict[str, str]()
        with visitors, ExitStack() as repairs:
            time.sleep(BEFORE_SECONDS)
            self.journal.begin(failure.kind)
            at = time.time()
            variables = dict(failure.inject(self.cluster, number))
            variables["DATABASE"] = witness(variables, self.cluster)
            # Also when the drill is stopped by Ctrl-C.
            repairs.callback(runbook.follow, failure.title, variables)
            _wait_until_written(visitors, at, failure.seconds)
            try:
                repairs.close()
                self.cluster.wait_recovered()
            except (NotReady, PodmanError, runbook.RunbookFailed) as problem:
                error = str(problem)
            time.sleep(AFTER_SECONDS)
        begin, end = longest_interruption(visitors.posts, at)
        acknowledged: set[int | None] = {post.number for post in visitors.posts if post.is_acknowledged}
        try:
            stored = {lead.number for lead in stored_leads(self.cluster.rows(LEADS))}
        except psycopg.OperationalError:
            # The comparison of the whole cluster counts them once there is a primary again.
            stored, error = acknowledged, error or "the leads could not be counted"
        result = Result(
            kind=failure.kind,
            at=at,
            cluster=identity,
            target=variables.get("NODE", "") or variables.get("NODES", ""),
            attempts=len(visitors.posts),
            acknowledged=len(acknowledged),
            interruption_seconds=round(end - begin, 1),
            quiet_ms=quiet_milliseconds(visitors.posts, begin, end),
            lost=len(acknowledged - stored),
            error=error,
        )
        self.journal.add(result)
        return result

    def compare(self) -> None:
        """Wait until all items are delivered or wait for a person, and compare everything that was ever promised."""
        deadline = time.monotonic() + CALM_SECONDS
        while self.cluster.rows(OPEN)[0][0] and time.monotonic() < deadline:
            time.sleep(2)
        identity = self.cluster.identity
        balances = "balance: True" in self.cluster.run("web-1", "python", "manage.py", "shell", "-c", LEDGER)
        judgment = judge(
            self.journal.acknowledged(identity),
            stored_leads(self.cluster.rows(LEADS)),
            simulator_bookings(TENANT),
            balances=balances,
        )
        for name in ("lost", "stored_twice", "booked_twice", "unknown", "not_received", "unexplained"):
            if entries := getattr(judgment, name):
                print(f"{name}: {', '.join(map(str, entries[:20]))}", file=sys.stderr)
        self.journal.add(
            Balance(
                at=time.time(),
                cluster=identity,
                acknowledged=judgment.acknowledged,
                stored=judgment.stored,
                delivered=judgment.delivered,
                lost=len(judgment.lost),
                stored_twice=len(judgment.stored_twice),
                booked_twice=len(judgment.booked_twice),
                unknown=len(judgment.unknown),
                not_received=len(judgment.not_received),
                unexplained=len(judgment.unexplained),
                balances=judgment.balances,
            )
        )

    def show(self, wanted: Mapping[str, int]) -> int:
        """Print the table of all results; return 0 if every goal is met."""
        results = self.journal.results()
        titles = {kind: failure.title for kind, failure in FAILURES.items()}
        lines = report.table(titles, wanted, results, self.journal.interrupted())
        reached = report.goals(results, self.journal.balances())
        print(report.text(lines, reached))
        return int(not all(goal.is_met for goal in reached))


def _wait_until_written(visitors: Visitors, at: float, seconds: float) -> None:
    """Wait for the length of the failure, and then until a form of its second half is acknowledged."""
    time.sleep(seconds)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not visitors.has_written_since(at + seconds / 2) and time.monotonic() < deadline:
        time.sleep(0.5)


def _shown(result: Result) -> str:
    text = f"{result.acknowledged} acknowledged, {result.lost} lost, no write for {result.interruption_seconds} s"
    return f"{text}; {result.error}" if result.error else text
