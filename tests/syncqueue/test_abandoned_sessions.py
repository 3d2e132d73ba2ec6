"""A qualified abandoned session becomes a lead once: from the API, behind its gate, and never as a request of ours."""

from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from pagetojob.platform.runs.models import RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.api_sessions import call_once
from pagetojob.servicetitan.vault.models import Connection
from pagetojob.servicetitan.vault.services import disconnect
from syncqueue import mails, polling
from syncqueue.connectors import session_reads
from syncqueue.leads.models import BookingRequest
from syncqueue.models import EventState, SyncItem
from syncqueue.selectors.ledger import books
from syncqueue.services import abandoned_sessions
from syncqueue.services.abandoned_sessions import KIND
from syncqueue.services.inbox_work import work_inbox
from tests.retention import asking
from tests.support.gates import wish
from tests.support.inbox import Sender, connect, put_in_service
from tests.support.refusals import left_out, refused
from tests.support.standin import TENANT, StandInProcess
from tests.support.visitor import leads

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMER = {"firstName": "Dana", "lastName": "Fields", "phone": "602-555-0142", "isBot": False}


@pytest.fixture
def scheduler(tenant: Tenant, owner: User, standin: StandInProcess) -> Sender:
    """A sender of events whose account lets us read sessions."""
    return Sender(put_in_service(connect(tenant, owner, scopes=("tn.sp.schedulers:r",)), owner))


def session(standin: StandInProcess, number: str, **facts: Any) -> None:
    row = {"id": number, "sessionOutcome": "Abandoned", "category": "AC Repair", "customer": CUSTOMER} | facts
    for table, rows in (("schedulers", [{"id": "main"}]), ("schedulers/main/sessions", [row])):
        standin.control("POST", f"rows/{TENANT}", {"table": f"schedulingpro/{table}", "rows": rows})


def tell(sender: Sender, number: str, **claims: Any) -> str:
    """Send an event about a session, and return its outcome."""
    assert sender.send({"type": KIND, "version": 1, "data": {"id": number, "schedulerId": "main"} | claims}) == 200
    work_inbox()
    event = sender.events()[-1]
    return f"{event.state}: {event.outcome}"


def test_what_the_api_lists_becomes_a_lead_once(scheduler: Sender, tenant: Tenant, standin: StandInProcess) -> None:
    session(standin, "s-1", notes="No hot water.")
    assert "Stored as lead" in tell(scheduler, "s-1", customer={"firstName": "Mallory", "phone": "1"})
    [lead] = leads(tenant)
    assert (lead.channel, lead.name, lead.phone, lead.message) == (
        "sess",
        "Dana Fields",
        "602-555-0142",
        "No hot water.",
    )
    assert lead.consented_at is None, "no one agreed to anything here"
    assert tell(scheduler, "s-1", again=True).startswith(EventState.SUPERSEDED)
    assert len(leads(tenant)) == 1
    with scope.worker():
        kinds = set(SyncItem.objects.values_list("kind", flat=True))
        booking = BookingRequest.objects.select_related("lead", "tenant").get()
        assert books(tenant).balance
    assert kinds == {"business_notification", "booking_request"}, "the visitor gets no email"
    notice = mails.notice(booking, "office@example.com", again=False, entry="")
    assert "Abandoned session" in notice.subject and "did not finish booking" in notice.body
    assert "requested an appointment" not in notice.body and not getattr(mail, "outbox", [])


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"bookingId": 7}, "the visitor finished"),
        ({"customer": CUSTOMER | {"isBot": True}}, "a bot"),
        ({"customer": {"firstName": "Dana"}}, "no phone number and no email"),
    ],
)
def test_some_sessions_are_no_lead(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess, facts: dict[str, Any], reason: str
) -> None:
    session(standin, "s-2", **facts)
    assert reason in tell(scheduler, "s-2")
    assert leads(tenant) == []


def test_a_claim_without_a_session_there_is_no_lead(scheduler: Sender, tenant: Tenant) -> None:
    assert "lists no such session" in tell(scheduler, "s-3", customer=CUSTOMER)
    assert "names no session" in tell(scheduler, "../../crm/v2", customer=CUSTOMER)
    assert leads(tenant) == []


