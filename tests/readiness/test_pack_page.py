"""Public pages: every text of the original page, correct counts, evidence of lines, nothing unsafe."""

import re

import pytest
from django.conf import settings
from django.db import models as django_models
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.platform.tenants.models import User
from readiness import layout, models
from readiness.checks import checks
from readiness.models.protocol import digest
from readiness.page_html import page_html
from readiness.services.current import current, pack_at
from readiness.services.runs import import_file
from readiness.templatetags.pack import day, evidence_line, linked, may_be_linked, waits_for
from tests.readiness.reading import PAGE, MainText, read, seed_lines
from tests.support.check_runs import run_file

LANDING = "/servicetitan-ready-websites/"
FILES = tuple(f"{LANDING}{name}" for name in ("packet.pdf", "bundle.zip", "attestation.cdx.json", "sbom.cdx.json"))
pytestmark = pytest.mark.usefixtures("pack")


def page_text(client: Client, slug: str = "api-readiness") -> str:
    return read(client.get(f"{LANDING}{slug}").text).text


def addresses() -> list[str]:
    """Return the address of every page of the pack."""
    return [LANDING if slug == "landing" else f"{LANDING}{slug}" for slug in layout.PAGES if slug in current().pages]


def test_it_shows_every_line_of_the_seed_in_order(client: Client) -> None:
    text = page_text(client)
    at = 0
    for line in seed_lines():
        position = text.find(line, at)
        assert position >= 0, f"missing or out of order after {text[max(at - 80, 0) : at]!r}: {line}"
        at = position + len(line)


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
    for waits in ("1 customer required", "3 engineering required", "1 partner gated", "1 review required"):
        assert f"{waits} Waits for " in text


def test_the_counters_state_their_coverage(client: Client) -> None:
    spans = "Approval and engineering checklist (7) and Partner review materials (4)."
    assert f"Statuses are counted over 11 lines: {spans}" in page_text(client)


def test_the_summary_lists_the_lines_of_each_status_and_the_gates_of_the_claims(client: Client) -> None:
    html = client.get(PAGE).text
    page = read(html)
    for label, number in (("ready-now", 5), ("engineering-required", 3), ("partner-gated", 2)):
        assert f'<a class="tile" href="#status-{label}">' in html
        group = html.split(f'id="status-{label}"')[1].split("</section>")[0]
        assert group.count('<a href="#') == number
    assert "Valid evidence: test run for 5 lines. The first expires on " in page.text
    assert "2 partner gated Waits for ServiceTitan." in page.text
    assert "Partner approval closed PageToJob ServiceTitan has not approved a PageToJob app" in page.text
    assert page.text.count("ServiceTitan has not approved a PageToJob app") == 1  # each gate is explained once


def test_a_status_without_lines_has_no_link(client: Client) -> None:
    models.PartnerMaterial.objects.filter(status="partner gated").update(status="review required")
    models.ChecklistItem.objects.filter(status="partner gated").update(status="review required")
    html = client.get(PAGE).text
    assert "#status-partner-gated" not in html and "#status-review-required" not in html
    assert "2 review required Waits for a reviewer." in read(html).text


def test_notes_and_evidence_are_folded_and_have_their_own_address(client: Client) -> None:
    html = client.get(PAGE).text
    folded = "".join(re.findall(r"<details class=\"more\">.*?</details>", html, re.DOTALL))
    notes = models.AsBuiltNote.objects.count()
    assert 0 < notes == html.count('<div class="as-built" id="note-') == folded.count('<div class="as-built"')
    assert html.count('<ul class="evidence">') == folded.count('<ul class="evidence">') == 5
    for line in seed_lines():
        assert line in read(re.sub(r"<details class=\"more\">.*?</details>", "", html, flags=re.DOTALL)).text


def test_it_weighs_less_than_100_kb_with_its_styles_and_scripts(client: Client) -> None:
    html = client.get(PAGE).text
    loaded = re.findall(r'(?:href|src)="/static/([a-z-]+)(?:\.[0-9a-f]{12})?(\.css|\.js|\.svg)"', html)
    assert len(loaded) == 6
    sizes = [len((settings.BASE_DIR / "static" / f"{name}{suffix}").read_bytes()) for name, suffix in loaded]
    assert len(html.encode()) + sum(sizes) < 100_000


def test_the_architecture_page_begins_with_a_summary_and_folds_its_tables(client: Client) -> None:
    html = client.get(f"{LANDING}architecture").text
    assert html.index('id="brief"') < html.index('id="flow"') < html.index('id="tables"')
    seen = read(re.sub(r"<details class=\"more\">.*?</details>", "", html, flags=re.DOTALL)).text
    assert "A visitor's request is stored in PostgreSQL before" in seen
    assert "row-level security in the database" in seen and "tenants_logo" not in seen
    assert len(seen.split()) < 3_000
    assert len(read(html).text.split()) > 8_000


