"""Operators see features and missing requirements, switch off in two clicks, and need two people for evidence."""

import html
import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pagetojob.gates import decisions
from pagetojob.gates.decisions import Missing
from pagetojob.gates.models import Evidence
from pagetojob.gates.registry import FLAGS, REQUIREMENTS, Environment, Gate
from pagetojob.gates.screens import records
from pagetojob.gates.screens.words import KILL_REASONS, NEXT
from pagetojob.gates.services import decide
from pagetojob.onboarding.lifecycle import change_state
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import Lifecycle
from pagetojob.platform.tenants.models import Tenant, User
from tests.support.cast import SignIn
from tests.support.factories import make_tenant, make_user
from tests.support.gates import prove, prove_all, wish

LIST, PAGE = "/ops/gates/", "/ops/gates/desert-peak/"
KILL = f"{PAGE}flags/drift-monitor/kill"


def is_on(tenant: Tenant, flag: str = "drift-monitor") -> bool:
    with scope.tenant(tenant.pk):
        return decide(flag, tenant, Environment.PRODUCTION).open


def typed(**changes: Any) -> dict[str, Any]:
    """Return an operator's input for a privacy review, with `changes`."""
    return {
        "gate": "privacy review",
        "kind": "confirmation",
        "grade": "confirmed by customer",
        "summary": "Both sides signed the review.",
        "last_day": (timezone.now() + timedelta(days=90)).date(),
        "url": "https://www.example.com/review",
    } | changes


