"""Linking runs: written links, unchanged links, and the effect of people's decisions."""

import csv
import datetime as dt
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from attribution.errors import AttributionError
from attribution.linkage import engine
from attribution.linkage.errors import LinkageError
from attribution.models import LINK, Job, Label, Link, LinkRun, ReviewDecision, Verdict
from attribution.selectors.review import Agreement, agreement
from attribution.services import inputs, linking, review
from attribution.services.linking import start_linking
from attribution.statements.month_facts import why_links_incomplete
from pagetojob.platform import states
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.runs.services import RunStopped, cancel_run, claim_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead
from tests.attribution.outcomes import lead_of, link_all, links_by_name, take
from tests.support.factories import make_tenant, make_user
from tests.support.nightly import sampled
from tests.support.runs import finish_run, reload_run

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = "Job ID,Created On,Customer Name,Phone,Email,Street,Zip,Job Type,Summary,Status\n"
CERTAIN = "1,2026-06-02,Someone Else,,,,,AC Repair,web lead {reference},Completed\n"
SAME = "2,2026-06-03,Ruth Okonjo,(602) 484-0123,ruth@okonjo.example,12 Palm Lane,85016,AC Repair,,Completed\n"
#: Name, ZIP code and service of a lead of June, another phone and no street: too little to count, too much to forget.
LIKE = "{id},2026-08-10,{name},(602) 484-09{id},,,850{id},AC Repair,,Completed\n"


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix")


@pytest.fixture
def leads(tenant: Tenant, actor: User) -> dict[str, Lead]:
    with scope.tenant(tenant.pk):
        by_key = {
            "proven": lead_of(tenant, "Pia Proven"),
            "same": lead_of(
                tenant, "Ruth Okonjo", phone="6024840123", email="ruth@okonjo.example", street="12 Palm Ln", zip="85016"
            ),
            "like": lead_of(tenant, "Kim Lund", phone="6024840777", street="6 Oak St", zip="85030"),
            "none": lead_of(tenant, "Nobody Nowhere", phone="6024840555"),
            "test": lead_of(tenant, "Tess Tried", phone="6024840123", excluded_as="test"),
        }
    jobs = HEAD + CERTAIN.format(reference=by_key["proven"].reference) + SAME + LIKE.format(id=30, name="Kim Lund")
    take(tenant, actor, "jobs", jobs)
    return by_key


def link_of(tenant: Tenant, job: int) -> Link:
    with scope.tenant(tenant.pk):
        return Link.objects.select_related("lead", "job").get(current=True, job__external_id=job)


def test_a_job_imported_by_a_host_with_a_slow_clock_is_linked(
    leads: dict[str, Lead], tenant: Tenant, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_all(tenant, actor)
    now = timezone.now
    with monkeypatch.context() as slow:
        slow.setattr(timezone, "now", lambda: now() - dt.timedelta(minutes=5))
        take(tenant, actor, "jobs", HEAD + SAME.replace("2,", "3,", 1).replace("2026-06-03", "2026-06-05"))
    link_all(tenant, actor)
    assert link_of(tenant, 3).lead.name == "Ruth Okonjo"


def test_linking_leaves_no_file_and_removes_those_of_a_killed_worker(
    leads: dict[str, Lead], tenant: Tenant, actor: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "pagetojob-private-1" / "linking"
    left.mkdir(parents=True)
    (left.parent / "lock").touch()
    (left / "leads.csv").write_text("Ruth Okonjo")
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ruth Okonjo"][0] == 2
    assert [entry for entry in tmp_path.iterdir() if entry.is_dir()] == []


def decide(actor: User, link: Link, verdict: Verdict, lead: Lead | None = None) -> ReviewDecision:
    with scope.operator(actor, "test"):
        return review.decide(link=link, verdict=verdict, actor=actor, lead=lead)


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database())"
        )
        return bool((cursor.fetchone() or (False,))[0])


