"""From a tenant added in the admin to a public website, by people, with reasons."""

import email
import email.policy
import itertools
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.gates.models import Flag
from pagetojob.gates.registry import FLAGS, Gate
from pagetojob.onboarding import details, lifecycle, previews, recipients
from pagetojob.onboarding.contractors import prepare
from pagetojob.onboarding.errors import OnboardingRefused
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.outbound.errors import RefusedError, TransientError
from pagetojob.platform.outbound.mail import Receipt
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.lifecycle import MOVES, Lifecycle
from pagetojob.platform.tenants.models import (
    BusinessProfile,
    LegalKind,
    LegalText,
    NoticeRecipient,
    StateChange,
    Tenant,
    User,
)
from pagetojob.titanmap.models import PageBinding
from syncqueue.connectors import deliver
from syncqueue.leads.models import Lead
from syncqueue.models import Kind, State, SyncItem
from syncqueue.notices.recipients import remove, request_test
from syncqueue.selectors import books
from syncqueue.services.delivery import drain
from tests.support.accounts import tenant_data
from tests.support.cast import SignIn
from tests.support.factories import make_tenant
from tests.support.gates import prove
from tests.support.processes import eventually
from tests.support.sentences import WAITING, approve_sentence, expire
from tests.support.visitor import filled_in, shown

pytestmark = pytest.mark.django_db
VALUES = {
    "name": "Acme Air", "phone": "(602) 555-0100", "unusual_phone": "", "other_phones": [], "trades": ["cooling"],
    "license_numbers": [], "zip": "85016", "service_area": "Phoenix area",
}  # fmt: skip


@pytest.fixture
def draft() -> Tenant:
    tenant = make_tenant(state=Lifecycle.DRAFT, slug="acme-air", name="Acme", time_zone="America/Phoenix")
    prepare(tenant)
    return tenant


def move(tenant: Tenant, to: str, by: User, reason: str = "ready") -> Tenant:
    with scope.operator(by, "a test"):
        return lifecycle.change_state(tenant=tenant, to=to, by=by, reason=reason)


def fill_in(tenant: Tenant, by: User) -> None:
    """Everything except the notice recipient and the test request."""
    with scope.operator(by, "a test"):
        details.set_details(tenant=tenant, values=VALUES, by=by, reason="from the contractor")
        BusinessProfile.objects.filter(tenant=tenant).update(hours={"mon": [["07:00", "18:00"]]})
        texts = {kind: f"Text about {kind}." for kind in LegalKind}
        details.publish_legal_texts(tenant=tenant, texts=texts, by=by, reason="from their lawyer")
        PageBinding.objects.create(tenant=tenant, slug="home", page_path="/", label="Home")


def test_a_contractor_goes_from_draft_to_live_by_facts_alone(
    draft: Tenant, operator: User, client: Client, tmp_path: Path
) -> None:
    tenant = move(draft, Lifecycle.PREVIEW, operator)
    fill_in(tenant, operator)
    with pytest.raises(OnboardingRefused, match="notice recipients, test request"):
        move(tenant, Lifecycle.LIVE, operator)
    with scope.operator(operator, "a test"):
        recipient = recipients.add_recipient(
            tenant=tenant, email="office@acme.example", label="Office", by=operator, reason="asked for"
        )
    assert recipients.send_due_tests() == 1
    (mail,) = (tmp_path / "mail").glob("*.eml")
    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)
    assert message["To"] == recipient.email
    (path,) = re.findall(r"/notices/confirm/\S+", message.get_content())
    assert client.get(path).status_code == 200
    with scope.tenant(tenant.pk):
        assert NoticeRecipient.objects.get().confirmed_at is None
    confirmed = client.post(path)
    assert confirmed.status_code == 200 and "are sent to it" not in confirmed.text, "no visitor can send one yet"
    with pytest.raises(OnboardingRefused, match="go live: test request"):
        move(tenant, Lifecycle.LIVE, operator)

    with scope.operator(operator, "a test"):
        preview = previews.create_preview(tenant=tenant, by=operator)
        address = previews.preview_address(tenant, preview)
    client.get("/" + address.partition("://")[2].partition("/")[2])
    form = reverse("intake:request", args=[tenant.slug])
    sent = client.post(form, filled_in(rendered=shown(slug=tenant.slug)))
    assert sent.status_code == 302
    thanks = client.get(sent["Location"]).text
    assert "This is a test request." in thanks and "The office has not been notified yet." in thanks
    drain(deliver, worker="test")
    assert "The office was notified at" in client.get(sent["Location"]).text
    live = move(tenant, Lifecycle.LIVE, operator)
    assert live.state == Lifecycle.LIVE
    assert Client().get(reverse("intake:home", args=[tenant.slug])).status_code == 200
    with scope.tenant(tenant.pk):
        (lead,) = Lead.objects.all()
        assert lead.excluded_as == "test"
        assert set(SyncItem.objects.values_list("kind", "state")) == {
            (Kind.BUSINESS_NOTIFICATION, State.DELIVERED),
            (Kind.VISITOR_CONFIRMATION, State.DELIVERED),
        }
        ledger = books(tenant)
        assert (ledger.captured, ledger.excluded, ledger.missing, ledger.waiting) == (1, 1, 0, 0)


