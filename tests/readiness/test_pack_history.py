"""History with author and time, written by the database, so that no change bypasses it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pagetojob.claims.models import Claim
from pagetojob.platform.audit.models import RowChange
from pagetojob.platform.tenants.models import User
from readiness import models
from readiness.admin.history import marked
from tests.readiness.editing import line
from tests.readiness.forms import address, fields, save
from tests.readiness.reading import PAGE, read
from tests.support.cast import SignIn

pytestmark = pytest.mark.usefixtures("pack")


def newest(row: Any) -> RowChange:
    change = RowChange.objects.filter(table=row._meta.db_table, row=row.pk).first()
    assert change
    return change


def history(client: Client, row: Any, **query: Any) -> str:
    answer = client.get(f"{address(row, 'history')}", query)
    assert answer.status_code == 200
    return answer.text


def test_an_edit_is_listed_with_name_time_and_text(staff: Client, editor: User) -> None:
    save(staff, line(), title="Encrypted secret and token storage")
    html = history(staff, line())
    text = read(html).text
    assert f"{editor.name} · version {models.PackVersion.objects.latest('number').number}" in text
    assert "Encrypted <del>credential</del><ins>secret</ins> and token storage" in html
    assert newest(line()).actor == editor


def test_changes_outside_the_admin_are_listed_too(staff: Client) -> None:
    models.ChecklistItem.objects.filter(pk=line().pk).update(title="By a query")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE readiness_checklistitem SET owner = 'Customer' WHERE id = %s", [line().pk])
    html = history(staff, line())
    assert html.count("outside the admin") == 3  # including the loader
    assert "<ins>By a query</ins>" in html
    assert "<del>PageToJob</del><ins>Customer</ins>" in html


def test_children_stand_in_the_history_of_their_row(staff: Client, editor: User) -> None:
    runbook = models.Runbook.objects.get(slug="disconnect")
    step = runbook.steps.all()[0]
    save(staff, runbook, **{"steps-0-text": "Disable everything."})
    other = models.Runbook.objects.exclude(pk=runbook.pk)[0]
    assert f"Runbook step “{step.slug}” changed" in history(staff, runbook)
    assert "Disable everything" not in history(staff, other).replace("<ins>", "").replace("</ins>", "")
    models.RunbookStep.objects.filter(pk=step.pk).delete()
    assert f"Runbook step “{step.slug}” removed" in history(staff, runbook)


def test_claims_have_it_too(staff: Client) -> None:
    claim = Claim.objects.get(slug="automatic-sync")
    save(staff, claim, text="Automatic two-way sync")
    assert "<ins>" in history(staff, claim)


def test_text_in_it_is_text() -> None:
    assert marked("<b>one</b> two", "<b>one</b> <i>three</i>") == (
        "&lt;b&gt;one&lt;/b&gt; <del>two</del><ins>&lt;i&gt;three&lt;/i&gt;</ins>"
    )


def test_long_histories_are_paged_and_cost_no_more(staff: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            history(staff, line())
        return len(seen)

    queries()
    before = queries()
    for number in range(70):
        models.ChecklistItem.objects.filter(pk=line().pk).update(title=f"Title {number}")
    staff.get(PAGE)
    assert queries() == before
    assert "<ins>69</ins>" in history(staff, line())
    assert "<ins>69</ins>" not in history(staff, line(), p=3)
    assert "<ins>Title 0</ins>" in history(staff, line(), p=3)
    assert "<ins>Title 0</ins>" in history(staff, line(), p="999")


def test_a_reviewer_alone_is_part_of_no_version(staff: Client, editor: User) -> None:
    before = models.PackVersion.objects.latest("number").number
    save(staff, line(), reviewer=editor.pk)
    assert models.PackVersion.objects.latest("number").number == before
    save(staff, line(), title="Other")
    html = history(staff, line())
    assert html.count(f">version {before + 1}<") == 1
    assert f"<ins>{editor.name}</ins>" in html


def test_old_words_are_put_back_by_saving_and_never_by_looking(staff: Client, client: Client) -> None:
    old = line().current
    save(staff, line(), current="Reworded.", owner="Customer")
    change = newest(line())
    versions = models.PackVersion.objects.count()

    page = staff.get(address(line()), {"restore": change.pk})

    assert "The old text is filled in." in page.text
    filled = fields(page.text)
    assert (filled["current"], filled["owner"]) == (old, "PageToJob")
    assert line().current == "Reworded."
    assert models.PackVersion.objects.count() == versions
    staff.post(address(line()), {**filled, "reason": "it was right before"})
    assert line().current == old
    assert old in read(client.get(PAGE).text).text


def test_old_words_of_a_step_are_put_back_too(staff: Client) -> None:
    runbook = models.Runbook.objects.get(slug="disconnect")
    step = runbook.steps.all()[0]
    save(staff, runbook, **{"steps-0-text": "Reworded."})
    page = staff.get(address(runbook), {"restore": newest(step).pk})
    assert fields(page.text)["steps-0-text"] == step.text


@pytest.mark.parametrize("asked", ["", "x", "-1", "0", "9" * 40, "１", "' OR 1=1 --"])
def test_a_change_that_is_none_of_the_row_fills_in_nothing(staff: Client, asked: str) -> None:
    page = staff.get(address(line()), {"restore": asked})
    assert page.status_code == 200
    assert "The old text is filled in." not in page.text
    assert fields(page.text)["title"] == line().title


def test_a_change_of_another_row_fills_in_nothing(staff: Client) -> None:
    other = models.ChecklistItem.objects.exclude(pk=line().pk)[0]
    save(staff, other, title="Other words")
    page = staff.get(address(line()), {"restore": newest(other).pk})
    assert "The old text is filled in." not in page.text


def test_a_stranger_sees_no_history(client: Client, admin_user: User, signed_in: SignIn) -> None:
    assert client.get(address(line(), "history")).status_code == 302
    assert signed_in(admin_user).get(address(line(), "history")).status_code == 403
    assert client.get(reverse("admin:readiness_checklistitem_history", args=[10**9])).status_code == 302


def test_a_missing_row_has_none(staff: Client) -> None:
    assert staff.get(reverse("admin:readiness_checklistitem_history", args=[10**9])).status_code == 404
    assert staff.get(reverse("admin:readiness_checklistitem_delete", args=[10**9])).status_code == 404


def test_a_removed_row_is_listed_and_keeps_its_history(
    staff: Client, editor: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    filled = {"status": line().status, "current": "So it is.", "next_step": "Nothing."}
    gone = models.ChecklistItem.objects.create(slug="other", title="Another line", owner="PageToJob", **filled)
    models.ChecklistItem.objects.filter(pk=gone.pk).delete()
    row = models.ChecklistItem.objects.create(slug="extra", title="An <b>extra</b> line", owner="PageToJob", **filled)
    staff.post(address(row, "delete"), {"post": "yes", "reason": "It was said twice."})
    listed = reverse("admin:readiness_checklistitem_removed")
    assert listed in staff.get(reverse("admin:readiness_checklistitem_changelist")).text
    with django_assert_max_num_queries(6):  # two for the user, two for the list, a scope
        html = staff.get(listed).text
    assert "An &lt;b&gt;extra&lt;/b&gt; line" in html and editor.name in html
    assert html.index("An &lt;b&gt;extra") < html.index("Another line")
    assert "outside the admin" in html
    assert f"{address(row, 'history')}" in html
    page = staff.get(address(row, "history")).text
    assert "Removed" in read(page).text and "History: An &lt;b&gt;extra&lt;/b&gt; line" in page
    assert "Restore" not in page
    assert staff.get(address(row, "history").replace(str(row.pk), "999999")).status_code == 404


def test_whoever_may_not_edit_sees_no_removed_rows(client: Client) -> None:
    assert client.get(reverse("admin:readiness_checklistitem_removed")).status_code == 302
