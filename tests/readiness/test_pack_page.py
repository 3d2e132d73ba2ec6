"""The public pages: every word of the seed, honest figures, nothing unsafe."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from readiness import models
from tests.readiness.reading import PAGE, read, seed_lines

LANDING = "/servicetitan-ready-websites/"
pytestmark = pytest.mark.usefixtures("pack")


def page_text(client: Client) -> str:
    return read(client.get(PAGE).text).text


def test_it_shows_every_line_of_the_seed_in_order(client: Client) -> None:
    text = page_text(client)
    at = 0
    for line in seed_lines():
        found = text.find(line, at)
        assert found >= 0, f"missing or out of order after {text[max(at - 80, 0) : at]!r}: {line}"
        at = found + len(line)


def test_the_seed_is_whole() -> None:
    lines = seed_lines()
    assert len(lines) == 123
    assert sum(line.startswith("Next: ") for line in lines) == 11


def test_its_counters_follow_the_rows(client: Client) -> None:
    assert "5 ready now 3 engineering required 2 partner gated 4 runbooks" in page_text(client)

    models.PartnerMaterial.objects.filter(slug="sandbox-evidence").update(status="review required")
    models.Runbook.objects.create(slug="new", name="New", trigger="It happens.", promise="It ends.")

    text = page_text(client)
    assert "5 ready now 3 engineering required 1 partner gated 5 runbooks" in text
    assert "5 ready now 1 customer required 3 engineering required 1 partner gated 1 review required" in text


def test_it_says_what_the_counters_span(client: Client) -> None:
    text = page_text(client)
    assert "the approval and engineering checklist (7 lines) and the partner review materials (4 lines)" in text
    assert "All 11 lines by status: 5 ready now 1 customer required 3 engineering required 2 partner gated" in text


def test_owner_and_status_are_words(client: Client) -> None:
    text = page_text(client)
    assert "Customer consent and admin authorization Owner: Customer customer required Manual Launch" in text


def test_it_reads_the_rows_in_eight_queries_however_many_there_are(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        runbook = models.Runbook.objects.create(slug=f"r{number}", name="R", trigger="T.", promise="P.")
        models.RunbookStep.objects.create(runbook=runbook, slug="s", text="Do it.")
        models.GatedClaim.objects.create(slug=f"c{number}", text="A claim")

    with django_assert_max_num_queries(8):
        assert client.get(PAGE).status_code == 200


def test_text_of_staff_is_text_and_never_markup(client: Client) -> None:
    bad = "<script>alert(1)</script>"
    models.ChecklistItem.objects.update(title=bad, current=bad, next_step=bad)
    models.DataBoundary.objects.update(family=bad, current=bad, future=bad, rule=bad)
    models.Runbook.objects.update(name=bad, trigger=bad, promise=bad)
    models.RunbookStep.objects.update(text=bad)
    models.GatedClaim.objects.update(text=bad)
    models.Disclaimer.objects.update(text=bad)
    models.Page.objects.update(title=bad, heading=bad, intro=bad, notice=bad)
    models.PageSection.objects.update(heading=bad)

    for address in (PAGE, LANDING):
        html = client.get(address).text
        assert "<script" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (models.ChecklistItem, "This section has no lines yet."),
        (models.PartnerMaterial, "This section has no lines yet."),
        (models.DataBoundary, "This section has no boundaries yet."),
        (models.GatedClaim, "No claim is gated."),
        (models.Disclaimer, "No disclaimer is recorded."),
        (models.RunbookStep, "No steps are written yet."),
    ],
)
def test_a_section_without_rows_says_so(client: Client, model: type[models.PackRow], words: str) -> None:
    model._base_manager.all().delete()
    assert words in page_text(client)


def test_a_pack_without_lines_and_runbooks_still_renders(client: Client) -> None:
    models.RunbookStep.objects.all().delete()
    for model in (models.ChecklistItem, models.PartnerMaterial, models.Runbook):
        model.objects.all().delete()
    text = page_text(client)
    assert "0 ready now 0 engineering required 0 partner gated 0 runbooks" in text
    assert "This section has no runbooks yet." in text
    assert "All 0 lines by status: no lines yet" in text


def test_every_row_has_its_own_anchor(client: Client) -> None:
    ids = read(client.get(PAGE).text).ids
    assert len(ids) == len(set(ids))
    rows: list[models.PackRow] = [*models.ChecklistItem.objects.all(), *models.PartnerMaterial.objects.all()]
    rows += [*models.DataBoundary.objects.all(), *models.Runbook.objects.all()]
    rows += [*models.GatedClaim.objects.all(), *models.Disclaimer.objects.all()]
    assert {row.get_absolute_url().partition("#")[2] for row in rows} <= set(ids)


def test_every_link_leads_somewhere(client: Client) -> None:
    for address in (PAGE, LANDING):
        page = read(client.get(address).text)
        for link in page.links:
            if link.startswith("#"):
                assert link[1:] in page.ids or link == "#main"
            else:
                assert client.get(link).status_code == 200, link


def test_every_readiness_page_carries_every_disclaimer(client: Client) -> None:
    for address in (PAGE, LANDING):
        html = client.get(address).text
        for disclaimer in models.Disclaimer.objects.all():
            assert disclaimer.text in html


def test_the_landing_page_lists_the_pages_there_are(client: Client) -> None:
    page = read(client.get(LANDING).text)
    assert PAGE in page.links
    assert "ServiceTitan API and partner readiness pack" in page.text


def test_it_shows_when_it_last_changed(client: Client) -> None:
    later = timezone.now() + timedelta(days=400)
    models.RunbookStep.objects.filter(slug="keep-lead").update(updated_at=later)
    assert f"Last change {later:%B} {later.day}, {later.year}" in page_text(client)


def test_readers_can_only_read(client: Client) -> None:
    for address in (PAGE, LANDING, f"{PAGE}.json"):
        assert client.head(address).status_code == 200
        assert client.post(address).status_code == 405
        assert "no-cache" in client.get(address)["Cache-Control"]


def test_the_document_holds_every_row_and_figure(client: Client) -> None:
    data = client.get(f"{PAGE}.json").json()
    assert data["schema"] == "pagetojob.api-readiness/1"
    assert data["counters"]["shown"] == [
        {"label": "ready now", "value": 5},
        {"label": "engineering required", "value": 3},
        {"label": "partner gated", "value": 2},
        {"label": "runbooks", "value": 4},
    ]
    assert data["counters"]["statuses"]["customer required"] == 1
    parts = ("checklist", "boundaries", "runbooks", "materials", "claims_still_gated", "disclaimers")
    assert [len(data[part]) for part in parts] == [7, 4, 4, 4, 5, 4]
    assert [len(runbook["steps"]) for runbook in data["runbooks"]] == [3, 3, 3, 3]
    assert data["checklist"][0]["url"] == f"{PAGE}#checklist-app-approval-path"