def test_a_decision_made_while_a_linking_writes_is_not_overwritten(
    leads: dict[str, Lead], tenant: Tenant, actor: User
) -> None:
    link_all(tenant, actor)
    like = LIKE.format(id=30, name="Kim Lund").replace("(602) 484-0930", "(602) 484-0777").replace(",,,", ",,6 Oak St,")
    take(tenant, actor, "jobs", HEAD + like)
    errors: list[BaseException] = []

    def link_again() -> None:
        try:
            link_all(tenant, actor)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    other = threading.Thread(target=link_again)
    with scope.operator(actor, "test"):
        review.decide(link=link_of(tenant, 30), verdict=Verdict.REJECT, actor=actor)
        other.start()
        until = time.monotonic() + 60
        while other.is_alive() and not someone_waits_for_a_lock():
            assert time.monotonic() < until
            time.sleep(0.05)
    other.join(60)
    assert errors == []
    assert links_by_name(tenant)["Kim Lund"] == (None, "unmatched")
    with scope.tenant(tenant.pk):
        assert not Link.objects.filter(current=True, job__external_id=30).exists()


def test_a_decision_does_not_wait_for_a_linking_that_writes(
    leads: dict[str, Lead], tenant: Tenant, actor: User
) -> None:
    link_all(tenant, actor)
    decision = decide(actor, link_of(tenant, 30), Verdict.REJECT)
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as writing:
        writing.execute("SELECT pg_advisory_xact_lock(hashtext('attribution.links'), %s)", [tenant.pk])
        with pytest.raises(AttributionError, match="A linking is being written"):
            decide(actor, link_of(tenant, 2), Verdict.REJECT)
        with pytest.raises(AttributionError, match="A linking is being written"), scope.operator(actor, "test"):
            review.undo(decision=decision, actor=actor)
    decide(actor, link_of(tenant, 2), Verdict.REJECT)