def test_each_transition_has_a_person_a_time_and_a_reason(draft: Tenant, operator: User) -> None:
    move(draft, Lifecycle.PREVIEW, operator, "the contractor wants to see it")
    move(draft, Lifecycle.CLOSED, operator, "they changed their mind")
    with scope.operator(operator, "a test"):
        rows = list(StateChange.objects.filter(tenant=draft).values_list("number", "before", "after", "by", "reason"))
        assert rows == [
            (2, "preview", "closed", operator.pk, "they changed their mind"),
            (1, "draft", "preview", operator.pk, "the contractor wants to see it"),
        ]
        actions = AuditEntry.objects.filter(tenant=draft, action__startswith="onboarding.").order_by("id")
        assert list(actions.values_list("action", "actor_id")) == [
            ("onboarding.preview", operator.pk),
            ("onboarding.closed", operator.pk),
        ]


@pytest.mark.parametrize(("before", "to"), list(itertools.product(Lifecycle.values, Lifecycle.values)))
def test_no_other_transition_is_possible(before: str, to: str, operator: User) -> None:
    tenant = make_tenant(state=before)
    if to in MOVES[before]:
        return
    with pytest.raises(OnboardingRefused, match="is not possible"):
        move(tenant, to, operator)


@pytest.mark.parametrize("before", [Lifecycle.PREVIEW, Lifecycle.PAUSED])
def test_no_contractor_goes_live_with_something_missing(before: str, operator: User) -> None:
    tenant = make_tenant(state=before)
    with pytest.raises(OnboardingRefused, match="Not ready to go live: phone number"):
        move(tenant, Lifecycle.LIVE, operator)
    assert Tenant.objects.get(pk=tenant.pk).state == before


def test_a_paused_website_is_resumed_without_another_test_request(operator: User) -> None:
    """Only a preview takes one, and a paused website has no preview. Its first test request may have been erased."""
    tenant = make_tenant(state=Lifecycle.PAUSED)
    fill_in(tenant, operator)
    with scope.operator(operator, "a test"):
        NoticeRecipient.objects.create(tenant=tenant, email="office@acme.example", confirmed_at=timezone.now())
        prepare(tenant)
    assert move(tenant, Lifecycle.LIVE, operator).state == Lifecycle.LIVE


def test_a_transition_needs_a_reason_and_the_right(draft: Tenant, operator: User, viewer: User) -> None:
    with pytest.raises(OnboardingRefused, match="reason"):
        move(draft, Lifecycle.PREVIEW, operator, " ")
    with pytest.raises(OnboardingRefused, match="role"):
        move(draft, Lifecycle.PREVIEW, viewer)


