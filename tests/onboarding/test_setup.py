"""Setup: a contractor from a name to stored steps, with undo and without lost changes."""

import io
import re
import zoneinfo
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.text import slugify
from PIL import Image

from pagetojob.onboarding.setup import branding, naming, places
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, LegalText, Logo, NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.time_zones import TIME_ZONES
from pagetojob.titanmap.drafts import mark_of, write_draft
from pagetojob.titanmap.models import PageBinding, PageDraft, TaxonomyItem
from tests.support.cast import SignIn
from tests.support.factories import make_tenant

pytestmark = pytest.mark.django_db
NEW = {"name": "Blue Mesa Plumbing", "zip": "37402", "trades": ["plumbing"], "phone": "(423) 555-0100"}


@pytest.fixture
def mesa(ops: Client) -> Tenant:
    assert ops.post(reverse("onboarding:new"), NEW | {"phone": "(602) 253-0100"}).status_code == 302
    return Tenant.objects.get(slug="blue-mesa-plumbing")


def fields(client: Client, tenant: Tenant, step: str) -> dict[str, Any]:
    """Return what a browser would send back from the form of a step."""
    form = client.get(reverse("onboarding:step", args=[tenant.slug, step])).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in typed.items() if value not in (None, False)}


def send(client: Client, tenant: Tenant, step: str, typed: dict[str, Any]) -> Any:
    return client.post(reverse("onboarding:step", args=[tenant.slug, step]), typed)


def profile(tenant: Tenant) -> BusinessProfile:
    with scope.tenant(tenant.pk):
        return BusinessProfile.objects.get()


def test_the_summary_names_the_fields_that_are_required(ops: Client) -> None:
    page = ops.post(reverse("onboarding:new"), {}).text
    assert '<a href="#id_name">Trading name: This field is required.</a>' in page
    assert '<a href="#id_trades_0">Choose at least one trade.</a>' in page
    assert "<title>Error: Add a contractor" in page


def test_a_new_contractor_is_a_draft_in_the_place_of_its_zip_code(ops: Client, mesa: Tenant, operator: User) -> None:
    assert (mesa.state, mesa.time_zone) == ("draft", "America/New_York")
    stored = profile(mesa)
    assert (stored.state, stored.zip, stored.trades) == ("TN", "37402", ["plumbing"])
    page = ops.get(reverse("onboarding:business", args=[mesa.slug])).text
    assert "Tennessee has more than one time zone." in page
    assert '<option value="America/New_York" selected>' in page and '<option value="TN" selected>' in page
    with scope.operator(operator, "a test"):
        assert AuditEntry.objects.filter(tenant=mesa, action="onboarding.create", actor=operator).count() == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "★ ☆ ★"}, "Enter a name with letters"),
        ({"name": "Аcme Plumbing"}, "Use Latin letters only"),
        ({"name": "Acme\u202ePlumbing"}, "invisible characters"),
        ({"zip": "00000"}, "No ZIP code begins like this"),
        ({"zip": "９９９９９"}, "No ZIP code begins like this"),
        ({"zip": "09012"}, "No ZIP code begins like this"),
        ({"trades": []}, "Choose at least one trade."),
        ({"trades": ["alchemy"]}, "alchemy"),
        ({"phone": "after 5"}, "This number cannot be called."),
    ],
)
def test_first_facts_that_cannot_be_right_are_refused(ops: Client, changes: dict[str, Any], sentence: str) -> None:
    answer = ops.post(reverse("onboarding:new"), NEW | changes)
    assert answer.status_code == 422 and sentence in answer.text
    assert Tenant.objects.filter(name=changes.get("name", NEW["name"])).count() == 0


@pytest.mark.parametrize(
    "name", ["Blue Mesa Plumbing", "B1ue Mesa P1umbing", "blue-mesa plurnbing", "Blué Mesa Plumbing"]
)
def test_a_similar_name_needs_a_confirmation(ops: Client, mesa: Tenant, name: str) -> None:
    typed = NEW | {"name": name, "phone": "(602) 253-0100"}
    asked = ops.post(reverse("onboarding:new"), typed)
    assert asked.status_code == 422 and "similar name: Blue Mesa Plumbing" in asked.text
    assert ops.post(reverse("onboarding:new"), typed | {"similar": ""}).status_code == 422
    assert ops.post(reverse("onboarding:new"), typed | {"similar": "on"}).status_code == 422
    assert ops.post(reverse("onboarding:new"), typed | {"similar": confirmations_in(asked.text)}).status_code == 302
    assert Tenant.objects.filter(slug__startswith="b").count() == 2


