"""The customer's answer: by one link, once, kept word for word, and nothing of anybody else."""

import os
import re
from collections.abc import Generator
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from drift import forms
from drift.access import ATTEMPTS
from drift.compare.findings import Rule
from drift.models import Answer, Finding, FindingState, ReviewLink, Site
from drift.services import customer_questions, finding_actions
from drift.services.link_codes import code_of
from pagetojob.platform.files.images import clean_images
from pagetojob.platform.limited_process import Allowance
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.drift import findings, make_site, page, read, say_page
from tests.support.hostile import hostile
from tests.support.pictures import exif, huge_png, jpeg, opened

CHOICES = ("operations changed", "website is right", "both must change", "true until")


@pytest.fixture
def row(tenant: Tenant, operator: User, settings: Any) -> Generator[Finding]:
    with hostile() as server:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{server.port}"]
        say_page(server, "/", page("AC Diagnostic: $79 <b>", "Call <script>alert(1)</script> (602) 555-0123"))
        read(make_site(tenant, server), operator)
        (finding,) = findings(tenant, rule="price_mismatch")
        yield finding


@pytest.fixture
def link(row: Finding, operator: User) -> ReviewLink:
    with scope.operator(operator, reason="test"):
        return customer_questions.ask(finding=row, actor=operator, reason="which is it?")


@pytest.fixture
def address(link: ReviewLink) -> str:
    return reverse("review:answer", args=[code_of(link)])


def fresh(row: Finding) -> Finding:
    with scope.worker():
        return Finding.objects.get(pk=row.pk)


def sealed(client: Client, address: str, **typed: Any) -> dict[str, Any]:
    return {"seal": client.get(address).context["seal"], **typed}


@pytest.mark.django_db(transaction=True)
def test_photo_is_stored_under_a_generic_name(client: Client, row: Finding, address: str, ops: Client) -> None:
    drawing = ContentFile(b"<svg onload=alert(1)>", name="x.jpg")
    refused = client.post(address, sealed(client, address, choice="website is right", photo=drawing))
    assert refused.status_code == 422 and "not a JPEG or PNG image" in refused.content.decode()
    sent = jpeg(exif=exif(orientation=6)) + b"<script>alert(1)</script>"
    picture = ContentFile(sent, name="Maria's kitchen.jpg")
    assert client.post(address, sealed(client, address, choice="website is right", photo=picture)).status_code == 200
    with scope.worker():
        stored = Answer.objects.select_related("photo").get()
    assert stored.photo is not None and stored.photo.name == "photo of an answer"
    where = reverse("drift:photo", args=[stored.photo.public_id])
    shown = ops.get(where)
    assert shown["Content-Type"] == "image/jpeg"
    assert opened(shown.content).size == (30, 40) and not opened(shown.content).getexif()
    assert b"Maria" not in shown.content and b"script" not in shown.content
    assert "sandbox" in shown["Content-Security-Policy"] and client.get(where).status_code != 200
    assert where in ops.get(reverse("drift:finding", args=[row.public_id])).content.decode()
    with psycopg.connect(os.environ["PTJ_TEST_ADMIN_URL"]) as session:  # as an erasure and the purge
        session.execute("SET session_replication_role = replica")
        session.execute("DELETE FROM files_filechunk WHERE file_id = %s", [stored.photo.pk])
        session.execute("UPDATE files_file SET name = '' WHERE id = %s", [stored.photo.pk])
    assert ops.get(where).status_code == 404, "it was an error of the server"
    assert "The attached photo was erased." in ops.get(reverse("drift:finding", args=[row.public_id])).text


def test_a_finding_leads_to_its_actions_before_the_text_of_the_page(row: Finding, ops: Client) -> None:
    """On a phone, two screens of evidence are between the next step and the actions."""
    page = ops.get(reverse("drift:finding", args=[row.public_id])).text
    assert page.index('href="#acts">Choose an action</a>') < page.index('id="where"') < page.index('id="acts"')


