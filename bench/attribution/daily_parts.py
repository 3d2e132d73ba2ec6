"""The work that `bench.attribution.daily` measures, in a process of its own: a first linking, then one day's."""

import csv
import datetime as dt
import io
import random
import resource
import sys
import time
from collections.abc import Sequence
from itertools import batched
from zoneinfo import ZoneInfo

import django

django.setup()

from attribution.models import Link, LinkRun  # noqa: E402
from attribution.services.linking import start_linking  # noqa: E402
from attribution.services.outcome_import import take_file  # noqa: E402
from pagetojob.platform.runs import services as runs  # noqa: E402
from pagetojob.platform.tenants import scope  # noqa: E402
from pagetojob.platform.tenants.models import Tenant, User  # noqa: E402
from syncqueue.leads import reference  # noqa: E402
from syncqueue.leads.models import BookingRequest, Lead  # noqa: E402
from tests.support.synthetic.generator import Maker  # noqa: E402
from tests.support.synthetic.worlds import WORLDS  # noqa: E402

Rows = list[dict[str, str]]
_ZONE = ZoneInfo("America/Phoenix")
#: Of what jobs may change after a linking: work is done, and says so.
_TURNS = 0.3


def main(linked: int, day: int) -> None:
    """Print how long each linking took, in how many turns of a worker, and what it looked at and changed."""
    tenant = Tenant.objects.create(slug="bench-daily", name="Bench", time_zone=str(_ZONE))
    actor = User.objects.create(email="bench-daily@example.com", name="Bench", ops_role="operator")
    made = Maker(WORLDS["desert"](), 1).make(linked + day)
    leads = sorted(made.leads, key=lambda row: (row["Submitted At"], row["Lead ID"]))
    border, last = leads[linked]["Submitted At"], leads[-1]["Submitted At"]
    before = [row for row in made.jobs if row["Created On"] < border]
    after = [row for row in made.jobs if border <= row["Created On"] <= last]
    print(f"\n{linked:,} leads and {len(before):,} jobs, then {day:,} leads and {len(after):,} jobs")
    _come_in(tenant, leads[:linked])
    _take(tenant, actor, [row | {"Status": "Scheduled"} if _open(row) else row for row in before])
    _link(tenant, actor, "first linking")
    _come_in(tenant, leads[linked:])
    _take(tenant, actor, after)
    _link(tenant, actor, "a day's")
    _take(tenant, actor, [row for row in before if _open(row)][:day])
    _link(tenant, actor, "jobs completed")
    _link(tenant, actor, "nothing new")


def _open(row: dict[str, str]) -> bool:
    return random.Random(row["Job ID"]).random() < _TURNS


def _come_in(tenant: Tenant, rows: Sequence[dict[str, str]]) -> None:
    with scope.tenant(tenant.pk):
        for some in batched(rows, 2_000, strict=False):
            leads = Lead.objects.bulk_create([_lead(tenant, row) for row in some])
            BookingRequest.objects.bulk_create(
                BookingRequest(
                    tenant=tenant, lead=lead, service=row["Service"], urgency="soon", page_path="/ac-repair-phoenix"
                )
                for lead, row in zip(leads, some, strict=True)
            )


def _lead(tenant: Tenant, row: dict[str, str]) -> Lead:
    number = int(row["Lead ID"][1:])
    return Lead(
        tenant=tenant,
        reference=reference.outside_reference(number.to_bytes(8)),
        spoken_code=reference.spoken_code(number),
        form_key=row["Lead ID"],
        name=f"{row['First Name']} {row['Last Name']}".strip(),
        phone=row["Phone"],
        email=row["Email"],
        street=row["Street"],
        city=row["City"],
        zip=row["Zip"],
        message=row["Message"],
        source={"utm_campaign": row["Campaign"]},
        consent_text="You may contact me.",
        received_at=dt.datetime.fromisoformat(row["Submitted At"]).replace(tzinfo=_ZONE),
    )


def _take(tenant: Tenant, actor: User, rows: Rows) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    taken = take_file(tenant=tenant, kind="jobs", content=content, name="x.csv", actor=actor, reason="bench")
    if taken.refused:
        raise RuntimeError(str(taken.checked.problems[:3]))


def _link(tenant: Tenant, actor: User, what: str) -> None:
    with scope.operator(actor, "bench"):
        asked, _ = start_linking(tenant=tenant, actor=actor, reason="bench")
    turns, cpu = [], time.process_time()
    while True:
        with scope.worker():
            run = runs.claim_run()
        if run is None:
            break
        began = time.perf_counter()
        runs.work_run(run)
        turns.append(time.perf_counter() - began)
    with scope.tenant(tenant.pk):
        done = LinkRun.objects.filter(tenant=tenant, run=asked).first()
        links = Link.objects.filter(tenant=tenant, current=True).count()
    seen = (
        f"{done.leads:,} leads and {done.jobs:,} jobs new, {done.changed:,} links changed" if done else "none written"
    )
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    took = f"{sum(turns):5.1f} s ({time.process_time() - cpu:.1f} s of processor here) in {len(turns)} turns"
    print(
        f"{what:>15}: {took}, the longest {max(turns):.1f} s; {seen}, {links:,} links; {most:,} MB at the most so far",
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