def test_the_confirmation_of_a_similar_name_does_not_count_for_another_contractor(ops: Client, mesa: Tenant) -> None:
    Tenant.objects.create(slug="oak-creek-air", name="Oak Creek Air")
    typed = NEW | {"name": "B1ue Mesa P1umbing", "phone": "(602) 253-0100"}
    confirmed = {"similar": confirmations_in(ops.post(reverse("onboarding:new"), typed).text)}
    renamed = ops.post(reverse("onboarding:new"), typed | confirmed | {"name": "0ak Creek Air"})
    assert renamed.status_code == 422 and "similar name: Oak Creek Air. Confirm that it differs." in renamed.text
    assert Tenant.objects.count() == 2


def confirmations_in(page: str) -> list[str]:
    return re.findall(r'name="similar" value="([^"]+)"', page)


def test_setup_continues_at_the_first_step_that_is_not_complete(ops: Client, mesa: Tenant) -> None:
    answer = ops.get(reverse("onboarding:setup", args=[mesa.slug]))
    assert answer["Location"] == reverse("onboarding:step", args=[mesa.slug, "notices"])
    page = ops.get(answer["Location"]).text
    states = re.findall(r'class="setup__state">(.*?)<', page)
    assert f"{states.count('Done')} of 7 required steps complete" in page
    assert len(states) == 9 and {"Optional", "Recommended"} < set(states)
    assert states.count("Done") == 1 and "Add an address that is notified" in page


def test_a_step_is_stored_audited_and_undone(ops: Client, mesa: Tenant, operator: User) -> None:
    typed = fields(ops, mesa, "business")
    changed = {"license_numbers": "TN: 4711", "color": "#0B5CAD", "time_zone": "America/Chicago"}
    answer = send(ops, mesa, "business", typed | changed)
    assert answer["Location"] == reverse("onboarding:step", args=[mesa.slug, "notices"])
    stored = profile(mesa)
    assert (stored.color, stored.license_numbers) == ("#0b5cad", [{"label": "TN", "number": "4711"}])
    assert Tenant.objects.get(pk=mesa.pk).time_zone == "America/Chicago"
    with scope.operator(operator, "a test"):
        (line,) = AuditEntry.objects.filter(tenant=mesa, action="onboarding.set_details", reason="setup", id__gt=0)[:1]
        assert line.changes["color"] == ["", "#0b5cad"] and line.actor_id == operator.pk
    page = ops.get(reverse("onboarding:business", args=[mesa.slug])).context
    undo = reverse("onboarding:undo", args=[mesa.slug, "business"])
    ops.post(undo, {"number": page["last"].number + 1})
    assert profile(mesa).color == "#0b5cad"
    ops.post(undo, {"number": page["last"].number})
    assert (profile(mesa).color, profile(mesa).license_numbers) == ("", [])
    assert Tenant.objects.get(pk=mesa.pk).time_zone == "America/New_York"


def test_two_people_do_not_overwrite_each_other(ops: Client, mesa: Tenant) -> None:
    first, second = fields(ops, mesa, "business"), fields(ops, mesa, "business")
    assert send(ops, mesa, "business", first | {"license_numbers": "TN: 1"}).status_code == 302
    late = send(ops, mesa, "business", second | {"color": "#0b5cad"})
    assert late.status_code == 422 and "Someone else changed this in the meantime" in late.text
    assert "TN: 1" in late.text and profile(mesa).color == ""
    assert late.context["form"]["trades"].value() == ["plumbing"]
    again = {name: late.context["form"][name].value() for name in second}
    assert send(ops, mesa, "business", again).status_code == 302
    assert (profile(mesa).color, profile(mesa).license_numbers) == ("#0b5cad", [{"label": "TN", "number": "1"}])