def test_a_tenant_of_the_admin_has_its_profile_and_its_feature_rows(admin_user: User, signed_in: SignIn) -> None:
    answer = signed_in(admin_user).post(
        reverse("admin:tenants_tenant_add"),
        {"slug": "new-air", "name": "New Air", "time_zone": "America/Denver", "reason": "signed the contract"},
    )
    assert answer.status_code == 302, answer.text
    tenant = Tenant.objects.get(slug="new-air")
    assert tenant.state == Lifecycle.DRAFT
    with scope.tenant(tenant.pk):
        assert Flag.objects.count() == len(FLAGS) and BusinessProfile.objects.count() == 1


def test_the_admin_refuses_a_new_reserved_short_name_only(admin_user: User, signed_in: SignIn) -> None:
    client, typed = signed_in(admin_user), {"name": "New Air", "time_zone": "America/Denver", "reason": "signed"}
    refused = client.post(reverse("admin:tenants_tenant_add"), typed | {"slug": "smtp"})
    assert refused.status_code == 200 and "This name is reserved" in refused.text
    stored = make_tenant(slug="status")
    changed = client.post(reverse("admin:tenants_tenant_change", args=[stored.pk]), tenant_data(stored, name="New Air"))
    assert changed.status_code == 302, changed.text


def test_a_link_of_a_test_message_that_is_not_ours_confirms_nothing(client: Client) -> None:
    for method in (client.get, client.post):
        assert method("/notices/confirm/forged").status_code == 404


