"""Versions published in the background, and by several processes at once."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.schedule import PERIODIC_TASKS
from readiness import models
from readiness.models import PackClock, PackVersion
from readiness.services.current import current, keep_up, pack_at
from readiness.services.versions import publish
from readiness.shape import Row
from tests.readiness.editing import LINE, open_gate, pass_end_of, ready_line
from tests.support.threads import at_once


def row(document: Row, anchor: str) -> Row:
    match: Row = next(
        row
        for page in document["pages"]
        for section in page["sections"]
        for row in section["rows"]
        if row["anchor"] == anchor
    )
    return match


def test_the_periodic_task_is_scheduled(pack: None) -> None:
    task = PERIODIC_TASKS["readiness.publish"]
    assert task.every == timedelta(seconds=10)
    assert task.run() == 2


def test_there_is_nothing_to_keep_up_without_a_pack(db: None) -> None:
    assert keep_up() is None
    assert not PackVersion.objects.exists()


def test_an_edit_by_a_script_becomes_a_version_with_its_cause(pack: None) -> None:
    models.ChecklistItem.objects.filter(slug=LINE).update(title="Edited by a script")
    assert keep_up() == 3
    version = PackVersion.objects.get(number=3)
    assert (version.cause, version.author) == ("Changed outside the admin.", None)
    assert row(pack_at(3).document, f"checklist-{LINE}")["title"] == "Edited by a script"


def test_what_changed_nothing_is_no_version(pack: None) -> None:
    models.ChecklistItem.objects.filter(slug=LINE).update(updated_at=timezone.now())
    assert keep_up() == 2
    clock = PackClock.objects.get()
    assert clock.epoch == clock.published


def test_nothing_due_makes_a_single_query_and_no_write(pack: None) -> None:
    keep_up()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert keep_up() == 2
    assert len(seen) == 1 and seen[0]["sql"].startswith("SELECT")


def test_evidence_that_lapses_takes_down_what_it_carried(pack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    line = ready_line()
    evidence = open_gate()
    assert keep_up() == 3
    before = pack_at(3).document
    assert row(before, line.anchor)["status"] == "ready now"
    assert row(before, "claim-marketplace-approval")["state"] == "allowed"
    pass_end_of(evidence, monkeypatch)
    number = keep_up()
    assert number is not None
    after = pack_at(number).document
    assert PackVersion.objects.get(number=number).cause == "Evidence lapsed."
    due, claim = row(after, line.anchor), row(after, "claim-marketplace-approval")
    assert (due["status"], due["stored_status"], claim["state"]) == ("review due", "ready now", "gated")
    assert [entry["state"] for entry in due["evidence"]] == ["lapsed"]
    assert keep_up() == number


def test_a_slow_clock_of_a_host_prolongs_no_published_line(pack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that publishes, and one that only reads while no row changes."""
    slow = timezone.now() - timedelta(days=2)
    monkeypatch.setattr(timezone, "now", lambda: slow)
    line, _ = ready_line(), open_gate()  # their end passed a day ago, by the clock of the database
    early = publish(cause="Before the end.", now=slow)
    assert early and row(pack_at(early.number).document, line.anchor)["status"] == "ready now"
    number = keep_up()
    assert number == early.number + 1
    document = pack_at(number).document
    assert row(document, line.anchor)["status"] == "review due"
    assert row(document, "claim-marketplace-approval")["state"] == "gated"
    assert PackVersion.objects.get(number=number).cause == "Evidence lapsed."
    models.ChecklistItem.objects.filter(slug=LINE).update(title="Edited by a script")
    assert row(pack_at(keep_up() or 0).document, line.anchor)["status"] == "review due"


@pytest.mark.django_db(transaction=True)
def test_concurrent_readers_publish_a_change_once(pack: None) -> None:
    models.ChecklistItem.objects.filter(slug=LINE).update(title="Edited by a script")
    answers = at_once(lambda _: publish(cause="At once."), range(4))
    taken = [answer for answer in answers if isinstance(answer, PackVersion)]
    assert [version.number for version in taken] == [3]
    assert answers.count(None) == 3


@pytest.mark.django_db(transaction=True)
def test_concurrent_editors_are_serialized_without_gaps(pack: None) -> None:
    from django.db import transaction

    slugs = list(models.ChecklistItem.objects.values_list("slug", flat=True))[:4]

    def edit(slug: str) -> None:
        with transaction.atomic():
            models.ChecklistItem.objects.filter(slug=slug).update(title=f"Edited: {slug}")
            publish(cause=f"Edit of {slug}.")

    at_once(lambda work: work(), [*(partial(edit, slug) for slug in slugs), keep_up])
    numbers = list(PackVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, 7))
    assert {row(pack_at(6).document, f"checklist-{slug}")["title"] for slug in slugs} == {
        f"Edited: {slug}" for slug in slugs
    }
    assert current().number == 6
    searched = models.PackText.objects.filter(anchor__in=[f"checklist-{slug}" for slug in slugs])
    assert sorted(searched.values_list("title", flat=True)) == sorted(f"Edited: {slug}" for slug in slugs)