def test_a_change_elsewhere_cannot_be_undone(ops: Client, mesa: Tenant) -> None:
    send(ops, mesa, "business", fields(ops, mesa, "business") | {"color": "#0b5cad"})
    with scope.tenant(mesa.pk):
        BusinessProfile.objects.update(phone="(602) 253-0199")
    page = ops.get(reverse("onboarding:business", args=[mesa.slug]))
    assert "It cannot be undone here" in page.text
    ops.post(reverse("onboarding:undo", args=[mesa.slug, "business"]), {"number": page.context["last"].number})
    assert profile(mesa).color == "#0b5cad"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("time_zone", "Mars/Olympus", "Select a valid choice"),
        ("state", "ZZ", "Select a valid choice"),
        ("state", "AZ", "This ZIP code is in Tennessee."),
        ("color", "red; background: url(//evil.example)", "Enter a color"),
        ("color", "#fff", "Enter a color"),
        ("color", "#ffffff", "contrast of 1.0 to 1"),
        ("color", "#ff9900", "A darker shade of it works"),
        ("other_phones", "no colon", "Write each line as a label"),
    ],
)
def test_business_values_that_cannot_be_used_are_refused(
    ops: Client, mesa: Tenant, field: str, value: str, sentence: str
) -> None:
    answer = send(ops, mesa, "business", fields(ops, mesa, "business") | {field: value})
    assert answer.status_code == 422 and sentence in answer.text


def picture(form: str = "PNG", size: tuple[int, int] = (900, 300), mode: str = "RGB") -> bytes:
    made = io.BytesIO()
    Image.new(mode, size, (11, 92, 173) if mode == "RGB" else 0).save(made, form)
    return made.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"\x89PNG\r\n\x1a\n" + b"<?php system($_GET[0]); ?>",
        picture(size=(9000, 9000), mode="1"),
    ],
    ids=["svg", "gif", "broken", "huge"],
)
def test_hostile_logos_are_refused(ops: Client, mesa: Tenant, content: bytes) -> None:
    upload = SimpleUploadedFile("logo.png", content, "image/png")
    answer = send(ops, mesa, "business", fields(ops, mesa, "business") | {"new_logo": upload})
    assert answer.status_code == 422 and "Upload the logo as a PNG or JPEG image." in answer.text
    with scope.tenant(mesa.pk):
        assert Logo.objects.count() == 0


def test_a_logo_contains_only_the_pixels_of_the_file(ops: Client, mesa: Tenant) -> None:
    polyglot = picture() + b"<script>alert(1)</script>PK\x03\x04"
    upload = SimpleUploadedFile("logo.png", polyglot, "image/png")
    assert send(ops, mesa, "business", fields(ops, mesa, "business") | {"new_logo": upload}).status_code == 302
    with scope.tenant(mesa.pk):
        stored = bytes(Logo.objects.get().content)
    assert b"script" not in stored and Image.open(io.BytesIO(stored)).size == (512, 171)
    page = reverse("onboarding:business", args=[mesa.slug])
    assert 'src="data:image/png;base64,' in ops.get(page).text
    assert send(ops, mesa, "business", fields(ops, mesa, "business") | {"remove_logo": "on"}).status_code == 302
    assert "data:image" not in ops.get(page).text


def test_zones_are_items_of_the_map_and_are_undone(ops: Client, mesa: Tenant) -> None:
    lines = "North: Hixson, Red Bank, 37415\nCity: Chattanooga"
    typed = fields(ops, mesa, "area") | {"service_area": "Chattanooga area", "zones": lines}
    assert send(ops, mesa, "area", typed).status_code == 302

    def zones() -> list[tuple[str, bool, list[str]]]:
        with scope.tenant(mesa.pk):
            rows = TaxonomyItem.objects.filter(family="zone").order_by("name")
            return [(row.name, row.active, row.facts.get("cities", [])) for row in rows]

    assert zones() == [("City", True, ["Chattanooga"]), ("North", True, ["Hixson", "Red Bank"])]
    typed = fields(ops, mesa, "area")
    assert typed["zones"] == "City: Chattanooga\nNorth: Hixson, Red Bank, 37415"
    assert send(ops, mesa, "area", typed | {"zones": "City: Chattanooga, Ooltewah"}).status_code == 302
    assert zones() == [("City", True, ["Chattanooga", "Ooltewah"]), ("North", False, ["Hixson", "Red Bank"])]
    number = ops.get(reverse("onboarding:step", args=[mesa.slug, "area"])).context["last"].number
    ops.post(reverse("onboarding:undo", args=[mesa.slug, "area"]), {"number": number})
    assert zones() == [("City", True, ["Chattanooga"]), ("North", True, ["Hixson", "Red Bank"])]


