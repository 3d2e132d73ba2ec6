"""The rolling upgrade and the way back, while visitors send forms without a pause."""

import os
import ssl
import time
from collections import Counter
from collections.abc import Sequence

from bench.posts import Answer, percentile
from deploy.cluster.drill import LEDGER, TENANT
from deploy.cluster.ledger import LEADS, OPEN, PROBLEMS, Judgment, judge, stored_leads
from deploy.cluster.visitors import Post, Visitors
from deploy.podman import PodmanError, podman
from deploy.several_hosts import simulator_bookings

from . import hosts
from .hosts import SIMULATOR_URL, SITE_URL, WEBS, WORKERS, Hosts

#: Traffic on one version alone, before and after a replacement.
STEADY_SECONDS = 20.0
#: A migration that gives up a lock has changed nothing and is run again.
MIGRATION_ATTEMPTS = 5
CALM_SECONDS = 300.0
PREPARE = """
python -m pagetojob.local.provision
DATABASE_URL_FILE=/run/secrets/database_owner_url python manage.py migrate --no-input --verbosity 0
python manage.py load_readiness
DEMO_PASSWORD=only-for-the-drill python manage.py load_demo
python manage.py demo_api on
"""


class Drill:
    """A rolling upgrade from an image to another and back."""

    def __init__(self, old: str, new: str, *, drain: bool) -> None:
        self.old, self.new, self.drain = old, new, drain
        self.hosts = Hosts()
        self.acknowledged: list[int] = []
        self.phases: list[tuple[str, float]] = []

    def run(self) -> bool:
        """Run it and print a line per phase; return whether no post failed and no item was lost."""
        self._start()
        trust = ssl.create_default_context(cafile=str(self.hosts.authority()))
        with Visitors(SITE_URL, trust, acknowledge=self.acknowledged.append) as visitors:
            self._steady("all hosts run the release")
            self._migrate()
            self._replace(self.new, "new version")
            self._steady("all hosts run the new version")
            self._replace(self.old, "release again")
            self._steady("all hosts run the release again")
        still_open = self._wait_until_calm()
        judgment = self._compare()
        failed = report(visitors.posts, self.phases)
        print(f"{_summary(judgment)}; {still_open} items still open")
        return has_passed(judgment, failed=failed, still_open=still_open)

    def _start(self) -> None:
        self.hosts.create()
        for name, host in (
            ("postgres", hosts.postgres()),
            ("valkey", hosts.valkey()),
            ("simulator", hosts.simulator(self.new)),
        ):
            self.hosts.start(name, host)
        hosts.wait_for(self.hosts.accepts_connections, "PostgreSQL")
        print(self.hosts.administer(self.old, PREPARE), flush=True)
        for name in WEBS:
            self.hosts.start(name, hosts.web(self.old))
        for name in WORKERS:
            self.hosts.start(name, hosts.worker(self.old))
        self.hosts.start("caddy", hosts.caddy())
        for name in (*WEBS, *WORKERS):
            self.hosts.wait_ready(name)

    def _steady(self, title: str) -> None:
        self._begin(title)
        time.sleep(STEADY_SECONDS)

    def _migrate(self) -> None:
        self._begin("the new version migrates")
        for attempt in range(1, MIGRATION_ATTEMPTS + 1):
            try:
                self.hosts.administer(self.new, "python manage.py migrate --no-input --verbosity 0", owner=True)
                break
            except PodmanError as error:
                if "lock timeout" not in str(error) or attempt == MIGRATION_ATTEMPTS:
                    raise
                print(f"attempt {attempt} gave up a lock and is run again", flush=True)
        self.hosts.administer(self.new, "python manage.py load_readiness")

    def _replace(self, image: str, title: str) -> None:
        for name in (*WEBS, *WORKERS):
            self._begin(f"{name}: {title}")
            host = hosts.web(image) if name in WEBS else hosts.worker(image)
            self.hosts.replace(name, host, drain=self.drain)

    def _begin(self, title: str) -> None:
        self.phases.append((title, time.time()))
        print(f"{time.strftime('%H:%M:%S')} {title}; load {os.getloadavg()[0]:.0f}", flush=True)

    def _wait_until_calm(self) -> int:
        """Wait until no item is on its way; return how many still are after CALM_SECONDS."""
        deadline = time.monotonic() + CALM_SECONDS
        while (still_open := int(self.hosts.rows(OPEN)[0][0])) and time.monotonic() < deadline:
            time.sleep(2)
        return still_open

    def _compare(self) -> Judgment:
        """Compare every promise with what is stored and was received."""
        balances = "balance: True" in self.hosts.run("web-1", "python", "manage.py", "shell", "-c", LEDGER)
        bookings = simulator_bookings(SIMULATOR_URL, TENANT)
        return judge(self.acknowledged, stored_leads(self.hosts.rows(LEADS)), bookings, balances=balances)

    def logs(self) -> str:
        """Return the last lines of each host, for a drill that failed."""
        names = (*WEBS, *WORKERS, "caddy")
        return "\n".join(
            f"{name}:\n{podman('logs', '--tail=15', hosts.container(name), check=False)}" for name in names
        )


def has_passed(judgment: Judgment, *, failed: int, still_open: int) -> bool:
    """Return whether visitors were thanked, no post failed, and every item reached its end without a loss."""
    return judgment.holds and judgment.acknowledged > 0 and not failed and not still_open


def report(posts: Sequence[Post], phases: Sequence[tuple[str, float]]) -> int:
    """Print the posts by the phase in which they began; return how many failed."""
    print(f"\n{'phase':<36}{'seconds':>8}{'posts':>7}{'failed':>8}{'p95 ms':>9}{'longest':>9}")
    ends = [at for _, at in phases[1:]] + [max((post.ended for post in posts), default=phases[-1][1])]
    for (title, begin), end in zip(phases, ends, strict=True):
        sent = [post for post in posts if begin <= post.began < end]
        if not sent:
            print(f"{title:<36}{end - begin:>8.0f}{0:>7}")
            continue
        answers = [Answer(post.status, post.seconds) for post in sent]
        failed = [post for post in sent if not post.is_acknowledged]
        times = f"{percentile(answers, 0.95):>9.0f}{percentile(answers, 1):>9.0f}"
        print(f"{title:<36}{end - begin:>8.0f}{len(sent):>7}{len(failed):>8}{times}{_statuses(failed)}")
    failed = [post for post in posts if not post.is_acknowledged]
    print(f"{'all':<44}{len(posts):>7}{len(failed):>8}")
    return len(failed)


def _statuses(failed: Sequence[Post]) -> str:
    counted = Counter(post.status for post in failed)
    return "  " + ", ".join(f"{number} of {status}" for status, number in sorted(counted.items())) if failed else ""


def _summary(judgment: Judgment) -> str:
    broken = ", ".join(f"{len(getattr(judgment, name))} {name.replace('_', ' ')}" for name in PROBLEMS)
    counted = f"{judgment.acknowledged} acknowledged, {judgment.stored} stored, {judgment.delivered} delivered"
    return f"{counted}; {broken}; the ledger {'balances' if judgment.balances else 'does not balance'}"
