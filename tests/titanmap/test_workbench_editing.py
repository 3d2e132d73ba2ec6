"""Changing the map by hand: items, drafts that a second person approves, capacity rules, hours and holidays."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.titanmap.drafts import OPEN
from pagetojob.titanmap.models import CapacityRule, DraftState, Family, PageBinding, PageDraft, TaxonomyItem
from pagetojob.titanmap.rules import is_season_day
from pagetojob.titanmap.selectors import binding_for_page
from pagetojob.titanmap.workbench import page_field
from tests.drift.opened import at, opened
from tests.support.cast import SignIn
from tests.support.sentences import WAITING, approve_sentence
from tests.titanmap.forms import PAGE, RULE_FIELDS, draft_fields, newest_draft


def heading(tenant: Tenant) -> str:
    with scope.tenant(tenant.pk):
        binding = binding_for_page(tenant, f"/{PAGE}")
        assert binding is not None
        return binding.headline


def approve(client: Client, draft: PageDraft) -> Any:
    """Approve a draft on its page, as it is shown now."""
    shown = opened(client, "draft", draft.public_id)
    return client.post(at("draft-act", draft.public_id), shown | {"act": "approve", "reason": "Good."})


def test_draft_has_no_effect_until_approved_by_a_second_person(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant, client: Client
) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    page = writer.post(at("draft-new", PAGE), draft_fields(tenant, headline="Cool again by tonight"), follow=True)
    assert "Cool again by tonight" in page.text and "Send for review" in page.text
    draft = newest_draft(tenant)
    assert second.get(at("draft-new", PAGE), follow=True).request["PATH_INFO"] == at("draft", draft.public_id)
    early = approve(second, draft)
    assert early.status_code == 422 and "Someone else changed this draft" in early.text
    writer.post(at("draft-send", draft.public_id))
    assert "A draft of the next version is in review" in second.get(at("page", PAGE)).text
    assert "Drafts</h2>" in second.get(at("pages")).text
    own = approve(writer, draft)
    assert own.status_code == 422 and "A second person has to approve it" in own.text
    assert "Approve version" not in writer.get(at("draft", draft.public_id)).text
    assert heading(tenant) != "Cool again by tonight"
    assert "Cool again by tonight" not in client.get(f"/sites/desert-peak/{PAGE}").text
    assert "Approve version 2" in second.get(at("draft", draft.public_id)).text
    User.objects.filter(pk=operator.pk).update(is_active=False)
    assert "no longer has the role" in approve(second, draft).text
    shown = second.get(at("draft", draft.public_id)).text
    assert LOST in shown and "Approve version" not in shown and "Return draft" in shown
    User.objects.filter(pk=operator.pk).update(is_active=True)
    approve(second, draft)
    assert heading(tenant) == "Cool again by tonight"
    assert "version 2</a>" in second.get(at("draft", draft.public_id)).text
    with scope.tenant(tenant.pk):
        assert PageDraft.objects.get().became == 2


def test_database_requires_a_second_person(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        draft = PageDraft.objects.create(
            tenant=tenant, slug="x", page_path="/x", label="x", written_by=operator, reason="x"
        )
        PageDraft.objects.filter(pk=draft.pk).update(state=DraftState.REVIEW, version=1)
        with pytest.raises(IntegrityError, match="page_draft_second_person"), transaction.atomic():
            PageDraft.objects.filter(pk=draft.pk).update(
                state=DraftState.APPROVED, version=2, decided_by=operator, became=1
            )


def test_stale_draft_cannot_be_approved(signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    writer.post(at("draft-new", PAGE), draft_fields(tenant, headline="Mine"))
    draft = newest_draft(tenant)
    writer.post(at("draft-send", draft.public_id))
    with scope.tenant(tenant.pk):
        newest = PageBinding.objects.filter(slug=PAGE).order_by("-version")[0]
        columns = {name: getattr(newest, name) for name in PageBinding.CONTENT_FIELDS}
        PageBinding.objects.create(tenant=tenant, slug=PAGE, version=newest.version + 1, **columns)
    assert "The page has changed since" in second.get(at("draft", draft.public_id)).text
    answer = approve(second, draft)
    assert answer.status_code == 422 and "its version is now 2" in answer.text
    writer.post(at("draft-act", draft.public_id), {"act": "set-aside", "reason": "Written anew."})
    with scope.tenant(tenant.pk):
        assert not PageDraft.objects.filter(state__in=OPEN).exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Nothing differs"),
        ({"headline": "An approved ServiceTitan partner"}, "makes an unproven claim"),
        ({"page_path": "/Not A Path"}, "Enter a page path such as"),
        ({"page_path": "/maintenance-tune-up"}, "belongs to the binding"),
        ({"based_on": 7}, "The page has changed"),
        ({"reason": ""}, "Enter a reason"),
    ],
)
def test_invalid_draft_is_refused(
    signed_in: SignIn, operator: User, tenant: Tenant, changes: dict[str, Any], sentence: str
) -> None:
    answer = signed_in(operator).post(at("draft-new", PAGE), draft_fields(tenant, **changes))
    assert answer.status_code == 422 and sentence in answer.text
    with scope.tenant(tenant.pk):
        assert not PageDraft.objects.exists()


def test_draft_with_a_sentence_on_a_gated_topic_is_published_once_it_is_approved(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    writer.post(at("draft-new", PAGE), draft_fields(tenant, headline=WAITING))
    draft = newest_draft(tenant)
    writer.post(at("draft-send", draft.public_id))
    refused = approve(second, draft)
    assert refused.status_code == 422 and "second person approves first" in refused.text
    approve_sentence(WAITING)
    approve(second, draft)
    assert heading(tenant) == WAITING


def test_draft_publishes_no_offer_whose_terms_overclaim(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    with scope.tenant(tenant.pk):
        offer = TaxonomyItem.objects.create(
            tenant=tenant, family=Family.OFFER, name="Winter check", detail="From a certified ServiceTitan partner."
        )
    writer = signed_in(operator)
    writer.post(at("draft-new", PAGE), draft_fields(tenant, offer=offer.pk))
    draft = newest_draft(tenant)
    writer.post(at("draft-send", draft.public_id))
    answer = approve(signed_in(lead_operator), draft)
    assert answer.status_code == 422 and "offer “Winter check” makes an unproven claim" in answer.text
    with scope.tenant(tenant.pk):
        assert not TaxonomyItem.objects.get(pk=offer.pk).published


def test_returned_draft_is_edited_by_another_person(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    writer.post(at("draft-new", PAGE), draft_fields(tenant, headline="First try"))
    draft = newest_draft(tenant)
    writer.post(at("draft-send", draft.public_id))
    edit = at("draft-edit", draft.public_id)
    fields = draft_fields(tenant, headline="Second try") | {
        "seen": opened(second, "draft-edit", draft.public_id)["seen"]
    }
    assert "Return it to editing" in second.post(edit, fields).text
    second.post(at("draft-act", draft.public_id), {"act": "give-back", "reason": "Shorter, please."})
    second.post(edit, fields)
    second.post(at("draft-send", draft.public_id))
    refused = approve(second, draft)
    assert refused.status_code == 422, "who changed it last has written it"
    approve(writer, draft)
    assert heading(tenant) == "Second try"


def test_a_draft_that_was_rewritten_is_not_approved_from_the_page_of_its_first_text(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer, second = signed_in(operator), signed_in(lead_operator)
    writer.post(at("draft-new", PAGE), draft_fields(tenant, headline="Cool again by tonight"))
    draft = newest_draft(tenant)
    writer.post(at("draft-send", draft.public_id))
    shown = opened(second, "draft", draft.public_id)
    writer.post(at("draft-act", draft.public_id), {"act": "give-back", "reason": "A typo."})
    fields = draft_fields(tenant, headline="Free repairs for everyone")
    writer.post(at("draft-edit", draft.public_id), opened(writer, "draft-edit", draft.public_id) | fields)
    writer.post(at("draft-send", draft.public_id))
    for stale in (shown, {}):
        refused = second.post(at("draft-act", draft.public_id), stale | {"act": "approve", "reason": "Good."})
        assert refused.status_code == 422 and "Someone else changed this draft" in refused.text
    assert "Free repairs for everyone" in refused.text and heading(tenant) != "Free repairs for everyone"
    approve(second, draft)
    assert heading(tenant) == "Free repairs for everyone"


def test_the_second_person_sees_the_whole_text_of_a_draft(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    intro = "We repair air conditioners. " * 20 + "The last sentence."
    signed_in(operator).post(at("draft-new", PAGE), draft_fields(tenant, intro=intro))
    assert "The last sentence." in signed_in(lead_operator).get(at("draft", newest_draft(tenant).public_id)).text


def test_two_versions_are_compared(signed_in: SignIn, viewer: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        first = PageBinding.objects.get(slug=PAGE)
        columns = {name: getattr(first, name) for name in PageBinding.CONTENT_FIELDS}
        for version, headline in ((2, "Two"), (3, "Three")):
            PageBinding.objects.create(tenant=tenant, slug=PAGE, version=version, **columns | {"headline": headline})
    client = signed_in(viewer)
    page = client.get(at("page", PAGE), {"from": "1", "to": "3"}).text
    differences = page.partition("From version 1 to version 3")[2].partition("</section>")[0]
    assert "<ins>Three</ins>" in differences and "Two" not in differences
    assert "From version" not in client.get(at("page", PAGE), {"from": "1", "to": "9"}).text


def test_page_is_bound_for_the_first_time(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    writer = signed_in(operator)
    assert writer.get(at("page-new")).status_code == 200
    fields = draft_fields(tenant, page_path="/duct/cleaning", label="Ducts", based_on=0)
    writer.post(at("page-new"), fields)
    draft = newest_draft(tenant)
    assert (draft.slug, draft.based_on) == ("duct-cleaning", 0)
    writer.post(at("draft-send", draft.public_id))
    approve(signed_in(lead_operator), draft)
    with scope.tenant(tenant.pk):
        assert PageBinding.objects.get(page_path="/duct/cleaning").version == 1


def test_rule_is_created_edited_and_tested(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    assert client.get(at("rule-new")).status_code == 200
    page = client.post(at("rule-new"), RULE_FIELDS, follow=True)
    assert "Summer storms" in page.text and "06-01 to 09-30" in page.text
    asked = {"page": PAGE, "urgency": "soon", "zone": "", "at": "2026-07-15T12:00"}
    assert "<dd>Summer storms</dd>" in client.get(at("tester"), asked).text
    winter = client.get(at("tester"), asked | {"at": "2026-12-15T12:00"}).text
    assert "<dd>Summer storms</dd>" not in winter and "season: requires 06-01 to 09-30" in winter
    with scope.tenant(tenant.pk):
        rule = CapacityRule.objects.get(name="Summer storms")
    later = RULE_FIELDS | {"position": 2, "day_kind": "holiday", "reason": "Later."}
    client.post(at("rule-save", rule.public_id), later | {"seen": opened(client, "rule", rule.public_id)["seen"]})
    page = client.get(at("rule", rule.public_id))
    assert "Later." in page.text and "<del>1</del>" in page.text and "The owner said so." in page.text
    assert "<dd>Summer storms</dd>" not in client.get(at("tester"), asked).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"season_to": ""}, "Enter both or neither"),
        ({"season_from": "13-01"}, "such as 06-01"),
        ({"season_from": "06-31"}, "such as 06-01"),
        ({"secondary": "call now"}, "The first and second call to action are the same"),
        ({"sentence": "We are an approved ServiceTitan partner."}, "makes an unproven claim"),
        ({"name": "Planned maintenance"}, "Another rule has this name"),
        ({"page_slug": "nowhere"}, "Select a valid choice"),
    ],
)
def test_invalid_rule_is_refused(
    signed_in: SignIn, operator: User, tenant: Tenant, changes: dict[str, Any], sentence: str
) -> None:
    answer = signed_in(operator).post(at("rule-new"), RULE_FIELDS | changes)
    assert answer.status_code == 422 and sentence in answer.text
    with scope.tenant(tenant.pk):
        assert not CapacityRule.objects.filter(name="Summer storms").exists()


@pytest.mark.parametrize(("day", "is_valid"), [("02-29", True), ("02-30", False), ("04-31", False), ("12-31", True)])
def test_season_day_validation(day: str, is_valid: bool) -> None:
    assert is_season_day(day) is is_valid


def test_hours_and_holidays_are_saved_and_shown_to_visitors(
    signed_in: SignIn, operator: User, tenant: Tenant, client: Client
) -> None:
    desk = signed_in(operator)
    fields = {"mon": "7:00-12:00, 13:00-18:00", "tue": "00:00-24:00", "reason": "New hours."}
    fields |= {"seen": opened(desk, "hours")["seen"]}
    wrong = desk.post(at("hours"), fields | {"wed": "nine to five", "holidays": "Christmas"})
    assert wrong.status_code == 422 and "Enter hours like" in wrong.text and "Enter each as a date" in wrong.text
    page = desk.post(
        at("hours"), fields | {"holidays": "12/25/2026 Christmas Day\n\n2027-01-01: New Year"}, follow=True
    )
    assert "closed: Christmas Day" in page.text and "New hours." in page.text
    with scope.tenant(tenant.pk):
        hours = BusinessProfile.objects.get().hours
    assert hours["mon"] == [["07:00", "12:00"], ["13:00", "18:00"]] and "wed" not in hours
    assert 'value="7:00 AM to noon, 1:00 PM to 6:00 PM"' in desk.get(at("hours")).text
    assert "12/25/2026 Christmas Day\n01/01/2027 New Year" in desk.get(at("hours")).text
    for typed in ("02/30/2027 No such day", "25/12/2026 Christmas Day", "Christmas"):
        assert "Enter each as a date and a name" in desk.post(at("hours"), fields | {"holidays": typed}).text
    assert hours["holidays"] == {"2026-12-25": "Christmas Day", "2027-01-01": "New Year"}
    christmas = desk.get(at("tester"), {"page": PAGE, "urgency": "", "zone": "", "at": "2026-12-25T12:00"}).text
    assert "<dd>Christmas Day</dd>" in christmas and "<dd>after hours</dd>" in christmas
    assert client.get("/sites/desert-peak/").status_code == 200


def test_item_is_created_and_edited_with_its_facts(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    fields = {
        "name": "Spring Fifty", "amount_off": "50", "starts": "2027-03-01", "ends": "2027-05-31", "free": "",
        "synonyms": "Spring Deal, $50 off\nSpring Special", "reason": "Their mail.", "detail": "",
    }  # fmt: skip
    url = at("item-new") + "?family=offer"
    wrong = client.post(url, fields | {"ends": "2027-01-01"})
    assert wrong.status_code == 422 and "It ends before it starts" in wrong.text
    assert "only one of: price" in client.post(url, fields | {"percent_off": "10"}).text
    page = client.post(url, fields, follow=True)
    assert "Spring Deal" in page.text
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.get(family=Family.OFFER, name="Spring Fifty")
    assert item.facts["amount_off"] == "50.00" and item.facts["synonyms"] == [
        "Spring Deal",
        "$50 off",
        "Spring Special",
    ]
    edit, longer = at("item-edit", item.public_id), fields | {"ends": "2027-06-30", "reason": "Longer."}
    page = client.post(edit, longer | {"seen": opened(client, "item-edit", item.public_id)["seen"]}, follow=True)
    assert "<del>2027-05-31</del>" in page.text and "Longer." in page.text, "a line of the audit log is as it is sealed"
    assert "<dd>Mar 1, 2027</dd>" in page.text and "<dd>Jun 30, 2027</dd>" in page.text
    exported = client.get(at("items-csv")).content.decode()
    assert ": 2027-03-01" in exported and ": 2027-06-30" in exported, "a file is for machines"
    again = client.post(edit, longer | {"seen": opened(client, "item-edit", item.public_id)["seen"]})
    assert "Nothing has changed" in again.text
    assert "Another offer has this name" in client.post(url, fields).text
    with scope.tenant(tenant.pk):
        zone = TaxonomyItem.objects.filter(family=Family.ZONE, zone_state="active")[0]
    fields = {
        "name": zone.name,
        "zone_state": "emergency only",
        "cities": "Mesa; Tempe",
        "zips": "85004",
        "reason": "Full.",
        "seen": opened(client, "item-edit", zone.public_id)["seen"],
    }
    client.post(at("item-edit", zone.public_id), fields)
    with scope.tenant(tenant.pk):
        zone.refresh_from_db()
    assert (zone.zone_state, zone.facts) == ("emergency only", {"cities": ["Mesa", "Tempe"], "zips": ["85004"]})
    assert "must have five digits" in client.post(at("item-edit", zone.public_id), fields | {"zips": "850"}).text


def test_time_zone_is_validated_and_changes_the_hours(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    page = client.get(at("time-zone")).text
    assert "Closed months, their restatements" in page and '<option value="America/Phoenix" selected' in page
    fields = opened(client, "time-zone") | {"reason": "They moved."}
    for wrong in ("America/Phenix", "", "../etc/passwd", "Factory", "localtime"):
        answer = client.post(at("time-zone"), fields | {"time_zone": wrong})
        assert answer.status_code == 422 and "time zone" in answer.text
    same = client.post(at("time-zone"), fields)
    assert same.status_code == 422 and "Nothing has changed" in same.text
    asked = {"page": PAGE, "urgency": "", "zone": "", "at": "2026-06-22T17:30"}
    answer = client.post(at("time-zone"), fields | {"time_zone": "Pacific/Honolulu"}, follow=True)
    assert "Times are in Hawaii time (Honolulu)" in answer.text
    assert "(Hawaii time (Honolulu))" in client.get(at("tester"), asked).text
    late = client.post(at("time-zone"), fields | {"time_zone": "America/Denver"})
    assert late.status_code == 422 and "Changes since you opened this form" in late.text
    with scope.tenant(tenant.pk):
        (line,) = AuditEntry.objects.filter(action="titanmap.set_time_zone")
    assert (line.reason, line.changes) == ("They moved.", {"time_zone": ["America/Phoenix", "Pacific/Honolulu"]})


def test_viewers_cannot_edit(signed_in: SignIn, viewer: User, tenant: Tenant) -> None:
    client = signed_in(viewer)
    with scope.tenant(tenant.pk):
        rule = CapacityRule.objects.all()[0]
    assert "Save rule" not in client.get(at("rule", rule.public_id)).text
    assert "New rule" not in client.get(at("rules")).text
    for name, args in (
        ("rule-new", ()),
        ("hours", ()),
        ("time-zone", ()),
        ("item-new", ()),
        ("page-new", ()),
        ("draft-new", (PAGE,)),
    ):
        assert client.get(at(name, *args)).status_code == 404
        assert client.post(at(name, *args), RULE_FIELDS).status_code == 404


def test_many_pages_are_typed_instead_of_listed(
    signed_in: SignIn, operator: User, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(operator)
    assert '<option value="ac-repair-phoenix"' in client.get(at("tester")).text
    monkeypatch.setattr(page_field, "MOST_CHOICES", 2)
    for address in (at("tester"), at("rule-new")):
        page = client.get(address).text
        assert '<option value="ac-repair-phoenix"' not in page and "Enter the path of a page" in page
    asked = {"urgency": "", "zone": "", "at": "2026-06-22T17:30"}
    for typed in ("/ac-repair-phoenix", "ac-repair-phoenix"):
        form = client.get(at("tester"), asked | {"page": typed}).context["form"]
        assert form.cleaned_data["page"] == "ac-repair-phoenix"
    wrong = client.get(at("tester"), asked | {"page": "/nowhere"})
    assert wrong.status_code == 422 and "There is no page with this path" in wrong.text
    with CaptureQueriesContext(connection) as queries:
        client.get(at("tester"))
    assert not [query for query in queries if "page_path" in query["sql"] and "LIMIT" not in query["sql"]]