def test_a_refused_test_message_is_shown_and_sent_again_only_on_request(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.operator(operator, "a test"):
        recipients.add_recipient(tenant=draft, email="a@acme.example", label="", by=operator, reason="asked for")

    def fail(error: Exception) -> None:
        def send(**_: Any) -> None:
            raise error

        monkeypatch.setattr("syncqueue.notices.channels.send_mail", send)

    fail(TransientError("mail-later", "The mail server is busy."))
    assert recipients.send_due_tests() == 0
    with scope.tenant(draft.pk):
        row = NoticeRecipient.objects.get()
    assert row.test_error == "The mail server is busy." and row.test_due_at and row.test_due_at > timezone.now()
    with scope.operator(operator, "a test"):
        request_test(recipient=row, by=operator)
    fail(RefusedError("mail-refused", "There is no such address."))
    assert recipients.send_due_tests() == 0
    with scope.tenant(draft.pk):
        refused = NoticeRecipient.objects.get()
    assert (refused.test_due_at, refused.test_error, refused.test_sent_at) == (None, "There is no such address.", None)


def test_an_address_that_was_removed_and_added_again_is_confirmed_again(draft: Tenant, operator: User) -> None:
    typed: dict[str, Any] = {
        "tenant": draft,
        "email": "a@acme.example",
        "label": "",
        "by": operator,
        "reason": "asked for",
    }
    with scope.operator(operator, "a test"):
        row = recipients.add_recipient(**typed)
        recipients.confirm(row)
        with pytest.raises(OnboardingRefused, match="already on the list"):
            recipients.add_recipient(**typed)
        remove(recipient=row, by=operator, reason="They left.")
        again = recipients.add_recipient(**typed)
    assert (again.pk, again.active, again.confirmed_at) == (row.pk, True, None)


def test_a_text_that_overclaims_is_not_published(draft: Tenant, operator: User) -> None:
    claim = "We are a certified ServiceTitan partner."
    with scope.operator(operator, "a test"), pytest.raises(OnboardingRefused, match="unproven claim"):
        details.publish_legal_text(tenant=draft, kind=LegalKind.TERMS, text=claim, by=operator, reason="new")
    prove(Gate.PARTNER_APPROVAL)
    with scope.operator(operator, "a test"):
        assert details.publish_legal_text(tenant=draft, kind=LegalKind.TERMS, text=claim, by=operator, reason="proven")


@pytest.mark.parametrize(
    ("field", "value", "label"),
    [
        ("name", "Acme, a certified ServiceTitan partner", "Name"),
        ("service_area", "valley. We are a certified ServiceTitan partner", "Service area"),
        ("license_numbers", [{"label": "Certified ServiceTitan partner", "number": "1"}], "License numbers"),
    ],
)
def test_details_that_overclaim_are_not_stored(
    draft: Tenant, operator: User, field: str, value: Any, label: str
) -> None:
    change: dict[str, Any] = {"tenant": draft, "by": operator, "reason": "as the office wants it"}
    with scope.operator(operator, "a test"):
        with pytest.raises(OnboardingRefused, match=f"{label}: the text makes an unproven claim"):
            details.set_details(values={field: value}, **change)
        details.set_details(values={"name": "Acme Air"}, **change)
    prove(Gate.PARTNER_APPROVAL)
    with scope.operator(operator, "a test"):
        details.set_details(values={field: value}, **change)


def test_a_legal_text_waits_for_the_approval_of_a_sentence_on_a_gated_topic(draft: Tenant, operator: User) -> None:
    text = f"You can reach us by phone.\n\n{WAITING}."
    values: dict[str, Any] = {"tenant": draft, "kind": LegalKind.TERMS, "text": text, "by": operator, "reason": "new"}
    with scope.operator(operator, "a test"), pytest.raises(OnboardingRefused, match="second person approves first"):
        details.publish_legal_text(**values)
    approval = approve_sentence(WAITING)
    with scope.operator(operator, "a test"):
        assert details.publish_legal_text(**values)
        assert details.publish_legal_text(**values | {"text": "Call us."})
    expire(approval)
    with scope.operator(operator, "a test"):
        assert details.publish_legal_text(**values), "the way back to a published text is open"


def test_the_versions_that_a_form_showed_are_stored_with_the_request(client: Client, tenant: Tenant) -> None:
    form = client.get(f"/sites/{tenant.slug}/request-appointment").context["form"]
    with scope.tenant(tenant.pk):
        LegalText.objects.create(
            tenant=tenant, kind="consent", version=2, text="Another consent.", published_at=timezone.now()
        )
    client.post(f"/sites/{tenant.slug}/request-appointment", filled_in(rendered=form["rendered"].value()))
    with scope.tenant(tenant.pk):
        lead = Lead.objects.exclude(consent_version=None).get()
    assert (lead.consent_version, lead.privacy_version, lead.terms_version) == (1, 1, 1)
    assert lead.consent_text.startswith("Desert Peak Heating & Air may contact me")


@pytest.mark.parametrize("phone", ["abc", "12", "after 5"])
def test_a_phone_that_cannot_be_called_is_refused_and_everything_typed_stays(
    client: Client, tenant: Tenant, phone: str
) -> None:
    url = f"/sites/{tenant.slug}/request-appointment"
    answer = client.post(url, filled_in(phone=phone, email="", message="No cold air & more."))
    assert answer.status_code == 422
    assert "Enter a phone number that can be called, with its area code, or an email address." in answer.text
    assert f'value="{phone}"' in answer.text and "No cold air &amp; more." in answer.text
    assert client.post(url, filled_in(phone=phone, email="jamie@example.com")).status_code == 302


def test_a_slow_mail_server_delays_test_messages_and_not_the_worker(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with scope.operator(operator, "a test"):
        for name in ("a", "b"):
            recipients.add_recipient(
                tenant=draft, email=f"{name}@acme.example", label="", by=operator, reason="asked for"
            )
    monkeypatch.setattr(recipients, "BUDGET_SECONDS", 0.0)
    assert recipients.send_due_tests() == 0
    monkeypatch.undo()
    assert recipients.send_due_tests() == 2


def add_recipients(tenant: Tenant, operator: User, *names: str) -> None:
    with scope.operator(operator, "a test"):
        for name in names:
            recipients.add_recipient(
                tenant=tenant, email=f"{name}@acme.example", label="", by=operator, reason="asked for"
            )


def states_of_tests() -> dict[str, tuple[bool, bool, bool]]:
    """Return for each recipient whether its test message was sent, is due, and has an error."""
    with scope.worker():
        return {
            row.email[0]: (row.test_sent_at is not None, row.test_due_at is not None, bool(row.test_error))
            for row in NoticeRecipient.objects.all()
        }


def connections_open() -> int:
    """Return how many sessions the roles of this database have open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def join_senders() -> list[threading.Thread]:
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("test message")]
    for thread in threads:
        thread.join(30)
    return threads


SENT, DUE, FAILED = (True, False, False), (False, True, False), (False, False, True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("budget", [10.0, 0.2], ids=["within the run", "after it"])
def test_a_message_that_an_error_of_ours_stops_repeats_no_other(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch, budget: float
) -> None:
    is_late = budget < 1
    goes_on, raised = threading.Event(), threading.Event()

    def send(*, to: str, **_: Any) -> Receipt:
        assert not is_late or goes_on.wait(30)
        if to.startswith("a@"):
            raised.set()
            raise ValueError(to)
        assert raised.wait(30)
        time.sleep(0.1)
        return Receipt("<id>")

    monkeypatch.setattr("syncqueue.notices.channels.send_mail", send)
    monkeypatch.setattr(recipients, "BUDGET_SECONDS", budget)
    add_recipients(draft, operator, "a", "b", "c")
    assert recipients.send_due_tests() == (0 if is_late else 2)
    goes_on.set()
    join_senders()
    assert states_of_tests() == {"a": FAILED, "b": SENT, "c": SENT}


@pytest.mark.django_db(transaction=True)
def test_a_run_that_an_error_ends_settles_the_messages_under_way(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, prepare_next = threading.Event(), recipients._prepared

    def send(**_: Any) -> Receipt:
        assert goes_on.wait(30)
        return Receipt("<id>")

    def prepare_or_fail(row: NoticeRecipient) -> Any:
        if row.email.startswith("b@"):
            raise ValueError(row.email)
        return prepare_next(row)

    monkeypatch.setattr("syncqueue.notices.channels.send_mail", send)
    monkeypatch.setattr(recipients, "_prepared", prepare_or_fail)
    add_recipients(draft, operator, "a", "b")
    with pytest.raises(ValueError, match="b@"):
        recipients.send_due_tests()
    goes_on.set()
    join_senders()
    assert states_of_tests() == {"a": SENT, "b": DUE}


@pytest.mark.django_db(transaction=True)
def test_a_message_that_takes_longer_than_the_run_is_settled_when_it_ends(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    def send(**_: Any) -> Receipt:
        assert answered.wait(30)
        return Receipt("<id>")

    monkeypatch.setattr("syncqueue.notices.channels.send_mail", send)
    monkeypatch.setattr(recipients, "BUDGET_SECONDS", 0.2)
    add_recipients(draft, operator, "a")
    began = time.monotonic()
    assert recipients.send_due_tests() == 0 and time.monotonic() - began < 10
    assert states_of_tests() == {"a": DUE}, "it is under way, and sent again only if its process dies"
    assert recipients.send_due_tests() == 0
    before = connections_open()
    answered.set()
    assert join_senders() and states_of_tests() == {"a": SENT}
    eventually(lambda: connections_open() == before)  # its thread closed its connection


@pytest.mark.django_db(transaction=True)
def test_a_message_that_ends_with_the_run_leaves_the_connection_of_the_worker_open(
    draft: Tenant, operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def session() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return int(cursor.fetchone()[0])

    def wait_too_long(under: Mapping[Future[Any], object], **_: Any) -> tuple[set[Future[Any]], set[Future[Any]]]:
        wait(under)
        time.sleep(0.2)
        return set(), set(under)

    monkeypatch.setattr("syncqueue.notices.channels.send_mail", lambda **_: Receipt("<id>"))
    monkeypatch.setattr(recipients, "wait", wait_too_long)
    monkeypatch.setattr(recipients, "BUDGET_SECONDS", 0.2)
    add_recipients(draft, operator, "a")
    before = session()
    assert recipients.send_due_tests() == 0
    assert states_of_tests() == {"a": SENT} and session() == before