def close(tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        change_state(tenant=tenant, to=Lifecycle.CLOSED, by=operator, reason="The contract ended.")


def test_the_page_names_what_is_missing_who_holds_it_and_what_is_next(
    tenant: Tenant, viewer: User, signed_in: SignIn
) -> None:
    wish(tenant, "api-booking-sync")
    page = signed_in(viewer).get(PAGE).text
    assert "7 requirements remain for production" in page
    for text in (
        "no approval is on file",
        "Owner: <strong>ServiceTitan admin</strong>",
        "Record ServiceTitan&#x27;s",
    ):
        assert text in page
    assert all(flag.title in page for flag in FLAGS.values())
    assert "Switch off" not in page, "a read-only role is offered no switch"


def test_only_a_feature_that_is_on_can_be_switched_off(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    page = signed_in(operator).get(PAGE).text
    assert is_on(tenant) and f'href="{KILL}"' in page
    assert not is_on(tenant, "api-booking-sync") and f"{PAGE}flags/api-booking-sync/want" in page
    assert f"{PAGE}flags/api-booking-sync/kill" not in page


def test_each_reason_of_a_decision_has_a_next_step() -> None:
    reasons = {value.what for value in vars(decisions).values() if isinstance(value, Missing)}
    assert "contract" in reasons
    assert reasons | {requirement.value for requirement in REQUIREMENTS} <= {str(what) for what in NEXT}


def test_the_pages_of_a_closed_contractor_state_the_end_of_the_contract(
    tenant: Tenant, owner: User, operator: User, signed_in: SignIn
) -> None:
    close(tenant, operator)
    ours, theirs = signed_in(operator).get(PAGE), signed_in(owner).get("/portal/gates/")
    assert (ours.status_code, theirs.status_code) == (200, 200)
    assert "the end of a contract is final" in ours.text
    assert "The contract has ended: nothing is sent to ServiceTitan" in theirs.text
    assert "This feature stays off. You have nothing to do." in theirs.text


@pytest.mark.parametrize("act", ["want", "unwant", "kill", "revive"])
def test_no_switch_is_offered_or_accepted_that_has_no_effect_after_the_end(
    tenant: Tenant, operator: User, lead_operator: User, signed_in: SignIn, act: str
) -> None:
    wish(tenant, "api-booking-sync", "drift-monitor")
    wish(tenant, "closed-loop-revenue", killed=True)
    close(tenant, operator)
    client, flag = signed_in(lead_operator), "closed-loop-revenue" if act == "revive" else "api-booking-sync"
    page = client.get(PAGE).text
    assert f'href="{KILL}"' in page, "a manual feature goes on until the offboarding"
    gated = [slug for slug, definition in FLAGS.items() if definition.gates]
    assert gated and not [slug for slug in gated if f"/flags/{slug}/" in page]
    address, why = f"{PAGE}flags/{flag}/{act}", f"The contract of {tenant.name} has ended, so this feature stays off."
    form = client.get(address).text
    assert html.escape(why) in form and "<strong>Result:</strong>" not in form
    answer = client.post(address, {"reason": "Tidying up.", "why": KILL_REASONS[0]})
    assert answer.status_code == 422 and html.escape(why) in answer.text
    with scope.operator(operator, reason="test"):
        assert not AuditEntry.objects.filter(action__in=["gates.kill", "gates.revive", "gates.want", "gates.unwant"])


def test_evidence_of_a_closed_contractor_is_neither_recorded_nor_confirmed(
    tenant: Tenant, operator: User, lead_operator: User, signed_in: SignIn
) -> None:
    waiting = prove(Gate.PRIVACY_REVIEW, tenant=tenant, confirmed=False)
    close(tenant, operator)
    client, confirm = signed_in(lead_operator), f"{PAGE}evidence/{waiting.public_id}/confirm"
    page = client.get(PAGE).text
    assert "has ended, so evidence opens no gate" in page
    assert f"{PAGE}evidence/new" not in page and confirm not in page
    assert "Ask which modules the customer" not in page, "no step of a gate is left"
    for address, given in ((f"{PAGE}evidence/new", typed()), (confirm, {})):
        assert client.get(address).text.count("has ended, so evidence opens no gate") == 1
        answer = client.post(address, given)
        assert (answer.status_code, "has ended, so evidence opens no gate" in answer.text) == (422, True)
    with scope.tenant(tenant.pk):
        assert [row.confirmed_at for row in Evidence.objects.filter(tenant=tenant)] == [None]


def test_the_list_counts_for_each_tenant(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    wish(tenant, *FLAGS)
    prove_all(tenant)
    wish(tenant, "drift-monitor", killed=True)
    page = signed_in(operator).get(LIST).text
    assert f'data-label="On">{len(FLAGS) - 1}<' in page
    assert "<strong>1</strong>" in page


def test_a_page_costs_the_same_however_much_there_is(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)

    def cost(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    before = cost(LIST), cost(PAGE)
    for number in range(3):
        make_tenant(slug=f"more-{number}")
        prove(Gate.PRIVACY_REVIEW, tenant=tenant)
    assert (cost(LIST), cost(PAGE)) == before
    assert before[0] <= 9 and before[1] <= 10


def test_evidence_that_ended_is_listed_up_to_a_limit(
    tenant: Tenant, lead_operator: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "MOST_ENDED", 2)
    client, now = signed_in(lead_operator), timezone.now()
    for number in range(4):
        prove(Gate.PRIVACY_REVIEW, tenant=tenant, summary=f"In effect {number}.", received_at=now - timedelta(days=60))
    for number in range(2):
        prove(Gate.PRIVACY_REVIEW, tenant=tenant, summary=f"Ended {number}.", lapsed=True)
        prove(Gate.PARTNER_APPROVAL, summary=f"Ours ended {number}.", lapsed=True)
    page = client.get(PAGE).text
    assert "is not listed" not in page
    assert re.findall(r"<p>((?:In effect|Ended|Ours ended) \d)\.", page) == [
        *("Ended 1", "Ended 0", "In effect 3", "In effect 2", "In effect 1", "In effect 0"),
        *("Ours ended 1", "Ours ended 0"),
    ]
    prove(Gate.PRIVACY_REVIEW, tenant=tenant, summary="Ended 2.", lapsed=True)
    page = client.get(PAGE).text
    assert page.count("Older evidence that was revoked or has lapsed is not listed.") == 1
    assert re.findall(r"<p>((?:In effect|Ended) \d)\.", page) == [
        *("Ended 2", "Ended 1", "In effect 3", "In effect 2", "In effect 1", "In effect 0")
    ]


def test_two_presses_switch_off_and_it_is_written_down(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    client = signed_in(operator)
    assert is_on(tenant)
    first = client.get(PAGE).text
    assert f'href="{KILL}"' in first
    asked = client.get(KILL).text
    assert is_on(tenant), "looking at the page switches nothing"
    assert "checked" in asked, "a reason is chosen already"
    answer = client.post(KILL, {"why": "It misbehaves for this customer."}, follow=True)
    assert "switched off. Sending stops within a second." in answer.text
    assert not is_on(tenant)
    assert "Drift monitor: switched off" in answer.text, "the history shows it"
    with scope.operator(operator, reason="test"):
        line = AuditEntry.objects.get(action="gates.kill")
    assert (line.actor_id, line.reason, line.tenant_id) == (operator.pk, "It misbehaves for this customer.", tenant.pk)


def test_only_a_lead_lifts_it(tenant: Tenant, operator: User, lead_operator: User, signed_in: SignIn) -> None:
    wish(tenant, "drift-monitor", killed=True)
    address = f"{PAGE}flags/drift-monitor/revive"
    assert "Only an operator lead can lift a kill switch." in signed_in(operator).get(address).text
    assert signed_in(operator).post(address, {"reason": "Fixed."}).status_code == 422
    assert not is_on(tenant)
    assert signed_in(lead_operator).post(address, {"reason": "Fixed."}).status_code == 302
    assert is_on(tenant)


def test_a_wish_is_noted_and_opens_no_gate(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    address = f"{PAGE}flags/api-booking-sync/want"
    assert signed_in(operator).post(address, {"reason": "Asked for by mail."}).status_code == 302
    assert not is_on(tenant, "api-booking-sync")
    assert signed_in(operator).post(address, {"reason": "Again."}).status_code == 422
    assert signed_in(operator).post(f"{PAGE}flags/drift-monitor/unwant", {"reason": "Not now."}).status_code == 302
    assert not is_on(tenant)


@pytest.mark.parametrize("why", [{"why": "other"}, {"why": "no such reason"}, {}])
def test_a_switch_without_a_reason_is_not_moved(
    tenant: Tenant, operator: User, signed_in: SignIn, why: dict[str, str]
) -> None:
    assert signed_in(operator).post(KILL, why).status_code == 422
    assert is_on(tenant)


@pytest.mark.parametrize(
    "wrong", ["no-such/", "desert-peak/flags/no-such/kill", "desert-peak/flags/drift-monitor/open"]
)
def test_unknown_rows_are_a_404(tenant: Tenant, lead_operator: User, signed_in: SignIn, wrong: str) -> None:
    assert signed_in(lead_operator).get(LIST + wrong).status_code == 404
    assert signed_in(lead_operator).post(LIST + wrong, {"reason": "x"}).status_code in (404, 405)


def test_evidence_needs_a_second_person(tenant: Tenant, operator: User, lead_operator: User, signed_in: SignIn) -> None:
    upload = SimpleUploadedFile("review.pdf", b"%PDF-1.7\n", content_type="text/html")
    answer = signed_in(operator).post(f"{PAGE}evidence/new", typed(url="", file=upload), follow=True)
    assert "It counts once another person, an operator lead, confirms it." in answer.text
    with scope.tenant(tenant.pk):
        row = Evidence.objects.get(tenant=tenant)
    at = f"{PAGE}evidence/{row.public_id}/"
    assert "You recorded this evidence" in signed_in(operator).get(f"{at}confirm").text
    assert signed_in(operator).post(f"{at}confirm").status_code == 422
    saved = signed_in(operator).get(f"{at}file")
    assert saved.content == b"%PDF-1.7\n"
    assert saved["Content-Disposition"].startswith("attachment") and saved["Content-Type"] == "application/pdf"
    assert signed_in(lead_operator).post(f"{at}confirm").status_code == 302
    page = signed_in(lead_operator).get(PAGE).text
    assert "Evidence confirmed" in page and ">valid<" in page.replace("\n", "").replace("</svg>", ">")
    assert signed_in(operator).post(f"{at}revoke", {"reason": " "}).status_code == 422
    assert signed_in(operator).post(f"{at}revoke", {"reason": "Signed by the wrong person."}).status_code == 302
    with scope.tenant(tenant.pk):
        row.refresh_from_db()
    assert (row.recorded_by_id, row.confirmed_by_id, row.revoked_by_id) == (operator.pk, lead_operator.pk, operator.pk)


def test_a_lead_does_not_confirm_the_own_evidence(tenant: Tenant, lead_operator: User, signed_in: SignIn) -> None:
    client = signed_in(lead_operator)
    client.post(f"{PAGE}evidence/new", typed())
    with scope.tenant(tenant.pk):
        row = Evidence.objects.get(tenant=tenant)
    assert client.post(f"{PAGE}evidence/{row.public_id}/confirm").status_code == 422
    with scope.tenant(tenant.pk):
        row.refresh_from_db()
    assert row.confirmed_at is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gate": "partner approval"}, "Select a valid choice"),
        (
            {"gate": "scopes granted", "grade": "confirmed by customer", "scopes": ["tn.crm.bookings:r"]},
            "only evidence of the grade",
        ),
        ({"grade": "captured in sandbox"}, "Select a valid choice"),
        ({"grade": "captured in stand-in"}, "Select a valid choice"),
        ({"gate": "scopes granted", "grade": "issued by third party"}, "Select the scopes that were granted."),
        ({"modules": ["Accounting"]}, "something that this gate does not require"),
        ({"url": ""}, "Enter an address or upload a file."),
        ({"last_day": "2020-01-01"}, "must be in the future"),
        ({"file": SimpleUploadedFile("a.pdf", b"MZ\x90\x00")}, "must be a PDF"),
        ({"file": SimpleUploadedFile("a.txt", b"a" * (10 * 1024 * 1024 + 1))}, "larger than 10 MB"),
        ({"summary": "PageToJob is a certified ServiceTitan partner."}, "makes a claim that is still gated"),
    ],
    ids=[
        "of the house",
        "grade",
        "sandbox",
        "stand-in",
        "no scopes",
        "modules",
        "nowhere",
        "lapsed",
        "type",
        "size",
        "claim",
    ],
)
def test_invalid_evidence_is_refused_with_a_field_error(
    tenant: Tenant, operator: User, signed_in: SignIn, changes: dict[str, Any], said: str
) -> None:
    if upload := changes.get("file"):
        changes = {"file": SimpleUploadedFile(upload.name, BytesIO(upload.read()).read())}
    answer = signed_in(operator).post(f"{PAGE}evidence/new", typed(**changes))
    assert answer.status_code == 422
    assert said in answer.text
    with scope.tenant(tenant.pk):
        assert not Evidence.objects.filter(tenant=tenant).exists()


def test_evidence_of_another_tenant_is_a_404(
    tenant: Tenant, other_tenant: Tenant, lead_operator: User, signed_in: SignIn
) -> None:
    foreign = prove(Gate.PRIVACY_REVIEW, tenant=other_tenant, confirmed=False)
    of_house = prove(Gate.PARTNER_APPROVAL, confirmed=False)
    for row in (foreign, of_house):
        for act in ("confirm", "revoke"):
            answer = signed_in(lead_operator).post(f"{PAGE}evidence/{row.public_id}/{act}", {"reason": "x"})
            assert answer.status_code == 404


def test_names_are_escaped(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    Tenant.objects.filter(pk=tenant.pk).update(name="<b>Peak</b>")
    prove(Gate.PRIVACY_REVIEW, tenant=tenant, summary="<script>1</script>", recorded_by=make_user(name="<i>"))
    page = signed_in(operator).get(PAGE).text
    assert not [text for text in ("<b>Peak", "<script>1", "<i>") if text in page]


def test_the_last_day_there_is_is_refused(tenant: Tenant, operator: User, signed_in: SignIn) -> None:
    answer = signed_in(operator).post(f"{PAGE}evidence/new", typed(last_day="9999-12-31"))
    assert answer.status_code == 422 and not Evidence.objects.filter(tenant=tenant).exists()