def test_a_finding_marks_where_the_website_and_the_map_differ(row: Finding, ops: Client) -> None:
    page = ops.get(reverse("drift:finding", args=[row.public_id])).text
    sides = page.partition('class="drift-sides"')[2].partition("</dl>")[0]
    assert re.findall(r"<dd>(.*?)\s*</dd>", sides) == ["$<mark>7</mark>9", "$<mark>8</mark>9"]
    assert "Differences between the two are marked." in page


def test_times_of_a_finding_are_in_the_contractor_s_time_zone(
    client: Client, row: Finding, link: ReviewLink, address: str, ops: Client
) -> None:
    zones = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Pago_Pago")]
    zone = next(zone for zone in zones if row.opened_at.astimezone(zone).date() != row.opened_at.date())
    Tenant.objects.filter(pk=row.tenant_id).update(time_zone=zone.key)
    day, end = row.opened_at.astimezone(zone), link.expires_at.astimezone(zone)
    assert f"until {end:%B %-d, %Y, %-I:%M %p %Z}." in client.get(address).text
    page = ops.get(reverse("drift:finding", args=[row.public_id])).text
    assert f">{end:%b %-d, %Y, %H:%M %Z}</time>." in page and f"as read on {day:%b %-d, %Y}," in page
    assert f">{day:%b %-d}</time>" in ops.get(reverse("drift:board")).text


@pytest.mark.parametrize(
    ("content", "seconds", "reason"),
    [
        (b"\xff\xd8\xff\xe0<html>", 10, "not a JPEG or PNG image"),
        (huge_png(60_000, 60_000), 10, "not a JPEG or PNG image"),
        (jpeg(), 0, "could not be read"),
    ],
    ids=["markup", "pixels", "ended child"],
)
def test_answer_stays_on_the_page_when_its_photo_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch, content: bytes, seconds: int, reason: str
) -> None:
    client = Client()
    monkeypatch.setattr(forms, "clean_images", partial(clean_images, allowance=Allowance(seconds=seconds)))
    photo = ContentFile(content, name="x.jpg")
    typed = sealed(client, address, choice="website is right", comment="Since May", photo=photo)
    refused = client.post(address, typed)
    assert refused.status_code == 422 and reason in refused.context["form"].errors["photo"][0]
    assert refused.context["form"]["choice"].value() == "website is right" and "Since May" in refused.text
    with scope.worker():
        assert not Answer.objects.exists()


def test_answer_without_origin_header_is_accepted(row: Finding, address: str) -> None:
    phone = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    typed = sealed(phone, address, choice="website is right")
    assert phone.post(address, typed).status_code == 200
    assert not phone.cookies


def test_opening_the_page_does_not_answer(client: Client, row: Finding, address: str) -> None:
    for _ in range(3):
        response = client.get(address)
        assert response.status_code == 200 and "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "no-referrer"
    assert client.head(address).status_code == 200
    assert fresh(row).state == FindingState.ASKED
    with scope.worker():
        assert not Answer.objects.exists()


@pytest.mark.parametrize("choice", CHOICES)
def test_link_accepts_one_answer_and_stores_shown_text(client: Client, row: Finding, address: str, choice: str) -> None:
    until = timezone.now().date() + timedelta(days=30)
    typed = {"choice": choice, "comment": "Since May <b>"} | (
        {"until": until.isoformat()} if choice == "true until" else {}
    )
    shown = client.get(address).content.decode()
    assert client.post(address, sealed(client, address, **typed)).status_code == 200
    with scope.worker():
        stored = Answer.objects.get()
    assert (stored.choice, stored.grade, stored.comment) == (choice, "by link", "Since May <b>")
    for part in ("about", "page", "website_says", "records_say", "question"):
        assert stored.shown[part] in shown
    assert fresh(row).state == (FindingState.WAIVED if choice == "true until" else FindingState.ANSWERED)
    assert client.post(address, {"seal": "x", **typed}).status_code == 404
    assert client.get(address).status_code == 404