@pytest.mark.parametrize("lines", ["North", "North:", "A: 00000", "A: Mesa\na: Gilbert"])
def test_zones_that_cannot_be_read_are_refused(ops: Client, mesa: Tenant, lines: str) -> None:
    typed = fields(ops, mesa, "area") | {"service_area": "Chattanooga area", "zones": lines}
    assert send(ops, mesa, "area", typed).status_code == 422


def test_hours_are_stored_and_undone(ops: Client, mesa: Tenant) -> None:
    shown = ops.get(reverse("onboarding:step", args=[mesa.slug, "hours"])).text
    assert "In the time zone of the office, Eastern time (New York)." in shown and mesa.time_zone not in shown
    typed = fields(ops, mesa, "hours") | {"mon": "08:00-17:00", "holidays": "2026-12-25 Christmas Day"}
    assert send(ops, mesa, "hours", typed).status_code == 302
    assert profile(mesa).hours == {"mon": [["08:00", "17:00"]], "holidays": {"2026-12-25": "Christmas Day"}}
    number = ops.get(reverse("onboarding:step", args=[mesa.slug, "hours"])).context["last"].number
    ops.post(reverse("onboarding:undo", args=[mesa.slug, "hours"]), {"number": number})
    assert profile(mesa).hours == {}


def test_legal_texts_start_from_templates_and_are_published_once_checked(ops: Client, mesa: Tenant) -> None:
    typed = fields(ops, mesa, "legal")
    assert typed["consent"].startswith("Blue Mesa Plumbing may contact me") and "STOP" in typed["consent"]
    assert send(ops, mesa, "legal", typed).status_code == 422
    assert send(ops, mesa, "legal", typed | {"checked": "on"}).status_code == 302
    edited = fields(ops, mesa, "legal") | {"checked": "on", "terms": "Other terms."}
    assert send(ops, mesa, "legal", edited).status_code == 302
    with scope.tenant(mesa.pk):
        versions = list(LegalText.objects.order_by("kind", "version").values_list("kind", "version"))
    assert versions == [("consent", 1), ("privacy", 1), ("terms", 1), ("terms", 2)]
    number = ops.get(reverse("onboarding:step", args=[mesa.slug, "legal"])).context["last"].number
    ops.post(reverse("onboarding:undo", args=[mesa.slug, "legal"]), {"number": number})
    assert fields(ops, mesa, "legal")["terms"] == typed["terms"]


def test_a_viewer_cannot_open_setup(viewer: User, signed_in: SignIn, mesa: Tenant) -> None:
    client = signed_in(viewer)
    upload = SimpleUploadedFile("logo.png", picture(), "image/png")
    assert client.get(reverse("onboarding:new")).status_code == 404
    assert client.post(reverse("onboarding:business", args=[mesa.slug]), {"new_logo": upload}).status_code == 404


def test_every_prefix_has_a_state_and_a_selectable_time_zone() -> None:
    assert set(TIME_ZONES) <= zoneinfo.available_timezones()
    for prefix in range(1000):
        if place := places.place_of(f"{prefix:03}01"):
            assert place.state in places.STATES and place.time_zone in TIME_ZONES
    assert {place.state for code in range(1000) if (place := places.place_of(f"{code:03}01"))} == set(places.STATES)
    known = {
        "85016": "America/Phoenix", "86515": "America/Denver", "79901": "America/Denver",
        "83814": "America/Los_Angeles", "32501": "America/Chicago", "46402": "America/Chicago",
        "97914": "America/Boise", "96813": "Pacific/Honolulu",
    }  # fmt: skip
    assert {code: places.place_of(code).time_zone for code in known} == known  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "name",
    [
        *("new", "www", "Mail", "FTP", "SMTP", "ns1", "NS2", "mx10", "API", "Status", "Admin", "WPAD", "localhost"),
        *("MTA STS", "Autodiscover", "www2"),
    ],
)
def test_no_contractor_gets_the_host_name_of_a_service(name: str) -> None:
    """The address of a contractor is the first part of a host name below `PUBLIC_SUFFIX`."""
    assert naming.slug_of(name) == f"{slugify(name)}-website"