def test_without_the_scope_nothing_is_read(reader: Sender, tenant: Tenant, standin: StandInProcess) -> None:
    session(standin, "s-4")
    assert "lacks this scope: tn.sp.schedulers:r" in tell(reader, "s-4")
    assert polling.poll_sessions() == 0
    assert leads(tenant) == []


def test_sessions_that_no_event_reported_become_leads_once(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess
) -> None:
    for number in range(30):
        session(standin, f"missed-{number}")
    session(standin, "finished", bookingId=7)
    session(standin, "under-way", sessionOutcome="InProgress")
    assert "Stored as lead" in tell(scheduler, "missed-0")
    assert polling.poll_sessions() == 29
    assert polling.poll_sessions() == 0
    assert tell(scheduler, "missed-7").startswith(EventState.SUPERSEDED), "an event that came late"
    assert len(leads(tenant)) == 30


def test_an_error_of_a_contractor_does_not_end_the_poll(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess, caplog: pytest.LogCaptureFixture
) -> None:
    session(standin, "lost")
    with refused("leads_lead", tenant):
        assert polling.poll_sessions() == 0
    assert left_out(caplog) == [("poll of sessions", tenant.pk)]
    assert polling.poll_sessions() == 1


def test_a_long_name_keeps_no_session_from_becoming_a_lead(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess
) -> None:
    """Each part may have a hundred characters, and a lead's name has room for two hundred with the space between."""
    session(standin, "long", customer=CUSTOMER | {"firstName": "A" * 150, "lastName": "B" * 150})
    session(standin, "short")
    assert polling.poll_sessions() == 2
    assert {len(lead.name) for lead in leads(tenant)} == {200, len("Dana Fields")}


def test_sessions_are_not_read_while_they_are_away_or_the_gate_is_closed(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess
) -> None:
    session(standin, "s-5")
    standin.plan(outage=True)
    assert polling.poll_sessions() == 0
    standin.plan()
    wish(tenant, "scheduler-webhooks", wanted=False)
    assert polling.poll_sessions() == 0
    assert leads(tenant) == []


def test_a_session_whose_visitor_goes_on_typing_is_a_single_lead(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event and the reading of every five minutes can read it at the same time, each before the other commits."""
    session(standin, "typing")
    assert "Stored as lead" in tell(scheduler, "typing")
    session(standin, "typing", notes="The unit on the roof, please.")
    monkeypatch.setattr(abandoned_sessions, "_stored", lambda *_: set())
    assert polling.poll_sessions() == 0
    assert len(leads(tenant)) == 1


@pytest.mark.parametrize("way", ["event", "list"])
def test_a_session_that_is_read_during_a_disconnect_is_no_lead(
    scheduler: Sender,
    tenant: Tenant,
    owner: User,
    standin: StandInProcess,
    monkeypatch: pytest.MonkeyPatch,
    *,
    way: str,
) -> None:
    session(standin, "late")
    with scope.tenant(tenant.pk):
        connection = Connection.objects.get(tenant=tenant)

    def answered_too_late(*about: Any, **how: Any) -> Any:
        answer = call_once(*about, **how)
        if any(getattr(row, "id", "") == "late" for row in answer.rows):
            disconnect(connection=connection, actor=owner, reason="The customer wants no more access.")
        return answer

    monkeypatch.setattr(session_reads, "call_once", answered_too_late)
    if way == "event":
        assert "No lead was stored: the connection has ended." in tell(scheduler, "late")
    else:
        assert polling.poll_sessions() == 0
    assert leads(tenant) == []


@pytest.fixture
def erasure_list(settings: Any, tmp_path: Path) -> None:
    settings.RECOVERY_FOLDER = str(tmp_path)


@pytest.mark.usefixtures("erasure_list")
def test_an_erased_person_does_not_return_from_a_session(
    scheduler: Sender, tenant: Tenant, standin: StandInProcess, operator: User, lead_operator: User
) -> None:
    session(standin, "erased")
    assert polling.poll_sessions() == 1
    (lead,) = leads(tenant)
    asking.end_items(lead)
    request = asking.searched(tenant, operator, phone=lead.phone_e164)
    asking.request_erasure(request, operator)
    asking.confirm(request, lead_operator)
    assert asking.work().state == RunState.DONE
    session(standin, "erased", notes="Please call me back.")
    assert polling.poll_sessions() == 0
    assert [(lead.name, lead.phone, lead.message) for lead in leads(tenant)] == [("", "", "")]