def test_hours_are_shown_as_people_write_them(
    row: Finding, address: str, ops: Client, owner: User, signed_in: SignIn
) -> None:
    stored = {"site_value": "mon-fri 07:00-16:00", "map_value": "mon-fri 06:30-16:00; sat closed"}
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(rule=Rule.HOURS, item="office hours", **stored)
    office = signed_in(owner)
    for client, url in (
        (ops, reverse("drift:board")),
        (ops, reverse("drift:finding", args=[row.public_id])),
        (Client(), address),
        (office, "/portal/website/questions"),
        (office, "/portal/website/"),
    ):
        page = re.sub("</?mark>", "", client.get(url).text)
        assert "Monday to Friday 7:00 AM to 4:00 PM" in page and "mon-fri" not in page, url
        assert "Monday to Friday 6:30 AM to 4:00 PM; Saturday closed" in page, url
    assert "We will change the website to match." in Client().get(address).text


def test_an_answer_quotes_the_values_that_it_would_change(row: Finding, address: str) -> None:
    dates = {"site_value": "ends 2026-12-31", "map_value": "ends 2027-03-01"}
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(rule=Rule.OFFER_DATE_MISMATCH, item="offer: Tune-Up", **dates)
    page = Client().get(address).text
    assert "change the website from “ends December 31, 2026” to “ends March 1, 2027”." in page
    assert "correct our records from “ends March 1, 2027” to “ends December 31, 2026”." in page


def test_values_that_are_equal_in_words_are_shown_as_they_are_stored(row: Finding, address: str, ops: Client) -> None:
    """In words, both end at midnight, and no one could tell what differs."""
    hours = {"site_value": "mon 08:00-00:00", "map_value": "mon 08:00-24:00"}
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(rule=Rule.HOURS, item="office hours", **hours)
    finding = reverse("drift:finding", args=[row.public_id])
    for client, url in ((ops, reverse("drift:board")), (ops, finding), (Client(), address)):
        page = re.sub("</?mark>", "", client.get(url).text)
        assert all(value in page for value in hours.values()) and "midnight" not in page, url


def test_values_that_agree_are_shown_once(row: Finding, ops: Client) -> None:
    day = dict.fromkeys(("site_value", "map_value"), "ends 2026-12-06")
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(rule=Rule.OFFER_LAPSING, item="offer: Tune-Up", **day)
    for url in (reverse("drift:board"), reverse("drift:finding", args=[row.public_id])):
        assert ops.get(url).text.count("ends December 6, 2026") == 1, url
    assert '<td data-label="Titan Map">the same</td>' in ops.get(reverse("drift:board")).text
    assert "<dt>Website and Titan Map</dt>" in ops.get(reverse("drift:finding", args=[row.public_id])).text


def test_equal_values_are_not_compared_in_the_question(
    row: Finding, address: str, ops: Client, owner: User, signed_in: SignIn
) -> None:
    client, office, finding = Client(), signed_in(owner), reverse("drift:finding", args=[row.public_id])
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(
            rule=Rule.OFFER_LAPSING, item="offer: Tune-Up", site_value="ends 2026-12-05", map_value="ends 2026-12-05"
        )
    asked = office.get("/portal/website/questions").context["questions"]
    (shown,) = [question for question in asked if str(row.public_id) in question["name"]]
    assert shown["fact"].question == shown["form"]["choice"].label == "Does this offer end on that day?"
    for reader, url in ((client, address), (ops, finding)):
        page = reader.get(url).text
        assert "Does this offer end on that day?" in page and "It ends: remove it from the website" in page, url
        assert "Which one is correct?" not in page and "is right" not in page, url
    assert client.post(address, sealed(client, address, choice="website is right")).status_code == 422
    assert "We will remove the offer" in client.post(address, sealed(client, address, choice="operations changed")).text
    with scope.worker():
        assert Answer.objects.get().shown["question"] == "Does this offer end on that day?"
    page = ops.get(finding).text
    assert "It ends: remove it from the website" in page and "Our records are right" not in page