def test_names_and_colors() -> None:
    assert naming.slug_of("Mail Order Air") == "mail-order-air"
    assert naming.slug_of("24/7") == "247"
    assert naming.slug_of("Very " * 30 + "Long") == ("very-" * 11 + "very")[:59]
    assert branding.contrast_with_white("#000000") == pytest.approx(21)
    assert branding.contrast_with_white(branding.darkened("#ff9900")) >= branding.LEAST_CONTRAST
    assert make_tenant().slug


def undo(client: Client, tenant: Tenant, step: str) -> str:
    """Press the undo button of a step, if there is one, and return the page that follows."""
    page = client.get(reverse("onboarding:step", args=[tenant.slug, step]))
    assert "Undo this change" in page.text
    number = {"number": page.context["last"].number}
    return client.post(reverse("onboarding:undo", args=[tenant.slug, step]), number, follow=True).text


def test_changes_of_recipients_are_undone(ops: Client, mesa: Tenant) -> None:
    def recipients() -> list[tuple[str, bool]]:
        with scope.tenant(mesa.pk):
            return list(NoticeRecipient.objects.filter(removed_at=None).values_list("email", "active"))

    added = {"email": "office@blue-mesa.example", "label": "Office", "reason": "asked for"}
    ops.post(reverse("onboarding:recipients", args=[mesa.slug]), added)
    with scope.tenant(mesa.pk):
        row = NoticeRecipient.objects.get()
    ops.post(reverse("onboarding:recipient", args=[mesa.slug, row.public_id, "stop"]), {"reason": "asked for"})
    assert recipients() == [(row.email, False)]
    assert "Notices: the last change was undone." in undo(ops, mesa, "notices")
    assert recipients() == [(row.email, True)]
    undo(ops, mesa, "notices")
    assert recipients() == [(row.email, False)], "an undo can be undone"
    ops.post(reverse("onboarding:recipients", args=[mesa.slug]), added | {"email": "wrong@blue-mesa.example"})
    undo(ops, mesa, "notices")
    assert recipients() == [(row.email, False)]
    with scope.tenant(mesa.pk):
        NoticeRecipient.objects.filter(removed_at=None).update(active=True)
    page = ops.get(reverse("onboarding:recipients", args=[mesa.slug])).text
    assert "It cannot be undone here" in page and "Undo this change" not in page


def test_changes_of_pages_are_undone(ops: Client, mesa: Tenant, operator: User) -> None:
    def act(name: str, **typed: str) -> None:
        answer = ops.post(reverse("onboarding:act", args=[mesa.slug, name]), typed, follow=True)
        assert "message--error" not in answer.text

    def draft() -> PageDraft | None:
        with scope.tenant(mesa.pk):
            return PageDraft.objects.filter(slug="home", state="draft").first()

    def headline() -> str:
        with scope.tenant(mesa.pk):
            return PageBinding.objects.order_by("-version").values_list("headline", flat=True)[0]

    act("draft", trade="plumbing", page="home")
    undo(ops, mesa, "pages")
    assert draft() is None
    act("draft", trade="plumbing", page="home")
    act("discard", page="home")
    undo(ops, mesa, "pages")
    written = draft()
    assert written is not None and written.headline.startswith("Plumbing help from")
    act("publish-page", page="home", seen=mark_of(written))
    page = ops.get(reverse("onboarding:step", args=[mesa.slug, "pages"])).text
    assert "The first version of a page stays published." in page and "Undo this change" not in page
    with scope.operator(operator, "a test"):
        content = {name: getattr(written, name) for name in PageDraft.CONTENT_FIELDS} | {"headline": "Another headline"}
        second = write_draft(tenant=mesa, slug="home", values=content, actor=operator, reason="test", based_on=1)
    act("publish-page", page="home", seen=mark_of(second))
    assert headline() == "Another headline"
    undo(ops, mesa, "pages")
    restored = draft()
    assert headline() == written.headline and restored is not None and restored.headline == "Another headline"


def test_a_step_that_is_none_of_setup_is_not_undone_here(ops: Client, mesa: Tenant) -> None:
    for step in ("phones", "zones", "launch"):
        assert ops.post(reverse("onboarding:undo", args=[mesa.slug, step]), {"number": 1}).status_code == 404
