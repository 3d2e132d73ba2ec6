"""Texts of the pack as shipped: complete, counted, linked, short, and supported by evidence."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.claims.registry import CLAIMS
from pagetojob.gates.registry import FLAGS, Gate
from pagetojob.gates.scopes import FAMILIES
from pagetojob.platform.tenants.models import User
from pagetojob.retention.periods import PERIODS, Enforcer
from pagetojob.servicetitan.client.responses import LONGEST_WAIT
from readiness.checks import checks
from readiness.layout import PAGES, SECTIONS, section_layout
from readiness.models import AsBuiltNote, Entry, PartnerAnswer, ValidationCase
from readiness.models.protocol import digest
from readiness.services.attest import attest
from readiness.services.content import CONTENT_FOLDER
from readiness.services.current import current, pack_at
from readiness.services.document import all_rows
from readiness.services.versions import publish, words
from readiness.shape import Pack
from readiness.sources.packages import FEATURES
from tests.readiness.editing import open_gate
from tests.readiness.reading import PAGE, read

pytestmark = pytest.mark.usefixtures("pack")
ROOT = "/servicetitan-ready-websites/"
LINK = re.compile(rf"{ROOT}([a-z0-9-]*)(?:#([a-z0-9-]+))?")
#: (page, section) mapped to the expected number of rows.
NUMBERS = {
    ("access-checklist", "items"): 6,
    ("access-checklist", "modules"): 6,
    ("access-checklist", "boundaries"): 4,
    ("connection", "gates"): 5,
    ("connection", "modules"): 5,
    ("connection", "scopes"): 8,
    ("sandbox-validation", "cases"): 7,
    ("sandbox-validation", "claims"): 5,
    ("feature-flags", "flags"): len(FLAGS),
    ("importer", "checks"): 4,
    ("importer", "guardrails"): 5,
    ("claims", "claims"): 5,
    ("claims", "disclaimers"): 4,
}
#: Maximum lengths in characters.
LONGEST = {"title": 120, "heading": 100, "intro": 480, "notice": 240, "field": 600, "item": 240, "evidence": 240}


def texts(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """Yield (location, field, text) of every text on or next to a page."""
    for page in pack.pages.values():
        for name in ("heading", "intro", "notice"):
            yield page.slug, name, getattr(page, name)
        for section in page.sections:
            yield f"{page.slug}#{section.slug}", "heading", section.heading
            yield f"{page.slug}#{section.slug}", "intro", section.intro
    for row in all_rows(pack.document):
        yield row["anchor"], "title", row["title"]
        for field in row["fields"]:
            yield from ((row["anchor"], "item", item) for item in field.get("items", ()))
            yield row["anchor"], "field", field.get("text", "")
        yield from ((row["anchor"], "evidence", entry["summary"]) for entry in row["evidence"])
        yield row["anchor"], "field", row.get("as_built", {}).get("text", "")


#: Words of sentences that deny that a machine ends the rows of a class.
DENIES = re.compile(r"\b(?:no task ends|except for|not built)\b", re.IGNORECASE)


def test_no_text_denies_that_a_period_is_enforced() -> None:
    """Agree with the table of periods: a class that a task ends is not listed as one that nothing ends."""
    enforced = {kind.value for kind, period in PERIODS.items() if period.enforcer in {Enforcer.PURGE, Enforcer.HOURLY}}
    named = re.compile("|".join(rf"\b{re.escape(kind)}s?\b" for kind in sorted(enforced)), re.IGNORECASE)
    denied = [
        (location, sentence)
        for location, label, text in labeled_texts(current())
        for sentence in re.split(r"(?<=[.;])\s", text)
        if DENIES.search(f"{label} {sentence}") and named.search(sentence)
    ]
    assert denied == []
    assert {"outcome", "account"} <= enforced


def test_no_check_of_a_machine_claims_a_review() -> None:
    """Name what the tests show: a machine reviews no page, and no person takes part in its check."""
    claimed = re.compile(r"\b(?:reviewed|approved|audited|certified)\b(?! map)", re.IGNORECASE)
    shown = {anchor: check.shows.replace("No person reviewed", "") for anchor, check in checks().items()}
    assert {anchor for anchor, shows in shown.items() if claimed.search(shows)} == set()


def labeled_texts(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """Yield (location, label, text) of the texts of rows; the label of a field may change what its text means."""
    for row in all_rows(pack.document):
        for field in row["fields"]:
            for text in (field.get("text", ""), *field.get("items", ())):
                yield row["anchor"], field.get("label", ""), text
        yield row["anchor"], "", row.get("as_built", {}).get("text", "")


def test_the_pack_uses_the_words_of_the_screens(client: Client) -> None:
    """Call a gate closed and an item canceled, as everywhere else."""
    assert not re.search(r"\bshut\b", read(client.get(address("claims")).text).text)
    assert "cancelled" not in read(client.get(address("sync-queue")).text).text


def address(slug: str) -> str:
    return ROOT if slug == "landing" else ROOT + slug


def rows_of(page: str, section: str) -> list[dict[str, Any]]:
    section_found = current().section(page, section)
    assert section_found is not None, (page, section)
    return section_found.rows


@pytest.mark.parametrize("slug", PAGES)
def test_a_page_is_written_and_opens(client: Client, slug: str) -> None:
    if slug not in {"landing", "api-readiness"}:
        assert (CONTENT_FOLDER / "pages" / f"{slug}.yaml").exists()
    answer = client.get(address(slug))
    assert answer.status_code == 200
    assert current().pages[slug].heading in read(answer.text).text
    assert "This section has no lines yet." not in answer.text


def test_every_page_is_visible() -> None:
    assert {path.stem for path in (CONTENT_FOLDER / "pages").iterdir()} <= set(PAGES)


def test_every_section_of_the_layout_is_written() -> None:
    sections = {place: current().section(*place) for place in SECTIONS}
    assert [place for place, section in sections.items() if section is None] == []
    assert [place for place, section in sections.items() if section and section.layout.rows and not section.rows] == []


def test_every_entry_is_visible() -> None:
    hidden = [
        entry.slug
        for entry in Entry.objects.select_related("section__page")
        if section_layout(entry.section.page.slug, entry.section.slug).rows != "entry"
    ]
    assert hidden == []


def test_a_section_has_as_many_rows_as_it_must() -> None:
    assert {place: len(rows_of(*place)) for place in NUMBERS} == NUMBERS


def test_the_partner_application_answers_ten_to_fourteen_questions() -> None:
    answers = rows_of("partner-application", "answers")
    assert 10 <= len(answers) <= 14
    assert not any("attested" in row for row in answers)


def test_the_partner_application_states_the_longest_wait_and_where_to_report_a_weakness() -> None:
    answers = {row["slug"]: row["fields"][0]["text"] for row in rows_of("partner-application", "answers")}
    assert LONGEST_WAIT == 60 * 60 and "up to an hour" in answers["limits-and-duplicates"]
    assert reverse("security-txt") in answers["incidents"]
    assert "architecture#flow" in answers["storage-and-isolation"]
    assert "additional scopes are not used" in answers["customer-authorization"]


def test_the_connection_page_counts_manual_modules() -> None:
    page = current().pages["connection"]
    counted = {count.label: count.value for count in page.counters}
    assert (counted["gates"], counted["module gates"], counted["scope families"]) == (5, 5, 8)
    assert counted["ready now"] == 4
    assert [row["status"] for row in rows_of("connection", "gates")] == [
        "partner gated",
        "customer required",
        "engineering required",
        "partner gated",
        "ready now",
    ]


def test_dispatch_is_only_on_the_access_checklist() -> None:
    everywhere = {row["anchor"] for row in rows_of("access-checklist", "modules")}
    on_connection = {row["anchor"] for row in rows_of("connection", "modules")}
    assert everywhere - on_connection == {"module-dispatch"}


def fields_of(page: str, section: str) -> list[dict[str, str | list[str]]]:
    """Return the fields of each row of a section by their label."""
    return [
        {field["label"]: field.get("text") or field["items"] for field in row["fields"]}
        for row in rows_of(page, section)
    ]


def test_each_support_runbook_shows_severity_steps_and_safe_words() -> None:
    runbooks = fields_of("support", "runbooks")
    assert len(runbooks) == 6
    for fields in runbooks:
        assert {"Severity", "Response steps", "Never claim", "Safe to tell the customer"} <= set(fields)
        assert len(fields["Response steps"]) > 2


def test_each_package_lists_its_contents_needs_and_limits() -> None:
    packages = fields_of("packages", "packages")
    assert len(packages) == 3
    for fields in packages:
        assert {"Included", "Needs from you", "Not included"} <= set(fields)


def test_lines_that_are_built_name_the_evidence_they_still_require(client: Client) -> None:
    def lines() -> list[dict[str, Any]]:
        rows = [row for row in all_rows(current().document) if row.get("status") == "engineering required"]
        return [row for row in rows if row["kind"] == "checklistitem"]

    assert len(lines()) == 3
    for row in lines():
        assert row["as_built"]["text"] and row["as_built"]["waits_for"]
        assert not any(gate["open"] for gate in row["as_built"]["waits_for"])
    assert "Evidence still required before the status can change" in client.get(PAGE).text
    open_gate()
    opened = [gate["gate"] for row in lines() for gate in row["as_built"]["waits_for"] if gate["open"]]
    assert set(opened) == {Gate.PARTNER_APPROVAL.value} and len(lines()) == 3


def test_each_package_has_the_least_module_and_scopes_of_its_additions() -> None:
    assert set(FEATURES) == {row["title"] for row in rows_of("packages", "packages")}
    additions = {slug for slugs in FEATURES.values() for slug in slugs}
    assert additions == {slug for slug, flag in FLAGS.items() if flag.gates}
    growth = fields_of("packages", "scopes")[1]
    assert growth["Needed today"] == "No ServiceTitan module and no scope."
    assert (
        "Closed-loop revenue: module Accounting; scopes tn.jpm.jobs:r, tn.acc.invoices:r, tn.acc.payments:r"
        in (growth["Possible additions, each gated"])
    )


def test_the_support_owner_is_whoever_attests_the_words_for_customers(client: Client, editor: User) -> None:
    support = "/servicetitan-ready-websites/support"
    assert "this answer is not attested yet" in client.get(support).text
    answer = PartnerAnswer.objects.get(slug="support-owner")
    attest(answer=answer, actor=editor, title="Support owner", seen=digest(answer.answer))
    assert f"Attested by <strong>{editor.name}</strong>, Support owner," in client.get(support).text


def test_each_api_family_has_its_row_in_the_order_of_the_matrix() -> None:
    assert tuple(row["slug"] for row in rows_of("connection", "scopes")) == tuple(name.lower() for name in FAMILIES)


def test_each_case_waits_for_access_and_serves_a_claim_a_sandbox_can_help() -> None:
    cases = rows_of("sandbox-validation", "cases")
    assert {row["status"] for row in cases} == {"partner gated"}
    for row in cases:
        kinds = {field["name"]: field for field in row["fields"]}
        assert {"category", "objective", "setup", "steps", "expected", "failure"} == set(kinds)
        assert len(kinds["steps"]["items"]) >= 3
    served = set(ValidationCase.objects.values_list("claim", flat=True))
    assert served == set(CLAIMS) - {"marketplace-approval"}


def test_every_link_leads_to_a_page_and_a_place_on_it(client: Client) -> None:
    pages = {slug: set(read(client.get(address(slug)).text).ids) for slug in PAGES}
    links = [(where, link) for where, _, text in texts(current()) for link in LINK.finditer(text)]
    assert len(links) > 20
    lost = [
        f"{where}: {link[0]}"
        for where, link in links
        if (slug := link[1] or "landing") not in pages or (link[2] and link[2] not in pages[slug])
    ]
    assert lost == []


def test_no_text_is_longer_than_it_needs_to_be() -> None:
    too_long = [(where, what, len(text)) for where, what, text in texts(current()) if len(text) > LONGEST[what]]
    # Disclaimers and table columns have no length limit.
    assert [entry for entry in too_long if not entry[0].startswith(("disclaimer-", "table-"))] == []


def test_every_note_belongs_to_a_line_of_the_original_page() -> None:
    seed = {row["anchor"] for row in all_rows(pack_at(1).document)}
    notes = {row["anchor"]: row["as_built"] for row in all_rows(current().document) if "as_built" in row}
    assert set(notes) == set(AsBuiltNote.objects.values_list("slug", flat=True))
    assert set(notes) <= seed
    assert {note["dated"] for note in notes.values()} == {"2026-11-26", "2026-11-29", "2026-11-30"}


def test_no_two_things_on_a_page_share_an_anchor(client: Client) -> None:
    ids = {slug: Counter(read(client.get(address(slug)).text).ids) for slug in PAGES}
    assert [(slug, name) for slug, counts in ids.items() for name, number in counts.items() if number > 1] == []


def test_an_anchor_is_unique_in_the_pack() -> None:
    by_anchor: dict[str, Any] = {}
    for page in current().document["pages"]:
        for section in page["sections"]:
            for row in section["rows"]:
                assert by_anchor.setdefault(row["anchor"], row) == row


def test_ready_now_lines_have_readable_evidence(client: Client) -> None:
    ready = [row for row in all_rows(current().document) if row.get("stored_status") == "ready now"]
    assert len(ready) > 5
    for row in ready:
        valid = [entry for entry in row["evidence"] if entry["state"] == "valid"]
        assert row["status"] == "ready now"
        assert valid, row["anchor"]
        for entry in valid:
            assert entry["grade"] == "signed test run"
            assert client.get(entry["url"].partition("#")[0]).status_code == 200, row["anchor"]


def test_the_same_words_make_no_new_version() -> None:
    assert publish(cause="Nothing was changed.") is None


def test_every_text_is_clean() -> None:
    for where, what, text in texts(current()):
        assert text == text.strip(), where
        assert "  " not in text, where
        # Detect placeholders and markup left in texts, including this marker itself.
        assert not re.search(r"TODO|lorem|</?[a-z]+>", text), where
        if what in {"intro", "notice", "evidence"} and text:
            assert text.endswith("."), (where, what)
    assert all(words(row) for row in all_rows(current().document))