def test_run_writes_links_with_reasons_and_card(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    run = link_all(tenant, actor)
    assert (run.state, run.done, run.total) == (RunState.DONE, 3, 3)
    assert links_by_name(tenant) == {
        "Pia Proven": (1, "certain"),
        "Ruth Okonjo": (2, "matched"),
        "Kim Lund": (30, "needs review"),
        "Nobody Nowhere": (None, "unmatched"),
        "Tess Tried": (None, "unmatched"),
    }
    with scope.tenant(tenant.pk):
        done = LinkRun.objects.get()
        link = Link.objects.get(lead=leads["like"])
    assert done.counts == {"certain": 1, "matched": 1, "needs review": 1, "unmatched": 2, "reviewed": 0}
    assert (done.leads, done.jobs, done.changed) == (5, 3, 5) and done.card["labels"]["certain"] == 1
    assert link.agreeing and link.disagreeing and 0 < link.probability < 1


def test_incremental_run_links_only_new_rows(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    link_all(tenant, actor)
    with scope.tenant(tenant.pk):
        before = set(Link.objects.values_list("pk", flat=True))
        lead_of(tenant, "Ida New", on="2026-11-02", phone="6024840321", email="ida@new.example")
    late = HEAD + "9,2026-11-03,Ida New,(602) 484-0321,ida@new.example,,,AC Repair,,Completed\n"
    take(tenant, actor, "jobs", late)
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ida New"] == (9, "matched")
    with scope.tenant(tenant.pk):
        done = LinkRun.objects.latest("pk")
        assert (done.leads, done.jobs, done.card["inputs"][0]["rows"]) == (1, 1, 1)
        assert set(Link.objects.filter(current=True, pk__in=before).values_list("pk", flat=True)) == before


def test_new_job_is_linked_and_excluded_lead_loses_its_job(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    link_all(tenant, actor)
    take(tenant, actor, "jobs", HEAD + "5,2026-06-20,Nobody Nowhere,602-484-0555,,,,AC Repair,,Completed\n")
    link_all(tenant, actor)
    assert links_by_name(tenant)["Nobody Nowhere"][0] == 5
    with scope.tenant(tenant.pk):
        assert not Link.objects.filter(current=True, lead=leads["none"], job=None).exists()

    with scope.tenant(tenant.pk):
        Lead.objects.filter(pk=leads["same"].pk).update(excluded_as="spam")
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ruth Okonjo"] == (None, "unmatched")


def test_incremental_run_rechecks_other_jobs_of_a_lead(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    """A lead has one main job: a later, better one turns the first into a follow-up."""
    take(tenant, actor, "jobs", HEAD + "40,2026-06-15,Nobody Nowhere,602-484-0555,,,,AC Repair,,Completed\n")
    link_all(tenant, actor)
    assert link_of(tenant, 40).label == "matched"
    with scope.tenant(tenant.pk):
        before = {
            link.job.external_id: link.pk for link in Link.objects.filter(current=True, job__isnull=False) if link.job
        }
    take(
        tenant,
        actor,
        "jobs",
        HEAD + "41,2026-06-16,,,,,,AC Repair,web lead {},Completed\n".format(leads["none"].reference),
    )
    link_all(tenant, actor)
    assert (link_of(tenant, 41).label, link_of(tenant, 40).label) == ("certain", "needs review")
    assert {job: link_of(tenant, job).pk for job in (1, 2, 30)} == {job: before[job] for job in (1, 2, 30)}


@pytest.mark.parametrize("whole", sampled([True, False], keep=1))
def test_job_entered_late_is_dated_by_its_booking(tenant: Tenant, actor: User, *, whole: bool) -> None:
    """The office entered the job 100 days after the request, outside the window, but booked it on the next day."""
    with scope.tenant(tenant.pk):
        lead_of(
            tenant, "Ruth Okonjo", phone="6024840123", email="ruth@okonjo.example", street="12 Palm Ln", zip="85016"
        )
    take(tenant, actor, "jobs", HEAD + SAME.replace("2026-06-03", "2026-09-09"))
    link_all(tenant, actor, whole=whole)
    assert links_by_name(tenant) == {"Ruth Okonjo": (None, "unmatched")}
    take(tenant, actor, "bookings", "Booking ID,Job ID,Booked On\n7,2,2026-06-02\n")
    link_all(tenant, actor, whole=whole)
    assert links_by_name(tenant) == {"Ruth Okonjo": (2, "matched")}


def test_job_is_linked_again_with_the_total_of_its_invoices(
    leads: dict[str, Lead], tenant: Tenant, actor: User, tmp_path: Path
) -> None:
    """A void invoice does not count, and the credit is subtracted."""
    link_all(tenant, actor)
    take(tenant, actor, "invoices", "Invoice ID,Job ID,Total,Voided\n1,2,900.50,no\n2,2,-100.25,no\n3,2,50,yes\n")
    link_all(tenant, actor)
    with scope.tenant(tenant.pk):
        first, second = LinkRun.objects.order_by("pk")
        rows = inputs.scope_of(tenant, window_days=90, seen_to=first.seen_to)
        assert second.jobs == 1 and rows.jobs == frozenset({Job.objects.get(external_id=2).pk})
        (written,) = [
            row for row in csv.DictReader(inputs.write(tenant, rows, tmp_path)["jobs"].open()) if row["id"] == "2"
        ]
    assert written["total"] == "800.25"


def test_linking_reads_which_work_a_job_is_part_of(tenant: Tenant, actor: User, tmp_path: Path) -> None:
    take(
        tenant,
        actor,
        "jobs",
        "Job ID,Job Number,Created On,Project Number,Original Job\n7,0007,6/3/2026 9:15 AM,P-12,5\n8,0008,6/3/2026,,\n",
    )
    with scope.tenant(tenant.pk):
        rows = inputs.scope_of(tenant, window_days=90, seen_to=None)
        written = [*csv.DictReader(inputs.write(tenant, rows, tmp_path)["jobs"].open())]
    named = [
        (row["id"], row["job_number"], row["project_number"], row["original_job"])
        for row in written
        if row["id"] in ("7", "8")
    ]
    assert named == [("7", "0007", "P-12", "5"), ("8", "0008", "", "")]


@pytest.mark.nightly
def test_canceled_job_is_linked_again_but_completed_job_is_not(
    tenant: Tenant, actor: User, leads: dict[str, Lead]
) -> None:
    link_all(tenant, actor)
    take(tenant, actor, "jobs", HEAD + SAME.replace("Completed", "Invoiced"))
    assert link_all(tenant, actor).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert LinkRun.objects.count() == 1
    take(tenant, actor, "jobs", HEAD + SAME.replace("Completed", "Canceled"))
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ruth Okonjo"] == (None, "unmatched")
    take(tenant, actor, "jobs", HEAD + SAME)
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ruth Okonjo"] == (2, "matched")


@pytest.mark.nightly
def test_killed_worker_loses_one_part_only(
    tenant: Tenant, actor: User, leads: dict[str, Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gives the same links as one part would; finished parts stay when the next worker continues."""
    link_all(tenant, actor)
    at_once = links_by_name(tenant)
    with scope.tenant(tenant.pk):
        later = lead_of(tenant, "Lia Later", on="2026-07-09", phone="6024840808")
    monkeypatch.setattr(linking, "PART", 2)
    with scope.operator(actor, "test"):
        asked, _ = start_linking(tenant=tenant, actor=actor, reason="test", whole=True)
    with scope.worker():
        run = claim_run()
    assert run is not None
    first = next(linking.work_linking(run))
    assert first.done == 3 and first.total is not None and first.total > 3 and first.cursor["begin"]
    with scope.tenant(tenant.pk):
        part = LinkRun.objects.get(run=asked)
        assert part.applied_at is None and part.leads == 6
    with scope.worker():
        type(run).objects.filter(pk=run.pk).update(lease_until=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert finish_run(asked).state == RunState.DONE
    assert links_by_name(tenant) == at_once | {later.name: (None, "unmatched")}
    with scope.tenant(tenant.pk):
        done = LinkRun.objects.get(pk=part.pk)
    assert done.applied_at and len(done.card["parts"]) > 1 and done.counts["certain"] == 1


def write_parts(tenant: Tenant, actor: User, parts: int, **params: Any) -> Run:
    """Start a linking and write its first parts only."""
    with scope.operator(actor, "test"):
        start_linking(tenant=tenant, actor=actor, reason="test", **params)
    with scope.worker():
        run = claim_run()
    assert run is not None
    steps = linking.work_linking(run)
    for _ in range(parts):
        next(steps)
    return run


@pytest.mark.parametrize("whole", [False, True])
def test_links_of_a_canceled_run_are_replaced_by_the_next_linking(
    tenant: Tenant, actor: User, leads: dict[str, Lead], monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    link_all(tenant, actor)
    complete, why_not = links_by_name(tenant), "only a part of its results"
    with monkeypatch.context() as small:
        small.setattr(linking, "PART", 2)
        with scope.operator(actor, "test"):
            review.set_window(tenant_id=tenant.pk, days=1, actor=actor, reason="one day is what we promise")
            run = write_parts(tenant, actor, parts=2, whole=True)
            cancel_run(run=run, actor=actor, reason="The window was wrong.")
    with scope.operator(actor, "test"):
        review.set_window(tenant_id=tenant.pk, days=90, actor=actor, reason="It was right before.")
    with scope.tenant(tenant.pk):
        assert why_not in why_links_incomplete(tenant) and links_by_name(tenant) != complete
    assert link_all(tenant, actor, whole=whole).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert why_links_incomplete(tenant) == "" and links_by_name(tenant) == complete
        assert LinkRun.objects.filter(applied_at=None).exists(), "the canceled run stays on record"


def test_an_incremental_linking_does_not_complete_a_canceled_linking(
    tenant: Tenant, actor: User, leads: dict[str, Lead]
) -> None:
    link_all(tenant, actor)
    with scope.tenant(tenant.pk):
        first = LinkRun.objects.get()
        kinds: tuple[tuple[dt.datetime | None, dict[str, Any]], ...] = ((None, {}), (timezone.now(), {}))
        for applied_at, card in kinds:
            run = Run.objects.create(tenant=tenant, kind=LINK)
            LinkRun.objects.create(
                tenant=tenant, run=run, window_days=first.window_days, model_sha256=first.model_sha256,
                inputs_sha256="b" * 64, seen_to=first.seen_to, applied_at=applied_at, card=card,
            )  # fmt: skip
            states.move(run, RunState.CANCELLED)
        assert why_links_incomplete(tenant)
    link_all(tenant, actor)
    with scope.tenant(tenant.pk):
        assert why_links_incomplete(tenant) == "" and LinkRun.objects.latest("pk").card["whole"]


def test_linkage_error_after_the_first_part_states_that_it_is_written(
    tenant: Tenant, actor: User, leads: dict[str, Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **options: Any) -> None:
        raise LinkageError("The linkage stopped: out of memory")

    monkeypatch.setattr(linking, "PART", 2)
    run = write_parts(tenant, actor, parts=1)
    monkeypatch.setattr(engine, "link", stopped)
    with pytest.raises(RunStopped, match=r"Only a part of the links .* again\. The linkage"):
        next(linking.work_linking(reload_run(run)))


def test_nothing_is_linked_in_an_unknown_time_zone(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    run = link_all(tenant, actor)
    assert (run.state, run.error.partition(". ")[0]) == (RunState.FAILED, "The time zone Mars/Phobos is not known")


def test_changed_window_stops_a_run_in_parts(
    tenant: Tenant, actor: User, leads: dict[str, Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linking, "PART", 2)
    with scope.operator(actor, "test"):
        start_linking(tenant=tenant, actor=actor, reason="test")
    with scope.worker():
        run = claim_run()
    assert run is not None
    steps = linking.work_linking(run)
    next(steps)
    with scope.operator(actor, "test"):
        review.set_window(tenant_id=tenant.pk, days=30, actor=actor, reason="a month is what we promise")
    with pytest.raises(RunStopped, match="Start a new one"):
        next(steps)


def test_linkage_error_fails_without_changes(
    tenant: Tenant, actor: User, leads: dict[str, Lead], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*args: Any, **options: Any) -> None:
        raise LinkageError("The linkage stopped: out of memory")

    monkeypatch.setattr(engine, "link", stopped)
    run = link_all(tenant, actor)
    assert run.state == RunState.FAILED and "Nothing has been changed. The linkage stopped" in run.error
    with scope.tenant(tenant.pk):
        assert not Link.objects.exists() and not LinkRun.objects.exists()


def test_run_that_died_before_writing_restarts(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    with scope.operator(actor, "test"):
        asked, new = start_linking(tenant=tenant, actor=actor, reason="test")
        again, also_new = start_linking(tenant=tenant, actor=actor, reason="test")
    assert new and not also_new and again.pk == asked.pk
    with scope.worker():
        lost = claim_run()
        assert lost is not None
        type(lost).objects.filter(pk=lost.pk).update(lease_until=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert finish_run(asked).state == RunState.DONE and links_by_name(tenant)["Pia Proven"] == (1, "certain")


@pytest.mark.nightly
def test_equal_inputs_change_nothing_and_a_shorter_window_unlinks(
    tenant: Tenant, actor: User, leads: dict[str, Lead]
) -> None:
    link_all(tenant, actor)
    assert link_all(tenant, actor).state == RunState.DONE
    assert link_all(tenant, actor, whole=True).state == RunState.DONE
    with scope.tenant(tenant.pk):
        assert LinkRun.objects.count() == 1 and Link.objects.count() == 5
    with scope.operator(actor, "test"):
        review.set_window(tenant_id=tenant.pk, days=1, actor=actor, reason="one day is what we promise")
    link_all(tenant, actor)
    assert links_by_name(tenant)["Ruth Okonjo"] == (None, "unmatched")
    assert links_by_name(tenant)["Pia Proven"] == (1, "certain")


def test_decisions_survive_the_next_run_and_can_be_undone(tenant: Tenant, actor: User, leads: dict[str, Lead]) -> None:
    names = {Verdict.REJECT: "Lea Moss", Verdict.CHOOSE: "Ned Pike", Verdict.CANT_SAY: "Oda Rhys"}
    ids = {Verdict.ACCEPT: 30} | dict(zip(names, (31, 32, 33), strict=True))
    with scope.tenant(tenant.pk):
        for verdict, name in names.items():
            lead_of(tenant, name, phone=f"48052271{ids[verdict]}", street="6 Oak St", zip=f"850{ids[verdict]}")
    take(tenant, actor, "jobs", HEAD + "".join(LIKE.format(id=ids[value], name=name) for value, name in names.items()))
    link_all(tenant, actor)
    before = links_by_name(tenant)
    assert [label for _, label in before.values()].count("needs review") == 4
    decisions = []
    for verdict, job in ids.items():
        other = leads["none"] if verdict == Verdict.CHOOSE else None
        decisions.append(decide(actor, link_of(tenant, job), verdict, other))
    expected = before | {
        "Kim Lund": (30, "reviewed"),
        "Lea Moss": (None, "unmatched"),
        "Ned Pike": (None, "unmatched"),
        "Nobody Nowhere": (32, "reviewed"),
    }
    assert links_by_name(tenant) == expected
    with scope.tenant(tenant.pk):
        lead_of(tenant, "Una Other", phone="6024840444")
    link_all(tenant, actor, whole=True)
    assert links_by_name(tenant) == expected | {"Una Other": (None, "unmatched")}
    for decision in decisions:
        with scope.operator(actor, "test"):
            review.undo(decision=decision, actor=actor)
            with pytest.raises(AttributionError, match="already undone"):
                review.undo(decision=decision, actor=actor)
    assert {name: value for name, value in links_by_name(tenant).items() if name != "Una Other"} == before


@pytest.fixture
def guess(tenant: Tenant, actor: User) -> Link:
    """Create a link that needs review, without a linking run."""
    take(tenant, actor, "jobs", HEAD + SAME)
    with scope.tenant(tenant.pk):
        lead = lead_of(tenant, "Ruth Okonjo")
        return Link.objects.create(tenant=tenant, lead=lead, job=Job.objects.get(), label=Label.NEEDS_REVIEW)


def test_link_is_decided_once_with_permission(tenant: Tenant, actor: User, guess: Link) -> None:
    with pytest.raises(AttributionError, match="can view"):
        decide(make_user(ops_role="viewer"), guess, Verdict.ACCEPT)
    decide(actor, guess, Verdict.ACCEPT)
    with pytest.raises(AttributionError, match="Someone else decided"):
        decide(actor, guess, Verdict.REJECT)
    with pytest.raises(AttributionError, match="does not need a decision"):
        decide(actor, link_of(tenant, 2), Verdict.REJECT)


def test_second_review_needs_another_person_and_changes_no_link(tenant: Tenant, actor: User, guess: Link) -> None:
    decide(actor, guess, Verdict.ACCEPT)
    now, other = links_by_name(tenant), make_user(ops_role="operator")
    with scope.operator(actor, "test"), pytest.raises(AttributionError, match="by someone else"):
        review.review_again(link=guess, agrees=True, actor=actor)
    with scope.operator(other, "test"):
        review.review_again(link=guess, agrees=False, actor=other)
        with pytest.raises(AttributionError, match="already has a second review"):
            review.review_again(link=guess, agrees=True, actor=other)
    assert links_by_name(tenant) == now
    with scope.tenant(tenant.pk):
        assert (agreement(tenant).reviews, agreement(tenant).same) == (1, 0)


@pytest.mark.parametrize(
    ("both", "first", "second", "neither", "kappa"),
    [(20, 5, 10, 15, 0.4), (5, 0, 0, 5, 1.0), (0, 5, 5, 0, -1.0), (9, 0, 0, 0, None), (0, 0, 0, 0, None)],
)
def test_kappa_is_agreement_beyond_chance(
    both: int, first: int, second: int, neither: int, kappa: float | None
) -> None:
    """The first case is the textbook example: 50 cases, 70 % agreement, 50 % of it by chance."""
    result = Agreement(both + first + second + neither, both + neither, both + first, both + second)
    assert result.kappa == (kappa if kappa is None else pytest.approx(kappa))


def test_database_rejects_two_leads_for_one_job(tenant: Tenant, guess: Link) -> None:
    with scope.tenant(tenant.pk), pytest.raises(IntegrityError, match="link_job_once"), transaction.atomic():
        other = lead_of(tenant, "Somebody Else")
        Link.objects.create(tenant=tenant, lead=other, job_id=guess.job_id, label=Label.MATCHED)


def test_database_rejects_changes_to_a_link(tenant: Tenant, guess: Link) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), scope.tenant(tenant.pk):
        Link.objects.filter(pk=guess.pk).update(label=Label.MATCHED)