def test_every_page_with_statuses_states_their_coverage(client: Client) -> None:
    for slug, page in current().pages.items():
        if page.statuses and slug != "landing":
            lines = sum("status" in row for section in page.sections for row in section.rows)
            assert f"Statuses are counted over {lines} line" in page_text(client, slug), slug


def test_owner_status_and_since_when_are_words(client: Client) -> None:
    since = f"since {day(current().created_at)}"
    named = "Customer consent and admin authorization Owner: Customer customer required"
    assert f"{named} {since} Manual Launch" in page_text(client)


def test_a_page_makes_at_most_twelve_queries_and_a_cached_page_one(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        runbook = models.Runbook.objects.create(slug=f"r{number}", name="R", trigger="T.", promise="P.")
        models.RunbookStep.objects.create(runbook=runbook, slug="s", text="Do it.")
        Claim.objects.create(slug=f"c{number}", text="A claim")

    with django_assert_max_num_queries(12):
        assert client.get(PAGE).status_code == 200
    with django_assert_max_num_queries(1):
        assert client.get(PAGE).status_code == 200


def test_no_page_takes_more_than_twelve_queries(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for address in addresses():
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200


def test_text_of_staff_is_text_and_never_markup(client: Client) -> None:
    bad = "<script>alert(1)</script>"
    models.ChecklistItem.objects.update(title=bad, current=bad, next_step=bad)
    models.DataBoundary.objects.update(family=bad, current=bad, future=bad, rule=bad)
    models.Runbook.objects.update(name=bad, trigger=bad, promise=bad)
    models.RunbookStep.objects.update(text=bad)
    models.Entry.objects.update(title=bad, body=bad, points=f"{bad}\n{bad} - {PAGE}", next_step=bad)
    models.EntryDetail.objects.update(label=bad, text=bad)
    models.AsBuiltNote.objects.update(text=bad)
    models.PartnerAnswer.objects.update(title=bad, answer=bad)
    Claim.objects.update(text=bad)
    Disclaimer.objects.update(text=bad)
    models.Page.objects.update(title=bad, heading=bad, intro=bad, notice=bad)
    models.PageSection.objects.update(heading=bad, intro=bad)

    for address in addresses():
        html = client.get(address).text
        assert "<script>" not in html, address
        assert "&lt;script&gt;alert(1)" in html, address


@pytest.mark.parametrize("model", [models.ChecklistItem, models.PartnerMaterial, models.DataBoundary, Claim])
def test_a_section_without_rows_is_marked(client: Client, model: type[django_models.Model]) -> None:
    number = page_text(client).count("This section has no lines yet.")
    model._base_manager.all().delete()
    assert page_text(client).count("This section has no lines yet.") == number + 1


def test_missing_disclaimers_are_reported_on_every_page(client: Client) -> None:
    Disclaimer.objects.all().delete()
    for address in addresses():
        assert "No disclaimer is recorded." in client.get(address).text


def test_a_pack_without_lines_and_runbooks_still_renders(client: Client) -> None:
    models.RunbookStep.objects.all().delete()
    for model in (models.ChecklistItem, models.PartnerMaterial, models.Runbook):
        model.objects.all().delete()
    text = page_text(client)
    assert "0 ready now 0 engineering required 0 partner gated 0 runbooks" in text
    assert "No line of this page has a status yet." in text


def test_every_row_of_every_page_has_its_own_anchor(client: Client) -> None:
    for slug, page in current().pages.items():
        ids = read(client.get(LANDING if slug == "landing" else f"{LANDING}{slug}").text).ids
        assert len(ids) == len(set(ids)), slug
        assert {row["anchor"] for section in page.sections for row in section.rows} <= set(ids), slug
        assert {section.slug for section in page.sections} <= set(ids), slug


def test_every_link_leads_somewhere(client: Client) -> None:
    pages: dict[str, MainText | None] = {}
    for address in addresses():
        pages[address] = page = read(client.get(address).text)
        for link in page.links:
            path, _, anchor = link.partition("#")
            path = path or address
            if path not in pages:
                answer = client.get(path)
                # Without the system packages that a PDF needs, these addresses list them.
                assert answer.status_code == 200 or (answer.status_code == 503 and path in FILES), (address, link)
                pages[path] = read(answer.text) if "html" in answer["Content-Type"] else None
            there = pages[path]
            assert not anchor or there is None or anchor in {*there.ids, "main"}, (address, link)


def test_the_landing_page_lists_the_pages_there_are(client: Client) -> None:
    page = read(client.get(LANDING).text)
    assert {address for address in addresses() if address != LANDING} <= set(page.links)
    assert "ServiceTitan API and partner readiness pack" in page.text


def test_the_landing_page_counts_every_line_of_the_pack_once(client: Client) -> None:
    rows = {
        row["anchor"]: row["status"]
        for page in current().pages.values()
        for section in page.sections
        for row in section.rows
        if "status" in row
    }
    text = read(client.get(LANDING).text).text
    for status in set(rows.values()):
        number = sum(other == status for other in rows.values())
        assert f"{number} {status}" in text
        assert f"{status} {number} line" in text


def test_it_shows_when_a_page_last_changed(client: Client) -> None:
    changed = current().pages["api-readiness"].changed_at
    assert f"Last change {changed:%B} {changed.day}, {changed.year}" in page_text(client)


# --- Evidence of a line ---------------------------------------------------------------------------


def test_a_line_shows_its_evidence_and_what_became_of_it(client: Client) -> None:
    text = page_text(client)
    assert f"Evidence: check last validated {day(current().created_at)}, next by " in text
    assert f"valid {checks()['checklist-scope-to-feature-map'].shows} Automatic check, last validated" in text
    assert "Evidence: none on file. Last change of this line" in text

    import_file(run_file(failing=["checklist-scope-to-feature-map"]))
    text = page_text(client)
    assert "4 ready now" in text and "Scope-to-feature map Owner: PageToJob review due" in text
    assert "1 line recorded as ready now does not count, because no valid evidence supports it" in text
    assert f"Scope-to-feature map: check failed on {day(timezone.now())} at" in text


def test_evidence_is_summarized() -> None:
    def piece(state: str, ends: str = "2027-05-23T00:00:00+00:00") -> dict[str, object]:
        return {"state": state, "expires_at": ends, "confirmed": True}

    assert evidence_line([]) == "none on file"
    assert evidence_line([piece("lapsed"), piece("revoked"), piece("lapsed")]) == "2 lapsed, 1 revoked"
    both = [piece("valid"), piece("valid", "2027-06-01T00:00:00+00:00"), piece("lapsed")]
    assert evidence_line(both) == "2 valid, until June 1, 2027, 1 lapsed"


def test_a_claim_names_its_gates_their_holders_and_what_is_missing(client: Client) -> None:
    text = page_text(client, "claims")
    gate = "closed Partner approval, held by PageToJob. ServiceTitan has not approved a PageToJob app"
    assert f"Marketplace partner approval gated since {day(current().created_at)}" in text
    assert f"Waits for 1 gate {gate}" in text
    assert "Safe wording: No marketplace or partner approval is claimed" in text


def test_how_far_a_claim_is() -> None:
    closed, opened = {"open": False}, {"open": True}
    assert waits_for([closed]) == "Waits for 1 gate"
    assert waits_for([closed, opened, closed]) == "Waits for 2 of 3 gates"
    assert waits_for([opened, opened]) == "All 2 gates open"
    assert waits_for([opened]) == "Its gate is open"


def test_an_answer_names_who_attested_it_until_it_is_reworded(client: Client, admin_user: User) -> None:
    page = page_text(client, "partner-application")
    drafts = page.count("Draft: this answer is not attested yet.")
    answers = models.PartnerAnswer.objects.exclude(slug="support-owner")  # it is on the support page
    assert drafts == answers.count() > 0

    answer = answers[0]
    answer.attester, answer.attester_title, answer.attested_at = admin_user, "Head of product", timezone.now()
    answer.attested_sha256 = digest(answer.answer)
    answer.save()
    page = page_text(client, "partner-application")
    assert f"Attested by {admin_user}, Head of product, on {timezone.now():%B}" in page
    assert page.count("Draft: this answer is not attested yet.") == drafts - 1


def test_only_addresses_of_ours_and_https_become_links() -> None:
    for url in ("https://example.com/report", "/servicetitan-ready-websites/security"):
        assert may_be_linked(url)
    for url in ("javascript:alert(1)", "//elsewhere.example", "/\\elsewhere.example", "http://plain.example", "", "x"):
        assert not may_be_linked(url)


def test_an_address_of_the_pack_in_a_sentence_is_a_link() -> None:
    security = "/servicetitan-ready-websites/security"
    assert linked(f"Use {security} today.") == f'Use <a href="{security}">{security}</a> today.'
    assert linked(f"Read it - {security}#gates") == f'<a href="{security}#gates">Read it</a>'
    assert linked("<b>None</b>") == "&lt;b&gt;None&lt;/b&gt;"
    assert linked(f'{security}"onclick="x') == f'<a href="{security}">{security}</a>&quot;onclick=&quot;x'


# --- Archived pages -------------------------------------------------------------------------------


def test_an_old_page_is_marked_and_computes_nothing() -> None:
    pack = pack_at(1)
    html = page_html(pack, pack.pages["api-readiness"], archived=True, newest=7)
    text = read(html).text
    assert "This is version 1 of" in text
    assert "Newest: version 7" in text
    assert "5 ready now 3 engineering required 2 partner gated 4 runbooks" in text
    assert '<meta name="robots" content="noindex">' in html

    newest = current()
    for page in newest.pages.values():
        panels = [section for section in page.sections if section.layout.panel not in {"", "summary"}]
        text = read(page_html(newest, page, archived=True, newest=7)).text
        assert text.count("This part is computed on request and is not part of the version.") == len(panels), page.slug
