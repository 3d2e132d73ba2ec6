"""Search by a caller's identifiers: masked results, audited without the search term."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pagetojob.logs import JsonFormatter
from pagetojob.ops.search import views
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.audit.services import fingerprint
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.leads.models import Lead, pasted_name_contains
from syncqueue.models import Kind
from syncqueue.selectors.search import MOST, By, read_question
from tests.isolation.world import settle
from tests.support.cast import SignIn
from tests.support.desk import captured_as, mark_as_done, work
from tests.support.factories import make_lead, make_sync_item

PALETTE = "/ops/search/palette"
NAUGHTY = [
    "\x00",
    "%%%",
    "___",
    "\\",
    "x" * 20_000,
    "\ud83d\ude00" * 3,
    "' OR 1=1 --",
    "\u202e李雷雷",
    "a" + "\x00" * 9,
]


def ask(client: Client, wanted: str) -> Any:
    return client.post("/ops/search", {"wanted": wanted}, follow=True)


def codes(answer: Any) -> list[str]:
    return [entry["lead"].spoken_code for entry in answer.context["found"]]


def hits(answer: Any, key: str) -> list[str]:
    return [hit.title for group in answer.context["groups"] if group.key == key for hit in group.hits]


def audited(user: User) -> list[AuditEntry]:
    with scope.operator(user, reason="test"):
        return list(AuditEntry.objects.filter(action="syncqueue.search").order_by("id"))


@pytest.fixture
def jamie(tenant: Tenant, captured: Lead) -> Lead:
    """Set the values that intake stores: (602) 555-0199 and jamie@example.com."""
    return captured


def test_a_request_matches_every_identifier(signed_in: SignIn, operator: User, jamie: Lead) -> None:
    client, code = signed_in(operator), jamie.spoken_code
    heard = code.replace("PTJ-", "").replace("0", "O").replace("1", "l")
    for wanted in (
        *(code, code.lower(), code.replace("-", ""), f"  {code} ", heard, f"ptj {heard}"),
        *(jamie.reference, jamie.reference.upper(), jamie.reference.removeprefix("st-ready:")),
        *("(602) 555-0199", "602-555-0199", "6025550199", "+1 602 555 0199", "1.602.555.0199", "\t602 555 0199\n"),
        *("jamie@example.com", "JAMIE@Example.COM", " jamie@example.com "),
        *("jamie\u200b@example.com", "\ufeffjamie@exam\u00adple.com", "jamie@example\ufe0f.com\u202c"),
    ):
        assert codes(ask(client, wanted)) == [code], wanted


def test_an_address_that_was_stored_with_unseen_characters_matches(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    client, item = signed_in(operator), captured_as(tenant, email="ja\u200bmie@Exam\u00adple.com")
    captured_as(tenant, email="jamie.r\u200b@example.com")
    for wanted in ("jamie@example.com", "JAMIE@example.com", "jam\u2060ie@example.com"):
        assert item.lead and codes(ask(client, wanted)) == [item.lead.spoken_code], wanted


def test_a_name_that_was_stored_with_unseen_characters_matches(
    signed_in: SignIn, operator: User, tenant: Tenant
) -> None:
    client, item = signed_in(operator), captured_as(tenant, name="Jo\u200bhanna\u00a0Que\u202ensel")
    captured_as(tenant, name="Jo\u200bhann Quensel")
    for wanted in ("johanna quensel", "Johanna", "anna Q", "Jo\ufeffhanna\u2009Quensel"):
        assert item.lead and codes(ask(client, wanted)) == [item.lead.spoken_code], wanted


def test_only_names_with_unseen_characters_are_read_for_them(operator: User, tenant: Tenant) -> None:
    captured_as(tenant, name="Jo\u200bhanna")
    with scope.operator(operator, reason="test"), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        rows = Lead.objects.filter(pasted_name_contains("Johanna")).order_by("-pk")
        assert "lead_unseen_name" in rows.explain()


def test_a_request_is_shown_with_its_items_and_masked(signed_in: SignIn, viewer: User, jamie: Lead) -> None:
    answer = ask(signed_in(viewer), jamie.spoken_code)
    (entry,) = answer.context["found"]
    assert {row["item"].kind for row in entry["rows"]} >= {Kind.BUSINESS_NOTIFICATION, Kind.BOOKING_REQUEST}
    assert "J… R…" in answer.text and "••• 99" in answer.text
    for value in ("Rivera", "555-0199", "6025550199", "jamie@", "Camelback"):
        assert value not in answer.text
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("7", "No results"),
        ("PTJ-0000001", "check character does not match"),
        ("602 555", "No results"),
        ("555 019", "incomplete phone number"),
        ("999 999 999 999 999 999", "incomplete phone number"),
        ("st-ready:12", "Copy all of it"),
        ("nobody@example.com", "No results"),
        ("jamie@example.co", "No results"),
        ("%", "No results"),
        ("_", "No results"),
        ("' OR 1=1 --", "No results"),
        ("<script>alert(1)</script>", "&lt;script&gt;"),
        ("𝟞𝟘𝟚 \u202e ½", "No results"),
        ("x" * 5000, "No results"),
        ("a\x00@b", "No results"),
        ("\ud83d\ude00" * 3, "No results"),
    ],
)
def test_a_search_without_results_shows_a_message(
    signed_in: SignIn, operator: User, jamie: Lead, wanted: str, expected: str
) -> None:
    answer = ask(signed_in(operator), wanted.encode("utf-16", "surrogatepass").decode("utf-16"))
    assert answer.status_code == 200 and expected in answer.text
    assert answer.context["found"] == []


@pytest.mark.parametrize("wanted", ["desert", "DESERT-PEAK", "peak", "Desert Peak Heating & Air"])
def test_a_contractor_matches_a_part_of_its_name(
    signed_in: SignIn, operator: User, tenant: Tenant, wanted: str
) -> None:
    answer = ask(signed_in(operator), wanted)
    assert 'href="/ops/contractors/desert-peak/"' in answer.text
    assert hits(answer, "contractors") == [tenant.name]


def test_the_same_phone_at_two_tenants_matches_twice(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    for number, entry in enumerate((tenant, other_tenant)):
        with scope.tenant(entry.pk):
            lead = make_lead(tenant=entry, phone_e164="+16025550142", email=f"a{number}@example.com")
            make_sync_item(tenant=entry, lead=lead)
    answer = ask(signed_in(operator), "602 555 0142")
    assert [len(entry["rows"]) for entry in answer.context["found"]] == [1, 1]
    assert {entry["lead"].tenant for entry in answer.context["found"]} == {tenant, other_tenant}


def test_more_results_are_mentioned_and_cost_nothing(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    client, costs = signed_in(operator), []
    for count in (1, MOST):
        with scope.tenant(tenant.pk):
            for _ in range(count):
                make_sync_item(tenant=tenant, lead=make_lead(tenant=tenant, email="Many@Example.com"))
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, "many@example.com")
        costs.append(len(queries))
        assert answer.context["more"] is (count > 1)
    assert len(codes(answer)) == MOST and "There are more than 50 requests" in answer.text
    assert costs[0] == costs[1] <= 22


def test_every_search_is_written_down_without_its_text(
    signed_in: SignIn, viewer: User, jamie: Lead, caplog: pytest.LogCaptureFixture
) -> None:
    client = signed_in(viewer)
    with caplog.at_level(logging.DEBUG):
        client.post(PALETTE, {"wanted": ""})
        client.post(PALETTE, {"wanted": "j"})
        assert audited(viewer) == []
        ask(client, "(602) 555-0199")
        client.post(PALETTE, {"wanted": "6025550199"})
        ask(client, "Jamie@Example.com")
        client.post(PALETTE, {"wanted": "Rivera"})
    phone, again, mail, name = audited(viewer)
    assert (phone.actor_id, phone.reason) == (viewer.pk, "searched by text or phone")
    assert phone.changes["phone"] == again.changes["phone"] == [None, fingerprint("+16025550199")]
    assert mail.changes == {"e-mail": [None, fingerprint("jamie@example.com")]}
    assert name.changes == {"text": [None, fingerprint("Rivera")]}
    texts = " ".join(JsonFormatter().format(record) for record in caplog.records if "sql" not in record.__dict__)
    for value in ("0199", "amie", "xample.com", "ivera"):
        assert value not in str([entry.changes for entry in (phone, again, mail, name)])
        assert value not in texts


def test_a_search_needs_a_form_of_ours_and_never_stands_in_an_address(operator: User, jamie: Lead) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(operator)
    assert strict.post("/ops/search", {"wanted": "602 555 0199"}).status_code == 403
    shown = strict.get("/ops/search", {"wanted": jamie.spoken_code})
    assert shown.status_code == 200 and jamie.reference not in shown.text and "audit log" in shown.text


def test_a_search_for_nothing_explains_what_to_enter(signed_in: SignIn, operator: User) -> None:
    for wanted in ("", " \x00 "):
        assert "Enter a spoken code" in ask(signed_in(operator), wanted).text
    assert audited(operator) == []


def test_results_can_be_reloaded_by_their_reader_only(
    signed_in: SignIn, operator: User, viewer: User, jamie: Lead
) -> None:
    answer = signed_in(operator).post("/ops/search", {"wanted": "Rivera"})
    assert answer.status_code == 302 and "ivera" not in answer["Location"]
    assert codes(signed_in(operator).get(answer["Location"])) == [jamie.spoken_code]
    assert "found" not in signed_in(viewer).get(answer["Location"]).context


def test_a_lead_without_items_is_shown_as_an_error(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead = make_lead(tenant=tenant)
    assert "It has no outbox item. Call an engineer." in ask(signed_in(operator), lead.reference).text


def test_a_question_can_be_two_things_at_once() -> None:
    assert read_question("6025550199").by.keys() == {By.TEXT, By.PHONE}
    assert read_question("a@b").by == {By.EMAIL: "a@b"}


def test_a_part_of_a_name_or_of_a_manual_reference_matches(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    for entry, name in (
        (tenant, "José Ñandú"),
        (other_tenant, "Ann Nandu-Smith"),
        (tenant, "李雷雷"),
        (tenant, "100% _x"),
    ):
        with scope.tenant(entry.pk):
            make_sync_item(tenant=entry, lead=make_lead(tenant=entry, name=name))
    client, item = signed_in(operator), captured_as(tenant)
    work()
    assert mark_as_done(client, item, done_reference="JOB-48213").status_code == 302
    for wanted, count in (("ñandú", 1), ("NANDU", 1), ("雷雷", 1), ("josé", 1), ("% _x", 1), ("smith", 1), ("andX", 0)):
        assert len(codes(ask(client, wanted))) == count, wanted
    assert item.lead and codes(ask(client, "48213")) == [item.lead.spoken_code]
    text = client.post(PALETTE, {"wanted": "smith"}).text
    assert "A… N…" in text and "Smith" not in text and other_tenant.name in text


@pytest.mark.parametrize("who", ["viewer", "operator", "lead_operator", "admin_user"])
def test_the_palette_without_a_text_lists_where_a_person_may_go(
    signed_in: SignIn, who: str, request: pytest.FixtureRequest, pack: None, tenant: Tenant
) -> None:
    client = signed_in(request.getfixturevalue(who))
    answer = client.post(PALETTE, {"wanted": ""})
    (group,) = answer.context["groups"]
    assert group.key == "commands" and "Contractors" in [hit.title for hit in group.hits]
    assert {hit.url: client.get(hit.url).status_code for hit in group.hits} == {hit.url: 200 for hit in group.hits}
    assert ("Audit log" in [hit.title for hit in group.hits]) == (who == "lead_operator")


def test_a_staff_admin_searches_contractors_and_no_request(
    signed_in: SignIn, admin_user: User, tenant: Tenant, jamie: Lead
) -> None:
    client = signed_in(admin_user)
    for wanted in (jamie.spoken_code, "rivera", "ac-repair", "desert"):
        for answer in (ask(client, wanted), client.post(PALETTE, {"wanted": wanted})):
            assert {group.key for group in answer.context["groups"]} <= {"contractors", "commands", "pack"}
            assert jamie.spoken_code not in answer.text.replace(f'value="{wanted}"', "")
    assert hits(ask(client, "desert"), "contractors") == [tenant.name]


def test_every_kind_has_hits(signed_in: SignIn, operator: User, tenant: Tenant, pack: None) -> None:
    client = signed_in(operator)
    kinds = {
        "commands": "go to alarms",
        "pages": "ac-repair",
        "runbooks": "dispatcher is not",
        "contractors": "desert",
        "pack": "webhook",
    }
    for key, wanted in kinds.items():
        assert hits(ask(client, wanted), key), key
        assert hits(client.post(PALETTE, {"wanted": wanted}), key), key


@pytest.mark.parametrize("wanted", NAUGHTY)
def test_the_palette_answers_anything_calmly(signed_in: SignIn, operator: User, jamie: Lead, wanted: str) -> None:
    answer = signed_in(operator).post(PALETTE, {"wanted": wanted.encode("utf-16", "surrogatepass").decode("utf-16")})
    assert answer.status_code == 200
    assert [group.key for group in answer.context["groups"]] in ([], ["commands"])


def slow() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(3)")


def test_a_search_that_takes_too_long_is_ended(
    signed_in: SignIn, operator: User, jamie: Lead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "search_leads", lambda *_: slow())
    answer = ask(signed_in(operator), "rivera")
    assert answer.status_code == 503 and "did not end within a second" in answer.text
    assert answer["Retry-After"] == "10"


def test_findings_and_packets_match(signed_in: SignIn, operator: User, tenant: Tenant) -> None:
    holding = settle(tenant, "Quetzal")
    client = signed_in(operator)
    finding = client.post(PALETTE, {"wanted": "wrong phone"})
    assert holding.ids["drift:finding public_id"] in finding.text
    packet = holding.ids["packets:packet public_id"]
    for wanted in ("2026-10", "October 2026", "oct 2026", packet, packet.upper()):
        assert packet in client.post(PALETTE, {"wanted": wanted}).text, wanted
    for other in ("2026-11", "November 2026", "Octopus 2026", "2026-13"):
        assert packet not in client.post(PALETTE, {"wanted": other}).text, other
