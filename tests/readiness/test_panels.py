"""Panels: real rows of the demo tenant, none of other tenants, and no visitor input."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pagetojob.gates.registry import FLAGS
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.coverage import Page, coverage
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, TaxonomyItem
from pagetojob.titanmap.selectors import coverage_of
from readiness import layout, models, panels
from readiness.panels import demo
from readiness.panels.demo_drift import read_drift
from readiness.panels.demo_map import read_map
from readiness.panels.demo_queue import MOST_SHOWN, choose_items, read_queue
from readiness.panels.rows import rows_of_kind
from readiness.services.current import current, forget
from syncqueue.leads.models import Exclusion
from syncqueue.models import Kind, State
from tests.readiness.reading import read
from tests.readiness.trying import counted
from tests.support.drift import make_site, page, say_page
from tests.support.drift import read as read_site
from tests.support.factories import make_lead, make_sync_item, make_taxonomy_item, make_tenant
from tests.support.hostile import hostile
from tests.support.queue import fill_queue, reach

ROOT = "/servicetitan-ready-websites/"
pytestmark = pytest.mark.usefixtures("pack", "tenant")


def text_of(client: Client, slug: str) -> str:
    cache.clear()
    return read(client.get(ROOT + slug).text).text


PERSONAL: dict[str, Any] = {
    "name": "Pamela Privateperson",
    "phone": "(602) 555-0123",
    "phone_e164": "+16025550123",
    "email": "pamela@private.example",
    "street": "77 Secret Lane",
    "city": "Hiddenville",
    "zip": "85999",
    "message": "The key is under the mat.",
    "source": {"referrer": "https://tracker.example/pamela"},
}


def an_item(tenant: Tenant, state: str = State.QUEUED, **facts: Any) -> Any:
    """Store a booking request of a lead with every personal field, in the given state."""
    with scope.tenant(tenant.pk):
        binding = PageBinding.objects.filter(slug="ac-repair-phoenix").first()
        lead = make_lead(tenant=tenant, **PERSONAL, excluded_as=facts.pop("excluded_as", Exclusion.NONE))
        item = make_sync_item(tenant=tenant, lead=lead, binding=binding)
    with scope.worker():
        reach(item, state, **facts)
    return item


# --- The registry ----------------------------------------------------------------------------------


def test_every_panel_the_layout_names_exists() -> None:
    named = {section.panel for section in layout.SECTIONS.values() if section.panel}
    assert named <= set(panels.PANELS)


def test_given_results_replace_what_a_panel_reads() -> None:
    pack = current()
    page = pack.pages["handoff"]
    shown = panels.compute(pack, page, {"simulator": {"given": True}})
    assert shown["simulator"] == {"template": "readiness/panels/handoff.html", "given": True}


@pytest.mark.parametrize("slug", ["sync-queue", "titan-map", "handoff", "importer", "architecture", "connection"])
def test_all_panels_of_a_page_take_at_most_eight_queries(slug: str, tenant: Tenant) -> None:
    fill_queue(tenant, rounds=3)
    pack = current()
    with CaptureQueriesContext(connection) as queries:
        panels.compute(pack, pack.pages[slug])
    assert len(counted(queries)) <= 8, counted(queries)


def test_the_first_reader_after_an_edit_outside_the_admin_waits_for_thirteen_queries_at_most(
    client: Client, tenant: Tenant, settings: Any
) -> None:
    settings.PACK_RECHECK_SECONDS = 3600  # as in production, a request checks the version once
    fill_queue(tenant, rounds=3)
    for slug in layout.PAGES:
        page = models.Page.objects.filter(slug=slug)
        page.update(intro=f"Words of {slug}, changed by nobody in the admin.")
        forget()
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("readiness:landing") if slug == "landing" else f"{ROOT}{slug}")
        assert "changed by nobody in the admin" in answer.text
        assert len(counted(queries)) <= 13, (slug, counted(queries))


@pytest.mark.parametrize("slug", ["sync-queue", "titan-map", "handoff"])
def test_a_page_takes_the_same_queries_however_much_there_is(slug: str, tenant: Tenant) -> None:
    pack = current()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            panels.compute(pack, pack.pages[slug])
        return len(counted(captured))

    before = queries()
    fill_queue(tenant, rounds=3)
    with scope.tenant(tenant.pk):
        for number in range(30):
            make_taxonomy_item(tenant=tenant, name=f"More {number}")
    assert queries() == before


# --- Demo tenants only -----------------------------------------------------------------------------


@pytest.mark.parametrize("read_it", [read_queue, read_map])
def test_a_tenant_that_is_no_demo_is_refused(read_it: Any) -> None:
    with pytest.raises(demo.NotADemo):
        read_it(make_tenant())


@pytest.mark.parametrize("slug", ["sync-queue", "titan-map", "handoff"])
def test_nothing_of_a_tenant_is_shown_once_it_is_no_longer_a_demo(slug: str, client: Client) -> None:
    assert "There is no demo tenant." not in text_of(client, slug)
    Tenant.objects.update(is_demo=False)
    text = text_of(client, slug)
    assert "There is no demo tenant." in text
    assert "ac-repair-phoenix" not in text


def test_another_tenants_rows_are_never_among_the_demos(tenant: Tenant, client: Client) -> None:
    other = make_tenant()
    item = an_item(other)
    with scope.tenant(other.pk):
        make_taxonomy_item(tenant=other, name="Foreign job type")
    assert read_queue(tenant)["books"].captured == 0
    assert read_queue(tenant)["lines"] == []
    assert item.lead.spoken_code not in text_of(client, "sync-queue")
    assert "Foreign job type" not in text_of(client, "titan-map")


# --- The queue -------------------------------------------------------------------------------------


def test_the_queue_shows_what_is_public_of_an_item(tenant: Tenant, client: Client) -> None:
    item = an_item(tenant, State.BLOCKED, cause="gate-shut", last_error="Held back: 7 things are missing.")
    text = text_of(client, "sync-queue")
    for fact in (
        *(item.lead.spoken_code, item.lead.reference, "booking request", "blocked"),
        *(
            "/ac-repair-phoenix",
            "binding ac-repair-phoenix v1",
            "0 none scheduled",
            "Automatic sending isn't approved yet.",
        ),
        "Enter this booking in the customer's ServiceTitan, then mark it as done.",
        "Your request is safe; the handoff is on hold, so a person will enter it manually.",
        "1 captured = 0 delivered + 0 manual complete + 1 waiting + 0 excluded. It balances.",
    ):
        assert fact in text, fact


@pytest.mark.parametrize("state", State.values)
def test_no_word_of_a_visitor_is_shown_in_any_state(state: str, tenant: Tenant, client: Client) -> None:
    an_item(tenant, state, **({} if state in {"queued", "manual complete", "cancelled"} else {"cause": "gave-up"}))
    cache.clear()
    html = client.get(f"{ROOT}sync-queue").text
    assert "PTJ-" in html
    for value in [*PERSONAL.values(), "Booking 4711", "Pamela", "0123", "tracker.example"]:
        # Digits of a hash, a nonce or a second can look like a ZIP code.
        assert not re.search(rf"(?<![\w.-]){re.escape(str(value))}(?![\w-])", html), value


def test_a_path_that_a_visitor_could_make_up_is_not_shown(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
        make_sync_item(tenant=tenant, lead=lead, source="/made-up-by-a-visitor")
    assert [line["source"] for line in read_queue(tenant)["lines"]] == [""]


def test_work_without_a_lead_shows_its_source_and_the_start_of_its_id(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        item = make_sync_item(tenant=tenant, source="job types and business units", dedupe_key="st-ready:taxonomy-demo")
    (line,) = read_queue(tenant)["lines"]
    assert (line["source"], line["reference"]) == ("job types and business units", "st-ready:taxonomy-demo")
    assert str(item.public_id).startswith(line["code"]) and len(line["code"]) == 8


def test_all_states_are_counted_and_the_ledger_balances(tenant: Tenant) -> None:
    fill_queue(tenant, rounds=3)
    queue = read_queue(tenant)
    assert [count["state"] for count in queue["counts"]] == State.values
    with scope.tenant(tenant.pk):
        of_mine = apps.get_model("syncqueue", "SyncItem").objects.filter(tenant=tenant)
        assert [int(count["number"]) for count in queue["counts"]] == [
            of_mine.filter(state=state).count() for state in State.values
        ]
    ledger = queue["books"]
    assert ledger.captured == ledger.delivered + ledger.manual_complete + ledger.waiting + ledger.excluded > 0


def test_an_unbalanced_ledger_is_reported(tenant: Tenant, client: Client) -> None:
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant)
    assert (
        "1 captured = 0 delivered + 0 manual complete + 0 waiting + 0 excluded + 1 missing. It does not balance."
        in text_of(client, "sync-queue")
    )


def test_the_ledger_explains_a_sample_that_waits_and_is_excluded(tenant: Tenant, client: Client) -> None:
    """Explain why an item of the list waits while the ledger counts none as waiting."""
    an_item(tenant, excluded_as=Exclusion.TEST)
    text = text_of(client, "sync-queue")
    assert "1 captured = 0 delivered + 0 manual complete + 0 waiting + 1 excluded. It balances." in text
    assert "The ledger counts requests: sample and test requests are excluded in every state" in text


def test_a_retry_shows_when(tenant: Tenant, client: Client) -> None:
    an_item(tenant, State.RETRYING, cause="database-lost", due_at=datetime(2026, 6, 21, 14, 0, tzinfo=UTC), attempts=2)
    assert "2 next Jun 21, 14:00 UTC" in text_of(client, "sync-queue")


def test_an_empty_queue_is_reported(client: Client) -> None:
    text = text_of(client, "sync-queue")
    assert "This queue is empty." in text and "sample and test requests" not in text
    assert "0 captured = 0 delivered + 0 manual complete + 0 waiting + 0 excluded. It balances." in text


def test_of_many_items_each_kind_in_each_state_is_among_those_shown(tenant: Tenant) -> None:
    for _ in range(30):
        an_item(tenant)
    an_old = an_item(tenant, State.NEEDS_REVIEW, cause="gave-up")
    with scope.tenant(tenant.pk):
        for number in range(18):
            make_sync_item(tenant=tenant, source=f"s{number}")
    queue = read_queue(tenant)
    assert len(queue["lines"]) == MOST_SHOWN and queue["more"]
    assert an_old.lead.spoken_code in [line["code"] for line in queue["lines"]]


def test_telling_keeps_the_order_and_the_limit() -> None:
    class Item:
        def __init__(self, pk: int, state: str) -> None:
            self.pk, self.kind, self.state = pk, Kind.BOOKING_REQUEST, state

    items = [Item(number, "queued") for number in range(10)] + [Item(10, "blocked")]
    assert [item.pk for item in choose_items(items, 3)] == [0, 1, 10]
    assert [item.pk for item in choose_items(items, 99)] == list(range(11))
    assert choose_items([], 3) == []


# --- The Titan Map ---------------------------------------------------------------------------------


def test_the_map_of_the_demo_tenant(client: Client) -> None:
    text = text_of(client, "titan-map")
    for fact in (
        *("AC Repair", "Water Heater Repair inactive", "Phoenix Metro active", "Buckeye paused"),
        *("Phoenix AC repair landing page", "job type AC Repair", "After-hours emergency HVAC dispatch reviews"),
        "7 items with a valid page ÷ 7 that should have one = 100%, rounded down.",
        "not bound missing: job type",
    ):
        assert fact in text, fact


def test_the_score_matches_the_workbench(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        before = coverage_of(tenant)
        make_taxonomy_item(tenant=tenant, name="Heat Pump Repair")
        make_taxonomy_item(tenant=tenant, name="Old Furnace", active=False)
        make_taxonomy_item(tenant=tenant, name="Duct Survey", facts={"advertised": False})
        make_taxonomy_item(tenant=tenant, family=Family.ZONE, name="Far West", zone_state="paused")
        make_taxonomy_item(tenant=tenant, family=Family.MEMBERSHIP, name="Gold Plan")
        after = coverage_of(tenant)
    assert (after.covered, after.expected) == (before.covered, before.expected + 1)
    assert set(after.gaps) - set(before.gaps) == {("job type", "Heat Pump Repair")}
    assert read_map(tenant)["coverage"] == after


def test_a_page_bound_to_something_retired_is_not_bound(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(name="AC Repair").update(active=False)
    shop_map = read_map(tenant)
    pages = {page["binding"].slug: page for page in shop_map["pages"]}
    assert ("ac-repair-phoenix", ("AC Repair",)) in shop_map["coverage"].unsound
    assert pages["ac-repair-phoenix"]["needed"] == ["job type"]
    assert pages["maintenance-tune-up"]["bound"]


def test_only_the_newest_binding_of_a_page_counts(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        PageBinding.objects.create(tenant=tenant, slug="ac-repair-phoenix", version=2, page_path="/ac-repair-phoenix")
    (page,) = [page for page in read_map(tenant)["pages"] if page["binding"].slug == "ac-repair-phoenix"]
    assert page["binding"].version == 2 and not page["bound"]


def test_nothing_to_cover_is_no_score() -> None:
    today = date(2026, 11, 26)
    assert coverage([], [], today).percent is None
    unit = TaxonomyItem(pk=1, family=Family.JOB_TYPE, name="A")
    assert coverage([unit], [Page("a", (1,))], today).percent == 100
    assert coverage([unit], [], today).percent == 0


def test_an_empty_map_is_reported(tenant: Tenant, client: Client) -> None:
    Tenant.objects.update(is_demo=False)
    make_tenant(is_demo=True)
    text = text_of(client, "titan-map")
    assert "There are no pages." in text and "The map has no items." in text and "There are no capacity rules" in text
    assert "No item needs a page yet" in text


def test_a_rule_that_is_switched_off_is_not_shown(tenant: Tenant, client: Client) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.filter(name="Planned maintenance").update(active=False)
    assert "Planned maintenance" not in text_of(client, "titan-map")


# --- Diagrams on their pages ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("sync-queue", ["queued", "manual complete", "A worker moves it to", "needs review"]),
        ("architecture", ["7 of 7 gates", "no API call is made", "Data boundaries", "Never block visitor submission"]),
        ("connection", ["partner approval", "api", "closed", "Booking handoff by", "needed and closed"]),
    ],
)
def test_a_diagram_has_a_text_equivalent(page: str, words: list[str], client: Client) -> None:
    cache.clear()
    html = client.get(ROOT + page).text
    assert 'role="img"' in html and "<title id=" in html and "<desc id=" in html
    text = read(html).text
    assert [word for word in words if word.lower() not in text.lower()] == []
    assert "style=" not in html


def test_the_gates_drawn_are_those_of_the_version() -> None:
    pack = current()
    shown = panels.compute(pack, pack.pages["connection"])["diagram"]
    assert [gate.open for gate in shown["gates"]] == [False] * len(rows_of_kind(pack, "gate"))
    assert {flag.title: set(flag.gates) for flag in shown["flags"]} == {
        flag.title: {gate.value for gate in flag.gates} for flag in FLAGS.values()
    }
    assert {flag.title: flag.state for flag in shown["flags"]} == {
        row["title"]: row["state"] for row in rows_of_kind(pack, "flag")
    }


def test_the_findings_of_the_demo_tenant_are_real_rows_and_say_how_much_was_read(
    client: Client, tenant: Tenant
) -> None:
    assert "has not been read yet" in text_of(client, "drift")
    with hostile() as server, pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "LISTED_ORIGINS", [f"http://127.0.0.1:{server.port}"])
        say_page(server, "/", page("AC Diagnostic: $79"))
        read_site(make_site(tenant, server), User.objects.get(email="operator@pagetojob.example"))
    words = text_of(client, "drift")
    assert "Price differs: AC Diagnostic" in words and "on 1 page" in words and "not read: " in words


def test_no_finding_of_a_tenant_that_is_no_demo_is_shown(db: None) -> None:
    with pytest.raises(demo.NotADemo):
        read_drift(make_tenant())