def test_answer_is_rejected_if_the_finding_changed(client: Client, row: Finding, address: str) -> None:
    typed = sealed(client, address, choice="website is right")
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(site_value="$99")
    response = client.post(address, typed)
    assert response.status_code == 422 and "on this page has changed" in response.content.decode()
    assert "$99" in response.content.decode() and fresh(row).state == FindingState.ASKED


def test_an_answer_is_rejected_if_the_finding_changes_while_its_photo_is_decoded(
    client: Client, row: Finding, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(files: list[Any]) -> Any:
        with scope.worker():
            Finding.objects.filter(pk=row.pk).update(site_value="$99")
        return clean_images(files)

    monkeypatch.setattr(forms, "clean_images", decode)
    photo = ContentFile(jpeg(), name="x.jpg")
    response = client.post(address, sealed(client, address, choice="website is right", photo=photo))
    assert response.status_code == 422 and "on this page has changed" in response.text and "$99" in response.text
    with scope.worker():
        assert not Answer.objects.exists()
    assert fresh(row).state == FindingState.ASKED
    again = {"seal": response.context["seal"], "choice": "website is right"}
    assert client.post(address, again).status_code == 200


def test_true_until_requires_a_date_within_a_year(client: Client, row: Finding, address: str) -> None:
    for until in ("", "2020-01-01", "2999-01-01", "soon"):
        assert client.post(address, sealed(client, address, choice="true until", until=until)).status_code == 422
    assert client.post(address, sealed(client, address)).status_code == 422
    assert fresh(row).state == FindingState.ASKED


@pytest.mark.parametrize("end", ["revoked", "expired", "a newer link", "false alarm"])
def test_ended_link_is_rejected(client: Client, link: ReviewLink, address: str, operator: User, end: str) -> None:
    row = link.finding
    typed = sealed(client, address, choice="website is right")
    if end == "expired":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timezone, "now", lambda: link.expires_at + timedelta(seconds=1))
            assert client.post(address, typed).status_code == 404
    else:
        with scope.operator(operator, reason="test"):
            if end == "revoked":
                customer_questions.revoke(finding=fresh(row), actor=operator, reason="wrong number")
            elif end == "a newer link":
                customer_questions.ask(finding=fresh(row), actor=operator, reason="again")
            else:
                finding_actions.dismiss(finding=fresh(row), actor=operator, reason="misread")
        assert client.post(address, typed).status_code == 404
    with scope.worker():
        assert not Answer.objects.exists()


def test_page_shows_only_one_fact_of_one_tenant(
    client: Client, row: Finding, address: str, other_tenant: Tenant
) -> None:
    html = client.get(address).content.decode()
    assert "$79" in html and "$89" in html and "<script>alert" not in html
    for word in (other_tenant.name, "555-0123", str(row.public_id), row.fingerprint, "/ops/"):
        assert word not in html


def test_many_wrong_links_are_rate_limited(client: Client, db: None) -> None:
    statuses = [client.get(f"/review/{number}").status_code for number in range(ATTEMPTS.free + 1)]
    assert statuses == [404] * ATTEMPTS.free + [429]
    assert client.post("/review/x", {"choice": "website is right"}).status_code == 429


def test_link_code_is_not_stored(link: ReviewLink) -> None:
    code = code_of(link)
    assert code not in link.digest and len(code) == 43
    assert customer_questions.find_question(code).link.pk == link.pk
    with pytest.raises(customer_questions.LinkGone):
        customer_questions.find_question(link.digest)


