"""`make bench-intake`: posts per second of our intake, with everything on, against a bare view in the same run.

The bare view makes the same inserts in one commit and does nothing else. Both are served by one gunicorn
process with eight threads, on the same durable PostgreSQL, in turns, so that what the machine does meanwhile
meets both. Wanted: at least half of the bare view's posts per second.
"""

import statistics
import sys
import time

import psycopg

from bench.posts import FORM, fire, hidden_fields, percentile
from bench.rig import Rig
from pagetojob.local.database_url import with_database

ROUNDS, POSTS, AT_ONCE = 7, 400, 8
WANTED = 0.5


def _need_everything_on(rig: Rig) -> None:
    """A post that was taken for a machine owes less; then the comparison would not be fair."""
    with psycopg.connect(with_database(rig.postgres.admin_url, "pagetojob")) as session:
        rows = session.execute(
            "SELECT DISTINCT suspected::text, (SELECT count(*) FROM syncqueue_syncitem i WHERE i.lead_id = l.id)"
            " FROM leads_lead l WHERE excluded_as = ''"
        ).fetchall()
    if rows != [("{}", 3)]:
        raise RuntimeError(f"not every lead owes three items and is above suspicion: {rows}")


def main() -> int:
    with Rig() as rig:
        assert rig.urls is not None
        tenant = rig.run(
            "manage.py",
            "shell",
            "--no-imports",
            "-c",
            "from pagetojob.platform.tenants.models import Tenant; print(Tenant.objects.get(slug='desert-peak').pk)",
        ).strip()
        ours = rig.web("pagetojob.wsgi")
        bare = rig.web(
            "pagetojob.wsgi",
            environment={"DATABASE_URL": rig.urls.owner, "DJANGO_SETTINGS_MODULE": "bench.bare.settings"},
        )
        fields = hidden_fields(ours)
        peers = {"bare view": f"{bare}/{tenant}?", "intake": ours + FORM}
        rates: dict[str, list[float]] = {name: [] for name in peers}
        sent = 0
        for turn in range(ROUNDS + 1):
            for name, url in peers.items():
                began = time.perf_counter()
                answers = fire(url, count=POSTS, at_once=AT_ONCE, fields=fields, first=sent)
                took = time.perf_counter() - began
                sent += POSTS
                wrong = [answer.status for answer in answers if answer.status != 302]
                if wrong:
                    print(f"{name}: {len(wrong)} answers were not 302, such as {wrong[0]}")
                    return 1
                if turn:  # the first turn warms up
                    rates[name].append(POSTS / took)
                    print(
                        f"turn {turn}  {name:<10} {POSTS / took:7.1f} posts/s   p50 {percentile(answers, 0.5):5.1f} ms"
                        f"   p95 {percentile(answers, 0.95):5.1f} ms   max {percentile(answers, 1):5.1f} ms"
                    )
        _need_everything_on(rig)
    ratios = [mine / theirs for mine, theirs in zip(rates["intake"], rates["bare view"], strict=True)]
    ratio = statistics.median(ratios)
    print(
        f"\nmedian of {ROUNDS} turns: intake {statistics.median(rates['intake']):.1f}, bare view"
        f" {statistics.median(rates['bare view']):.1f} posts/s; ratio {ratio:.2f}"
        f" (from {min(ratios):.2f} to {max(ratios):.2f}); wanted {WANTED}"
    )
    return 0 if ratio >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
