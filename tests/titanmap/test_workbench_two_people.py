"""Two people with one item, rule, draft or the hours open: the later one writes over nothing, and loses nothing."""

from typing import Any

import pytest

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.titanmap.models import CapacityRule, Family, PageBinding, TaxonomyItem
from tests.drift.opened import at, opened, shown_in
from tests.support.cast import SignIn
from tests.titanmap.forms import PAGE, RULE_FIELDS, draft_fields, newest_draft


def test_concurrent_item_edit_is_reported_and_keeps_input(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    late, quick = signed_in(operator), signed_in(lead_operator)
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.create(
            tenant=tenant, family=Family.PRICEBOOK_SERVICE, name="Coil", detail="old", facts={"price": "89.00"}
        )
    edit = at("item-edit", item.public_id)
    mine, theirs = opened(late, "item-edit", item.public_id), opened(quick, "item-edit", item.public_id)
    assert mine["price"] == "89.00" and mine["detail"] == "old"
    quick.post(edit, theirs | {"price": "95", "detail": "theirs", "reason": "A new list."})
    answer = late.post(edit, mine | {"name": "Evaporator <coil>", "detail": "mine", "reason": "Plainer."})
    assert answer.status_code == 422 and "Someone else changed this in the meantime" in answer.text
    assert "<del>89.00</del>" in answer.text and "<ins>95.00</ins>" in answer.text
    assert answer.text.count("Your input is below") == 1 and "<ins>theirs</ins>" in answer.text
    shown = shown_in(answer.text)
    assert (shown["name"], shown["detail"]) == ("Evaporator <coil>", "mine")
    assert (shown["price"], shown["reason"]) == ("95.00", "Plainer.")
    with scope.tenant(tenant.pk):
        item.refresh_from_db()
    assert (item.name, item.detail) == ("Coil", "theirs")
    assert late.post(edit, shown).status_code == 302
    with scope.tenant(tenant.pk):
        item.refresh_from_db()
    assert (item.name, item.detail, item.facts) == ("Evaporator <coil>", "mine", {"price": "95.00"})


@pytest.mark.parametrize("seen", [None, "", "x:y:z"])
def test_form_without_seen_state_overwrites_nothing(
    signed_in: SignIn, operator: User, tenant: Tenant, seen: str | None
) -> None:
    client = signed_in(operator)
    with scope.tenant(tenant.pk):
        item = TaxonomyItem.objects.create(tenant=tenant, family=Family.JOB_TYPE, name="Duct", detail="theirs")
    fields = {"name": "Duct", "detail": "mine", "reason": "Because."} | ({} if seen is None else {"seen": seen})
    answer = client.post(at("item-edit", item.public_id), fields)
    assert answer.status_code == 422 and "<ins>theirs</ins>" in answer.text
    with scope.tenant(tenant.pk):
        item.refresh_from_db()
    assert item.detail == "theirs"
    assert client.post(at("item-edit", item.public_id), shown_in(answer.text)).status_code == 302


def test_concurrent_edits_of_rules_hours_and_drafts_are_not_overwritten(
    signed_in: SignIn, operator: User, lead_operator: User, tenant: Tenant
) -> None:
    late, quick = signed_in(operator), signed_in(lead_operator)
    quick.post(at("rule-new"), RULE_FIELDS)
    quick.post(at("draft-new", PAGE), draft_fields(tenant, headline="First"))
    draft = newest_draft(tenant)
    with scope.tenant(tenant.pk):
        rule = CapacityRule.objects.get(name=RULE_FIELDS["name"])
        zone = TaxonomyItem.objects.filter(family=Family.ZONE, active=True).exclude(pk=draft.zone_id or 0)[0]
    forms: list[tuple[tuple[Any, ...], str, dict[str, str], dict[str, str]]] = [
        (("rule", rule.public_id), at("rule-save", rule.public_id), {"position": "7"}, {"sentence": "Please call."}),
        (("hours",), at("hours"), {"mon": "8:00 AM to noon"}, {"tue": "9:00 AM to 10:00 AM"}),
        (("draft-edit", draft.public_id), at("draft-edit", draft.public_id), {"zone": str(zone.pk)}, {"label": "Ours"}),
    ]
    for address, post_to, theirs, mine in forms:
        fields = opened(late, *address)
        response = quick.post(post_to, opened(quick, *address) | theirs | {"reason": "Theirs."})
        assert response.status_code == 302, address
        answer = late.post(post_to, fields | mine | {"reason": "Mine."})
        assert answer.status_code == 422 and "Changes since you opened this form" in answer.text, address
        shown = shown_in(answer.text)
        assert shown.items() >= (mine | theirs).items(), address
        assert late.post(post_to, shown).status_code == 302, address
        assert opened(late, *address).items() >= (mine | theirs).items(), address


def test_draft_on_an_older_version_restarts_on_the_newest(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client = signed_in(operator)
    fields = opened(client, "draft-new", PAGE)
    with scope.tenant(tenant.pk):
        newest = PageBinding.objects.filter(slug=PAGE).order_by("-version")[0]
        columns = {name: getattr(newest, name) for name in PageBinding.CONTENT_FIELDS} | {"label": "Renamed"}
        PageBinding.objects.create(tenant=tenant, slug=PAGE, version=newest.version + 1, **columns)
    answer = client.post(at("draft-new", PAGE), fields | {"headline": "Mine", "reason": "Asked for."})
    assert answer.status_code == 422 and "its version is now 2" in answer.text and "<ins>Renamed</ins>" in answer.text
    assert client.post(at("draft-new", PAGE), shown_in(answer.text)).status_code == 302
    draft = newest_draft(tenant)
    assert (draft.based_on, draft.headline, draft.label) == (2, "Mine", "Renamed")