def test_operators_see_the_marked_quote_and_viewers_cannot_act(
    row: Finding, link: ReviewLink, operator: User, viewer: User, signed_in: SignIn
) -> None:
    page_of = reverse("drift:finding", args=[row.public_id])
    html = signed_in(operator).get(page_of).content.decode()
    assert "<mark>AC Diagnostic: $79" in html and "<script>alert" not in html
    assert code_of(link) in html
    seen = signed_in(viewer).get(page_of).content.decode()
    assert code_of(link) not in seen and "Mark as a false alarm" not in seen
    act = reverse("drift:act", args=[row.public_id, "dismiss"])
    assert signed_in(viewer).post(act, {"dismiss-reason": "x"}).status_code == 404
    assert signed_in(operator).post(act, {"dismiss-reason": ""}).status_code == 422
    assert fresh(row).state == FindingState.ASKED


def test_an_action_is_about_the_finding_that_the_page_showed(row: Finding, ops: Client) -> None:
    page_of = reverse("drift:finding", args=[row.public_id])
    ask, by_phone = (reverse("drift:act", args=[row.public_id, act]) for act in ("ask", "told"))

    def shown() -> dict[str, str]:
        return {"seen": ops.get(page_of).context["seen"]}

    first, asked = shown(), {"ask-reason": "Which is it?"}
    answered = {"told-told_by": "Pat", "told-choice": "website is right"}
    ops.post(ask, first | asked)
    again = ops.post(ask, first | asked, follow=True)
    assert "This finding changed since you opened this page" in again.text
    with scope.worker():
        assert ReviewLink.objects.count() == 1, "the second click made a link and revoked the first"
    stale = shown()
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(site_value="$8")
    for seen in (stale, {}):
        ops.post(by_phone, seen | answered)
    assert fresh(row).state == FindingState.ASKED
    ops.post(by_phone, shown() | answered)
    assert fresh(row).state == FindingState.ANSWERED


def test_board_paginates_by_cursor_and_filters(
    row: Finding, operator: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drift.selectors.PAGE_SIZE", 1)
    ops, seen, address = signed_in(operator), [], reverse("drift:board")
    for _ in range(5):
        response = ops.get(address)
        seen += [entry[0].pk for entry in response.context["rows"]]
        if not response.context["older_url"]:
            break
        address = reverse("drift:board") + response.context["older_url"]
    with scope.worker():
        assert sorted(seen) == sorted(Finding.objects.values_list("pk", flat=True))
    assert ops.get(reverse("drift:board") + "?after=x").status_code == 302
    only = ops.get(reverse("drift:board") + "?rule=price_mismatch&state=asked&harm=9&tenant=%00").context["filters"]
    assert (only.rule, only.state, only.harm) == ("price_mismatch", "asked", 0)


def test_site_is_saved_and_page_is_uploaded(row: Finding, tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    ops, where = signed_in(operator), reverse("drift:site", args=[tenant.slug])
    facts = {
        "base_url": "https://shop.example/a/",
        "every_hours": 24,
        "page_budget": 50,
        "delay_ms": 500,
        "reason": "new",
    }
    assert ops.post(where, facts | {"more": '{"licences": []}'}).status_code == 422
    assert ops.post(where, facts | {"base_url": "ftp://x"}).status_code == 422
    assert "Enter the whole address, such as" in ops.post(where, facts | {"base_url": "www.shop.example"}).text
    assert "see line 2, column 1" in ops.post(where, facts | {"more": '{"offers":\n]}'}).text
    assert ops.post(where, facts | {"more": '{"licenses": ["ROC 318842"]}'}).status_code == 302
    with scope.worker():
        assert Site.objects.get(tenant=tenant).more == {"licenses": ["ROC 318842"]}
    handed = {"page-page": "/plans", "page-html": "<p>License ROC 318824</p>", "page-reason": "a draft"}
    response = ops.post(reverse("drift:hand-in", args=[tenant.slug]), handed, follow=True)
    assert response.status_code == 200 and "/plans" in response.content.decode()
    assert findings(tenant, rule="license_mismatch")
