"""A request from the form to "booked" through real processes, with the seconds of each step."""

import re
import threading
import time
from collections.abc import Generator

import pytest
from django.test import Client

from pagetojob.local.process import free_port
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import NoticeChannel, NoticeRecipient, Tenant, User
from syncqueue.leads.models import Lead, LeadAnswer
from syncqueue.notices import recipients
from syncqueue.notices.text_simulator import Server, TextSimulator
from tests.support.cast import SignIn
from tests.support.processes import Processes, eventually
from tests.support.smtp import MailServer
from tests.support.visitor import send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nightly]
WHY = "The office asked for it."


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch, settings: pytest.FixtureRequest) -> Generator[TextSimulator]:
    simulator = TextSimulator(account="ACtest", token="t" * 32, delay=0.01)
    port = free_port()
    server = Server(simulator, port=port)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    facts = {
        "TEXT_ACCOUNT": "ACtest",
        "TEXT_TOKEN": "t" * 32,
        "TEXT_FROM": "+16025550100",
        "TEXT_SIMULATOR_URL": f"http://127.0.0.1:{port}",
    }
    for name, value in facts.items():
        monkeypatch.setenv(name, value)
        setattr(settings, name, value)
    yield simulator
    server.shutdown()
    server.server_close()


def test_a_request_is_texted_mailed_answered_and_booked(  # noqa: PLR0917 - fixtures
    client: Client,
    tenant: Tenant,
    owner: User,
    signed_in: SignIn,
    processes: Processes,
    mail_server: MailServer,
    phone: TextSimulator,
) -> None:
    with scope.tenant(tenant.pk):
        added = recipients.add(tenant=tenant, channel=NoticeChannel.TEXT, address="602 555 0177", by=owner, reason=WHY)
        NoticeRecipient.objects.filter(pk=added.recipient.pk).update(confirmed_at="2026-01-01T00:00Z", test_due_at=None)
    processes.email_url = mail_server.url
    processes.start("dispatcher", "deliver", "work")
    began, steps = time.monotonic(), {}

    assert send(client, urgency="soon").status_code == 302
    steps["form answered"] = time.monotonic() - began
    with scope.worker():
        lead = Lead.objects.get()
    link = f"/portal/requests/{lead.public_id}"
    eventually(lambda: any(map(link_in, map(plain, mail_server.box.bodies))))
    steps["email arrived"] = time.monotonic() - began
    eventually(lambda: any(link_in(message.body) for message in phone.messages))
    steps["text arrived"] = time.monotonic() - began
    office, linked = signed_in(owner), link_in(phone.messages[0].body)
    assert f'href="{link}"' in office.post(linked).text and lead.name in office.get(link).text
    steps["opened in the portal"] = time.monotonic() - began
    for kind in ("contacted", "booked"):
        assert office.post(f"{link}/answer", {"kind": kind}).status_code == 302
        steps[kind] = time.monotonic() - began
    assert "<strong>Booked</strong>" in office.get(link).text
    with scope.tenant(tenant.pk):
        assert list(LeadAnswer.objects.order_by("pk").values_list("kind", flat=True)) == ["contacted", "booked"]
    for step, seconds in steps.items():
        print(f"{seconds:6.2f} s  {step}")


def plain(body: str) -> str:
    """Undo the line ends of quoted-printable, which cut long links in two."""
    return re.sub(r"=\r?\n", "", body)


def link_in(text: str) -> str:
    """Return the path of the direct link to a request; empty if there is none."""
    match = re.search(r"/r/[\w-]+", text)
    return match[0] if match else ""
