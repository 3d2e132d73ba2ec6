"""A drill: visitors send forms, a failure happens, its runbook is followed, and everything is counted."""

import sys
import time
from collections.abc import Mapping, Set
from contextlib import ExitStack, suppress

import psycopg

from deploy.podman import PodmanError
from deploy.several_hosts import simulator_bookings

from . import report, runbook
from .cluster import Cluster, NotReady
from .failures import FAILURES, Failure, witness
from .ledger import LEADS, OPEN, PROBLEMS, judge, stored_leads
from .nodes import SIMULATOR_URL, SITE_URL
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
        except (psycopg.OperationalError, PodmanError, OSError) as problem:
            print(f"Not compared: {problem}.")
        return self.show(wanted)

    def run_failure(self, failure: Failure, number: int) -> Result:
        """Run one failure. An error of the cluster is part of the result; an interruption leaves none."""
        self.cluster.wait_recovered()
        identity = self.cluster.identity
        visitors = Visitors(
            SITE_URL, self.cluster.trust(), acknowledge=lambda visitor: self.journal.acknowledge(identity, visitor)
        )
        at, error = time.time(), ""
        with visitors, ExitStack() as repairs:
            time.sleep(BEFORE_SECONDS)
            self.journal.begin(failure.kind)
            at = time.time()
            variables = hurt(failure, self.cluster, number, repairs)
            _wait_until_written(visitors, at, failure.seconds)
            try:
                repairs.close()
                self.cluster.wait_recovered()
            except (NotReady, PodmanError, runbook.RunbookFailed) as problem:
                error = str(problem)
            time.sleep(AFTER_SECONDS)
        begin, end = longest_interruption(visitors.posts, at)
        acknowledged = {post.number for post in visitors.posts if post.is_acknowledged}
        lost = self.count_lost(acknowledged)
        if lost is None:
            error = error or "the leads could not be counted"
        result = Result(
            kind=failure.kind,
            at=at,
            cluster=identity,
            target=variables.get("NODE", "") or variables.get("NODES", ""),
            attempts=len(visitors.posts),
            acknowledged=len(acknowledged),
            interruption_seconds=round(end - begin, 1),
            quiet_ms=quiet_milliseconds(visitors.posts, begin, end),
            lost=lost,
            error=error,
        )
        self.journal.add(result)
        return result

    def count_lost(self, acknowledged: Set[int]) -> int | None:
        """Return how many of these numbers are not stored; None while there is no primary to ask."""
        try:
            stored = {lead.number for lead in stored_leads(self.cluster.rows(LEADS))}
        except psycopg.OperationalError:
            return None
        return len(acknowledged - stored)

    def compare(self) -> None:
        """Wait until all items are delivered or wait for a person, and compare everything that was ever promised."""
        deadline = time.monotonic() + CALM_SECONDS
        while (open_items := self.cluster.rows(OPEN)[0][0]) and time.monotonic() < deadline:
            time.sleep(2)
        identity = self.cluster.identity
        balances = "balance: True" in self.cluster.run("web-1", "python", "manage.py", "shell", "-c", LEDGER)
        judgment = judge(
            self.journal.acknowledged(identity),
            stored_leads(self.cluster.rows(LEADS)),
            simulator_bookings(SIMULATOR_URL, TENANT),
            balances=balances,
        )
        for name in PROBLEMS:
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
                open_items=open_items,
            )
        )

    def show(self, wanted: Mapping[str, int]) -> int:
        """Print the table of all results; return 0 if every goal is met."""
        results = self.journal.results()
        titles = {kind: failure.title for kind, failure in FAILURES.items()}
        lines = report.table(titles, wanted, results, self.journal.interrupted())
        reached = report.goals(results, self.journal.balances(), self.journal.promises())
        print(report.text(lines, reached))
        return int(not all(goal.is_met for goal in reached))


def hurt(failure: Failure, cluster: Cluster, number: int, repairs: ExitStack) -> dict[str, str]:
    """Let a failure happen and return the variables of its runbook, which is followed also after Ctrl-C."""
    variables: dict[str, str] = {}
    try:
        failure.inject(cluster, number, variables)
        variables["DATABASE"] = witness(variables, cluster)
        repairs.callback(runbook.follow, failure.title, variables)
    except BaseException:
        # Machines that were named may be hurt. The runbook ends with an error if they are not.
        if variables:
            with suppress(runbook.RunbookFailed):
                runbook.follow(failure.title, variables | {"DATABASE": witness(variables, cluster)})
        raise
    return variables


def _wait_until_written(visitors: Visitors, at: float, seconds: float) -> None:
    """Wait for the length of the failure, and then until a form of its second half is acknowledged."""
    time.sleep(seconds)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not visitors.has_written_since(at + seconds / 2) and time.monotonic() < deadline:
        time.sleep(0.5)


def _shown(result: Result) -> str:
    lost = "not counted which are" if result.lost is None else result.lost
    text = f"{result.acknowledged} acknowledged, {lost} lost, no write for {result.interruption_seconds} s"
    return f"{text}; {result.error}" if result.error else text
