"""The tenant's public website: its content, its calls to action, and the claims it never makes."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.demo.data import load_demo
from pagetojob.demo.map import HOURS, PAGES
from pagetojob.gates.models import Flag
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, PageKind, TaxonomyItem
from syncqueue.leads.models import Lead
from syncqueue.services import site
from tests.support.factories import PASSWORD, make_taxonomy_item
from tests.support.publishing import publish_map

SITE = "/sites/desert-peak"
MONDAY_NOON = datetime(2026, 6, 22, 19, 0, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 6, 23, 4, 30, tzinfo=UTC)
NAUGHTY = "<script>alert(1)</script>\"'&{{ 7*7 }}%\u202e李 🙂"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_clock


def asked(page: str) -> list[str]:
    """Return the calls to action in the order shown: call, request."""
    hero = page.partition('class="hero__actions"')[2].partition("</p>")[0]
    return ["call" if href.startswith("tel:") else "request" for href in re.findall(r'href="([^"]+)"', hero)]


def bind(tenant: Tenant, path: str, **facts: Any) -> PageBinding:
    with scope.tenant(tenant.pk):
        return PageBinding.objects.create(tenant=tenant, slug=path.strip("/"), page_path=path, label="test", **facts)


def item(tenant: Tenant, name: str) -> TaxonomyItem:
    with scope.tenant(tenant.pk):
        return TaxonomyItem.objects.get(name=name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["slug"])
def test_every_binding_has_its_page(client: Client, tenant: Tenant, page: Any) -> None:
    answer = client.get(SITE + page["page_path"])
    assert answer.status_code == 200
    assert f"<h1>{page['headline']}</h1>" in answer.text
    assert "(602) 555-0100" in answer.text and 'href="tel:+16025550100"' in answer.text
    assert "Monday to Friday" in answer.text and "7:00 AM to 6:00 PM" in answer.text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page["slug"])
def test_no_page_mentions_servicetitan_or_unknown_facts(client: Client, tenant: Tenant, page: Any) -> None:
    text = client.get(SITE + page["page_path"]).text.lower()
    for word in ("servicetitan", "review", "rating", "licensed", "insured", "guarantee", "24/7", "$", "book online"):
        assert word not in text.replace("needs-review", ""), word
    assert "fictional" in text and "pagetojob" in text


def test_the_home_page_leads_to_every_service_area_and_offer(client: Client, tenant: Tenant) -> None:
    text = client.get(SITE + "/").text
    for page in PAGES:
        assert f'href="{SITE}{page["page_path"]}"' in text
    assert "Water Heater" not in text
    for words in ("Served", "Emergencies only", "New area", "Paused"):
        assert words in text


def test_the_newest_version_of_a_page_is_shown(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        old = PageBinding.objects.get(slug="maintenance-tune-up")
        PageBinding.objects.create(
            tenant=tenant,
            slug=old.slug,
            version=2,
            page_path=old.page_path,
            headline="The second",
            job_type=old.job_type,
        )
    assert "<h1>The second</h1>" in client.get(SITE + "/maintenance-tune-up").text
    home = client.get(SITE + "/").text
    assert "The second" in home and old.headline not in home


def test_each_page_has_the_form_and_sends_its_path(client: Client, tenant: Tenant) -> None:
    for page in PAGES:
        text = client.get(SITE + page["page_path"]).text
        action = f'{SITE}/request-appointment?page={page["page_path"].replace("/", "%2F")}"'
        assert (action in text) is (page["slug"] != "area-buckeye"), page["slug"]


def test_the_form_asks_for_the_page_s_service(client: Client, tenant: Tenant) -> None:
    text = client.get(SITE + "/maintenance-tune-up").text
    assert '<option value="Maintenance Tune-Up" selected>' in text


@pytest.mark.parametrize(
    ("page", "moment", "expected"),
    [
        ("/", MONDAY_NOON, ["request", "call"]),
        ("/ac-repair-phoenix", MONDAY_NOON, ["request", "call"]),
        ("/ac-repair-phoenix", MONDAY_NIGHT, ["request", "call"]),
        ("/emergency-ac-repair", MONDAY_NOON, ["call", "request"]),
        ("/emergency-ac-repair", MONDAY_NIGHT, ["call", "request"]),
        ("/maintenance-tune-up", MONDAY_NOON, ["request", "call"]),
        ("/areas/apache-junction", MONDAY_NOON, ["call", "request"]),
        ("/areas/queen-creek", MONDAY_NOON, ["request", "call"]),
        ("/areas/buckeye", MONDAY_NOON, ["call"]),
    ],
)
def test_the_rules_choose_what_a_page_asks_for(  # noqa: PLR0917 - fixtures
    client: Client, tenant: Tenant, at: Callable[[datetime], None], page: str, moment: datetime, expected: list[str]
) -> None:
    at(moment)
    assert asked(client.get(SITE + page).text) == expected


def test_the_page_explains_the_call_to_action(client: Client, tenant: Tenant, at: Callable[[datetime], None]) -> None:
    at(MONDAY_NIGHT)
    text = client.get(SITE + "/emergency-ac-repair").text
    assert "It is after hours: call for an emergency, or request the next available appointment." in text
    assert "Closed; opens tomorrow at 7:00 AM" in text


def test_a_scheduler_that_is_not_there_is_not_promised(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        assert CapacityRule.objects.get(name="Planned maintenance").primary == "scheduler"
    text = client.get(SITE + "/maintenance-tune-up").text
    assert "Request the next available appointment" in text
    assert "Book online" not in text and "scheduler" not in text.lower()


def test_without_rules_and_hours_a_page_still_asks_and_a_paused_area_still_does_not(
    client: Client, tenant: Tenant
) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.update(active=False)
        BusinessProfile.objects.update(hours={})
    text = client.get(SITE + "/ac-repair-phoenix").text
    assert asked(text) == ["request", "call"] and "Call us for our office hours." in text
    paused = client.get(SITE + "/areas/buckeye").text
    assert asked(paused) == ["call"] and "Send my request" not in paused
    form = client.get(SITE + "/request-appointment?page=/areas/buckeye").text
    assert "Send my request" in form and "Or send this form" not in form and "If you cannot call" in form


def test_a_rule_cannot_ask_for_requests_in_a_paused_area(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.update(zone_state="", page_slug="", urgency="", hours="", primary="request")
    assert asked(client.get(SITE + "/areas/buckeye").text) == ["call"]


def test_a_rule_that_only_calls_leaves_the_form_out(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        CapacityRule.objects.update(active=False)
        CapacityRule.objects.create(tenant=tenant, name="Phone only", primary="call now", sentence="Call.", position=1)
    text = client.get(SITE + "/ac-repair-phoenix").text
    assert asked(text) == ["call"] and "Send my request" not in text


def test_a_killed_form_turns_pages_phone_first(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        Flag.objects.filter(slug="booking-request-fallback").update(killed=True)
    text = client.get(SITE + "/ac-repair-phoenix").text
    assert asked(text) == ["call"]
    assert "The request form is not available right now" in text and "Send my request" not in text


def test_a_tenant_without_anything_has_a_home_page(client: Client, other_tenant: Tenant) -> None:
    answer = client.get(f"/sites/{other_tenant.slug}/")
    assert answer.status_code == 200
    assert f"<h1>{other_tenant.name}</h1>" in answer.text
    assert asked(answer.text) == ["request"] and "tel:" not in answer.text
    assert "fictional" not in answer.text and "noindex" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/sites/nobody/",
        "/sites/nobody/ac-repair-phoenix",
        SITE + "/no-such-page",
        SITE + "/AC-Repair-Phoenix",
        SITE + "/%00",
        SITE + "/../../etc/passwd",
        SITE + "/" + "x" * 400,
        SITE + "/%F0%9F%99%82",
        SITE + "/ac-repair-phoenix%0A",
        SITE + "/ac-repair-phoenix;drop",
    ],
)
def test_a_missing_page_returns_404(client: Client, tenant: Tenant, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_business_shows_the_picture_of_its_trade_also_in_the_demo(client: Client, tenant: Tenant) -> None:
    """A demo roofer in Missouri showed a cactus and an air conditioner."""
    assert tenant.is_demo and "picture__plant" in client.get(SITE + "/").text
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(trades=["roofing"])
    page = client.get(SITE + "/").text
    assert 'class="picture"' in page and "picture__plant" not in page and "picture__unit" not in page


def test_a_missing_page_keeps_the_name_and_number_of_the_business(client: Client, tenant: Tenant) -> None:
    client.get(SITE + "/")
    page = client.get(SITE + "/no-such-page")
    assert page.status_code == 404 and "Page not found · Desert Peak" in page.text and "(602) 555-0100" in page.text
    for text in (
        "Request an appointment</a>",
        "We can help with: AC Repair",
        "See our services</a>",
        "7:00 AM to 6:00 PM",
    ):
        assert text in page.text, "a visitor with an old link finds hours, services and the form"
    assert f'<a href="{SITE}/">Go to the home page</a>' in page.text and "Sign in" not in page.text
    assert "Desert Peak" not in client.get("/sites/nobody/no-such-page").text


def test_the_page_of_another_tenant_returns_404(client: Client, tenant: Tenant, other_tenant: Tenant) -> None:
    bind(other_tenant, "/only-theirs", headline="Theirs")
    assert client.get(f"/sites/{other_tenant.slug}/only-theirs").status_code == 200
    assert client.get(SITE + "/only-theirs").status_code == 404
    assert client.get(f"/sites/{other_tenant.slug}/ac-repair-phoenix").status_code == 404
    assert "Desert Peak" not in client.get(f"/sites/{other_tenant.slug}/").text


def test_a_page_bound_to_a_page_path_of_the_form_does_not_hide_it(client: Client, tenant: Tenant) -> None:
    bind(tenant, "/request-appointment", headline="Not the form")
    assert "Not the form" not in client.get(SITE + "/request-appointment").text


def test_home_without_its_slash_redirects_with_campaign_parameters(client: Client, tenant: Tenant) -> None:
    answer = client.get(SITE + "?utm_source=google")
    assert (answer.status_code, answer["Location"]) == (302, SITE + "/?utm_source=google")


def test_pages_are_only_read(client: Client, tenant: Tenant) -> None:
    assert client.post(SITE + "/ac-repair-phoenix").status_code == 405
    assert client.head(SITE + "/").status_code == 200
    with scope.tenant(tenant.pk):
        assert not Lead.objects.exists()


def test_the_page_of_a_retired_service_shows_it_and_has_no_form(client: Client, tenant: Tenant) -> None:
    bind(tenant, "/water-heaters", headline="Water heaters", job_type=item(tenant, "Water Heater Repair"))
    text = client.get(SITE + "/water-heaters").text
    assert "We no longer offer Water Heater Repair" in text
    assert asked(text) == ["call"] and "Send my request" not in text
    assert "water-heaters" not in client.get(SITE + "/").text


def test_a_zone_that_was_given_up_is_not_offered(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(name="Queen Creek").update(active=False)
    publish_map(tenant)
    assert "We no longer offer Queen Creek" not in client.get(SITE + "/").text
    assert "Queen Creek" not in client.get(SITE + "/").text
    text = client.get(SITE + "/areas/queen-creek").text
    assert "We no longer work in Queen Creek" in text and asked(text) == ["call"]


def test_an_offer_that_ended_shows_it_and_is_not_listed(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(family=Family.OFFER).update(active=False)
    publish_map(tenant)
    text = client.get(SITE + "/offers/summer-cooling-check").text
    assert "This offer has ended" in text and "No end date has been set" not in text
    assert "See the offer" not in client.get(SITE + "/").text


def test_an_offer_shows_who_it_is_for_and_until_when(client: Client, tenant: Tenant) -> None:
    assert "No end date has been set" in client.get(SITE + "/offers/summer-cooling-check").text
    with scope.tenant(tenant.pk):
        TaxonomyItem.objects.filter(family=Family.OFFER).update(detail="")
    publish_map(tenant)
    assert "Ask us for details when you call" in client.get(SITE + "/offers/summer-cooling-check").text


def test_a_page_without_a_headline_is_named_by_what_it_is_bound_to(client: Client, tenant: Tenant) -> None:
    job, zone = item(tenant, "AC Repair"), item(tenant, "Queen Creek")
    for path, facts, title in (
        ("/one", {"job_type": job, "zone": zone}, "AC Repair in Queen Creek"),
        ("/two", {"zone": zone}, "Queen Creek"),
        ("/three", {}, "Desert Peak Heating &amp; Air"),
        (
            "/four",
            {"kind": PageKind.OFFER, "offer": item(tenant, "Cooling Check With Every AC Repair")},
            "Cooling Check",
        ),
    ):
        bind(tenant, path, **facts)
        assert f"<h1>{title}" in client.get(SITE + path).text


def test_a_service_without_a_page_is_named_all_the_same(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        make_taxonomy_item(tenant=tenant, name="Duct Cleaning")
    assert f'href="{SITE}/services/duct-cleaning"' in client.get(SITE + "/").text


def test_what_people_type_is_shown_as_text(client: Client, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        zone = make_taxonomy_item(tenant=tenant, family=Family.ZONE, name=NAUGHTY, detail=NAUGHTY)
        offer = make_taxonomy_item(tenant=tenant, family=Family.OFFER, name=NAUGHTY, detail=NAUGHTY)
        CapacityRule.objects.update(sentence=NAUGHTY)
        BusinessProfile.objects.update(phone=NAUGHTY[:40], service_area=NAUGHTY)
    bind(tenant, "/naughty", headline=NAUGHTY, intro=f"{NAUGHTY}\n\n{NAUGHTY}", zone=zone, offer=offer)
    for path in ("/naughty", "/"):
        answer = client.get(SITE + path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;{{ 7*7 }}" in answer.text


@pytest.mark.parametrize("hours", ["always", {"mon": "nine to five"}, [], 7, {"mon": [["9"]]}])
def test_hours_that_cannot_be_read_break_no_page(client: Client, tenant: Tenant, hours: Any) -> None:
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.update(hours=hours)
    assert "Call us for our office hours." in client.get(SITE + "/").text


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return len([query for query in queries if "SAVEPOINT" not in query["sql"]])


def test_a_page_costs_the_same_however_much_there_is(client: Client, tenant: Tenant) -> None:
    before = [queries_of(client, SITE + path) for path in ("/", "/ac-repair-phoenix")]
    with scope.tenant(tenant.pk):
        for number in range(15):
            zone = make_taxonomy_item(tenant=tenant, family=Family.ZONE, name=f"Zone {number}", zone_state="active")
            job = make_taxonomy_item(tenant=tenant)
            facts = {"tenant": tenant, "label": "x", "zone": zone, "job_type": job}
            for kind in PageKind:
                path = f"/{kind}-{number}".replace(" ", "-")
                PageBinding.objects.create(**facts, slug=path[1:], page_path=path, kind=kind)
            CapacityRule.objects.create(
                tenant=tenant, name=f"Rule {number}", page_slug="none", primary="request", position=1
            )
    assert [queries_of(client, SITE + path) for path in ("/", "/ac-repair-phoenix")] == before
    assert max(before) <= 11, before


def test_the_attribution_source_is_stored_from_any_page(client: Client, tenant: Tenant) -> None:
    client.get(SITE + "/?utm_source=google")
    assert "landing" in client.cookies


@pytest.mark.django_db(transaction=True)
def test_without_a_database_there_is_a_number_to_call(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    client.get(SITE + "/")
    site.forget()  # the web process was restarted as well
    database_away()
    for path in ("/", "/ac-repair-phoenix", "/no-such-page"):
        answer = client.get(SITE + path)
        assert answer.status_code == 503 and answer["Retry-After"]
        assert "(602) 555-0100" in answer.text and "Monday to Friday" in answer.text
        assert "Send my request" not in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_site_never_read_apologizes_without_a_number(
    client: Client, tenant: Tenant, database_away: Callable[[], None]
) -> None:
    database_away()
    answer = client.get(SITE + "/ac-repair-phoenix")
    assert answer.status_code == 503 and "Please come back in a minute" in answer.text


def test_the_facts_written_by_an_older_release_are_read(tmp_path: Any, settings: Any) -> None:
    settings.SITE_FACTS_FOLDER = str(tmp_path)
    (tmp_path / "older.json").write_text('{"slug": "older", "name": "Older", "time_zone": "UTC", "services": ["A"]}')
    facts = site.last_known("older")
    site.forget()
    assert facts is not None and (facts.services, facts.hours, facts.tel) == (("A",), {}, "")


def test_an_older_demo_gets_what_it_lacks_and_keeps_what_was_changed(tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.update(hours={}, phone="(602) 555-0111")
        TaxonomyItem.objects.filter(name="Phoenix Metro").update(zone_state="", detail="")
        TaxonomyItem.objects.filter(name="Buckeye").update(zone_state="active")
        PageBinding.objects.filter(slug="ac-repair-phoenix").update(headline="", intro="")
        PageBinding.objects.filter(slug="emergency-ac-repair").update(headline="Ours", intro="")
        CapacityRule.objects.filter(name="Paused area").update(active=False, sentence="Changed.")
    load_demo(PASSWORD)
    with scope.tenant(tenant.pk):
        profile = BusinessProfile.objects.get()
        zones = {zone.name: zone.zone_state for zone in TaxonomyItem.objects.filter(family=Family.ZONE)}
        pages = {page.slug: page for page in PageBinding.objects.all()}
        rule = CapacityRule.objects.get(name="Paused area")
    assert (profile.hours, profile.phone) == (HOURS, "(602) 555-0111")
    assert (zones["Phoenix Metro"], zones["Buckeye"]) == ("active", "active")
    assert pages["ac-repair-phoenix"].headline and pages["ac-repair-phoenix"].intro
    assert pages["emergency-ac-repair"].headline == "Ours" and pages["emergency-ac-repair"].intro
    assert (rule.active, rule.sentence) == (False, "Changed.")


def test_loading_the_demo_stays_cheap(tenant: Tenant) -> None:
    with CaptureQueriesContext(connection) as queries:
        load_demo(PASSWORD)
    assert len(queries) < 40, len(queries)
