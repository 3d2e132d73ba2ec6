"""Promise 8: an approved import changes no public page until a person publishes it."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.importer import uploads
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from pagetojob.titanmap import importing, publishing
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, Publication, ShopFacts, TaxonomyItem
from pagetojob.titanmap.rules import RuleRefused, save_rule, set_hours
from pagetojob.titanmap.selectors import service_names
from pagetojob.titanmap.services import ChangedMeanwhile, MapRefused, publish_bound_items
from syncqueue.services import site
from tests.support.cast import SignIn
from tests.support.runs import work_runs
from tests.support.sentences import WAITING, approve_sentence
from tests.support.uploads import JOB_TYPE_TARGET, reload, stage_file

from .imports import upload_document

SITE = "/sites/desert-peak"
ZONES = importing.target_slug(Family.ZONE)
SERVICES = "name,id,active\nAC Repair,3001,no\nDuct Cleaning,3002,yes\n"
PLACES = "name,state,description\nTolleson,active,West of Phoenix\nQueen Creek,paused,Busy\n"


def approve_import(tenant: Tenant, actor: User, text: str, target: str = JOB_TYPE_TARGET) -> None:
    upload = stage_file(tenant, actor, text, target)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=actor, reason="The customer agreed.")
    work_runs()
    assert reload(upload).state == "applied"


def approve_document(tenant: Tenant, actor: User, **parts: Any) -> None:
    document = {"schema": "pagetojob.titan-map/1", "tenant": {"name": tenant.name, "time_zone": tenant.time_zone}}
    upload = upload_document(tenant, actor, document | parts)
    with scope.tenant(tenant.pk):
        uploads.approve(upload=upload, actor=actor, reason="The customer agreed.")
    work_runs()


def public_pages(client: Client) -> list[str]:
    """Return what visitors see: the home page, the request form, a service page and an area page."""
    site.forget()
    paths = (f"{SITE}/", f"{SITE}/request-appointment", f"{SITE}/ac-repair-phoenix", f"{SITE}/areas/queen-creek")
    return [re.sub(r'value="[\w:. -]{20,}"|nonce="[^"]*"', "", client.get(path).text) for path in paths]


def publish(tenant: Tenant, actor: User, **more: Any) -> Publication:
    with scope.tenant(tenant.pk):
        return publishing.publish(tenant, by=actor, reason="The customer agreed.", **more)


def test_an_approved_import_changes_no_public_page_until_it_is_published(
    client: Client, tenant: Tenant, operator: User
) -> None:
    before = public_pages(client)
    approve_import(tenant, operator, SERVICES)
    approve_import(tenant, operator, PLACES, ZONES)
    rules = [{"name": "Always call", "position": 1, "primary": "call now", "sentence": "Please call us today."}]
    approve_document(tenant, operator, hours={"mon": [["09:00", "10:00"]]}, capacity_rules=rules)
    assert public_pages(client) == before
    with scope.tenant(tenant.pk):
        kinds = {(change.name, change.kind) for change in publishing.unpublished_changes(tenant)}
    assert kinds == {
        ("AC Repair", "removed"), ("Duct Cleaning", "added"), ("Tolleson", "added"), ("Queen Creek", "changed"),
        ("Always call", "added"), ("Office hours", "changed"),
    }  # fmt: skip
    made = publish(tenant, operator)
    home, form, repair, area = public_pages(client)
    assert (
        "Tolleson" in home and "Duct Cleaning" in form and "AC Repair" not in re.findall(r"<option[^>]*>([^<]*)", form)
    )
    assert "We no longer offer AC Repair" in repair and "Paused" in home and "Send my request" not in area
    assert "Please call us today." in home and "9:00 AM to 10:00 AM" in home
    with scope.tenant(tenant.pk):
        assert not publishing.unpublished_changes(tenant)
        with pytest.raises(MapRefused, match="already show"):
            publish(tenant, operator)
        publishing.take_back(tenant, number=made.number, by=operator, reason="Too early.")
        assert {change.name for change in publishing.unpublished_changes(tenant)} == {name for name, _ in kinds}
        lines = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert public_pages(client) == before
    assert lines[-2:] == ["titanmap.publish", "titanmap.take_back_publication"]


def test_undoing_twice_publishes_again(tenant: Tenant, operator: User) -> None:
    approve_import(tenant, operator, SERVICES)
    publish(tenant, operator)
    with scope.tenant(tenant.pk):
        names = service_names(tenant)
        for number in (1, 2):
            publishing.take_back(tenant, number=number, by=operator, reason="Again.")
        assert service_names(tenant) == names and "Duct Cleaning" in names
        with pytest.raises(ChangedMeanwhile):
            publishing.take_back(tenant, number=1, by=operator, reason="An old page.")


def test_a_text_that_may_not_be_published_today_is_not_shown_again(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        offer = TaxonomyItem.objects.create(
            tenant=tenant, family="offer", name="Check", detail="Certified ServiceTitan partner."
        )
        TaxonomyItem.objects.filter(pk=offer.pk).update(published=offer.to_publish(), detail="A check of all parts.")
        publish(tenant, operator)
        with pytest.raises(MapRefused, match="“Check” makes an unproven claim"):
            publishing.take_back(tenant, number=1, by=operator, reason="Back.")
        assert TaxonomyItem.objects.get(pk=offer.pk).public.detail == "A check of all parts."


def test_what_was_edited_after_a_publication_is_not_taken_back(tenant: Tenant, operator: User) -> None:
    rules = [{"name": "Always call", "position": 1, "primary": "call now", "sentence": "Please call us today."}]
    approve_document(tenant, operator, hours={"mon": [["09:00", "10:00"]]}, capacity_rules=rules)
    publish(tenant, operator)
    with scope.tenant(tenant.pk):
        set_hours(tenant=tenant, hours={"tue": [["09:00", "10:00"]]}, actor=operator, reason="By phone.")
        rule = CapacityRule.objects.get(name="Always call")
        save_rule(tenant=tenant, rule=rule, values={"sentence": "Call, please."}, actor=operator, reason="Shorter.")
        with pytest.raises(MapRefused, match="nothing to take back"):
            publishing.take_back(tenant, number=1, by=operator, reason="Back.")
        assert BusinessProfile.objects.get().hours == {"tue": [["09:00", "10:00"]]}


def test_a_person_who_sets_hours_or_a_rule_replaces_what_an_import_left_waiting(tenant: Tenant, operator: User) -> None:
    rules = [{"name": "Paused area", "position": 1, "primary": "call now", "sentence": "Please call us today."}]
    approve_document(tenant, operator, hours={"mon": [["09:00", "10:00"]]}, capacity_rules=rules)
    with scope.tenant(tenant.pk):
        rule = CapacityRule.objects.get(name="Paused area")
        assert rule.pending and ShopFacts.objects.get().pending_hours
        save_rule(tenant=tenant, rule=rule, values={"sentence": "Call, please."}, actor=operator, reason="Shorter.")
        set_hours(tenant=tenant, hours={"tue": [["09:00", "10:00"]]}, actor=operator, reason="By phone.")
        assert not publishing.unpublished_changes(tenant)


def test_a_page_version_publishes_the_items_that_it_names(tenant: Tenant, operator: User) -> None:
    approve_import(tenant, operator, SERVICES)
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.get(name="Duct Cleaning")
        assert not item.public.active
        publish_bound_items(PageBinding.objects.create(tenant=tenant, slug="duct", page_path="/duct", job_type=item))
        assert TaxonomyItem.objects.get(pk=item.pk).public.active
        retired = TaxonomyItem.objects.get(name="AC Repair")
        publish_bound_items(PageBinding(tenant=tenant, slug="ac", page_path="/ac", job_type=retired))
        assert TaxonomyItem.objects.get(pk=retired.pk).public.active


def test_a_name_that_makes_an_unproven_claim_cannot_be_published(tenant: Tenant, operator: User) -> None:
    approve_import(tenant, operator, "name\nServiceTitan certified partner repair\n")
    with scope.tenant(tenant.pk), pytest.raises(MapRefused, match="unproven claim"):
        publish(tenant, operator)


def test_the_name_of_an_imported_holiday_claims_nothing_unproven(tenant: Tenant, operator: User) -> None:
    holidays = {"2026-12-25": "We are a certified ServiceTitan partner"}
    approve_document(tenant, operator, hours={"mon": [["09:00", "10:00"]]}, holidays=holidays)
    with scope.tenant(tenant.pk), pytest.raises(MapRefused, match="“Office hours” makes an unproven claim"):
        publish(tenant, operator)


def test_a_name_on_a_gated_topic_waits_for_a_second_person(tenant: Tenant, operator: User) -> None:
    approve_import(tenant, operator, f"name\n{WAITING}\n")
    with scope.operator(operator, "a test"), pytest.raises(MapRefused, match="second person approves first"):
        publish(tenant, operator)
    approve_sentence(WAITING)
    with scope.operator(operator, "a test"):
        publish(tenant, operator)
    with scope.tenant(tenant.pk):
        assert WAITING in service_names(tenant)


def test_the_rule_of_a_public_sentence_can_be_changed_while_it_waits(tenant: Tenant, operator: User) -> None:
    with scope.tenant(tenant.pk):
        rule = CapacityRule.objects.create(tenant=tenant, name="Night", primary="call now", sentence=WAITING)

        def change(**values: Any) -> None:
            save_rule(tenant=tenant, rule=rule, values=values, actor=operator, reason="At 3 a.m.")

        change(hours="after hours")
        with pytest.raises(RuleRefused, match="second person approves first"):
            change(sentence=f"{WAITING} and invoices in ServiceTitan.")
        change(active=False)
        with pytest.raises(RuleRefused, match="second person approves first"):
            change(active=True)
    sentence = {"sentence": WAITING, "active": False}
    approve_document(tenant, operator, capacity_rules=[sentence | {"name": "Night", "primary": "request"}])
    publish(tenant, operator)


def test_a_public_item_with_a_claim_can_be_retired_or_moved(tenant: Tenant, operator: User) -> None:
    name = "ServiceTitan certified partner repair"
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.create(tenant=tenant, family="job type", name=name, external_id=77, active=True)
        TaxonomyItem.objects.filter(pk=item.pk).update(published=item.to_publish())
    for row in ("A new detail,77,yes", "A new detail,77,no"):
        approve_import(tenant, operator, f"name,description,id,active\n{name},{row}\n")
        publish(tenant, operator)
    with scope.tenant(tenant.pk):
        assert name not in service_names(tenant)
    approve_import(tenant, operator, f"name,id,active\n{name},77,yes\n")
    with scope.tenant(tenant.pk), pytest.raises(MapRefused, match="unproven claim"):
        publish(tenant, operator)


def test_the_page_shows_now_and_after_and_publishes_what_was_seen(
    tenant: Tenant, operator: User, signed_in: SignIn
) -> None:
    client, address = signed_in(operator), reverse("titanmap:publish", args=[tenant.slug])
    assert "Public pages show the whole map." in client.get(address).text
    approve_import(tenant, operator, SERVICES)
    page = client.get(address)
    mark = page.context["mark"]
    assert "2 changes not public yet" in page.text and "<ins>Duct Cleaning</ins>" in page.text
    approve_import(tenant, operator, PLACES, ZONES)
    now = reverse("titanmap:publish-now", args=[tenant.slug])
    stale = client.post(now, {"mark": mark, "reason": "Agreed."})
    assert stale.status_code == 422 and "changed after you opened this page" in stale.text
    assert client.post(now, {"mark": stale.context["mark"], "reason": ""}).status_code == 422
    assert client.post(now, {"mark": stale.context["mark"], "reason": "Agreed."}).status_code == 302
    shown = client.get(address)
    assert "Published 4 changes" in shown.text and "Undo publication 1" in shown.text
    undone = client.post(reverse("titanmap:publish-undo", args=[tenant.slug]), {"number": 1, "reason": "Too early."})
    assert undone.status_code == 302 and "which undid number 1" in client.get(address).text


def test_only_operators_publish(tenant: Tenant, viewer: User, operator: User, signed_in: SignIn) -> None:
    approve_import(tenant, operator, SERVICES)
    client = signed_in(viewer)
    page = client.get(reverse("titanmap:publish", args=[tenant.slug]))
    assert page.status_code == 200 and "Publish 2 changes" not in page.text
    answer = client.post(
        reverse("titanmap:publish-now", args=[tenant.slug]), {"mark": page.context["mark"], "reason": "x"}
    )
    assert answer.status_code == 404
    with scope.tenant(tenant.pk):
        assert not Publication.objects.exists()


def test_the_request_api_offers_published_services_only(tenant: Tenant, operator: User) -> None:
    approve_import(tenant, operator, SERVICES)
    with scope.tenant(tenant.pk):
        assert "Duct Cleaning" not in site.read_page(tenant, "/").site.services
    publish(tenant, operator)
    site.forget()
    with scope.tenant(tenant.pk):
        assert json.dumps(site.read_page(tenant, "/").site.services).count("Duct Cleaning") == 1
