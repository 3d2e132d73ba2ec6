"""A business with recipients of every channel, a mail server, a text simulator and a webhook receiver."""

import threading
import uuid
from collections.abc import Callable, Generator
from typing import Any

import pytest

from pagetojob.environment import mailer
from pagetojob.local.process import free_port
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeRecipient, Tenant, User
from syncqueue.leads.models import Lead
from syncqueue.notices import recipients
from syncqueue.notices.text_simulator import Server, TextSimulator
from syncqueue.services.intake import AppointmentRequest, capture_request
from tests.support.factories import make_tenant, make_user
from tests.support.smtp import MailServer

WHY = "The office asked for it."


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant(name="Blue Mesa Heating", time_zone="America/Phoenix")


@pytest.fixture
def owner(db: None) -> User:
    return make_user()


@pytest.fixture
def add(tenant: Tenant, owner: User) -> Callable[..., NoticeRecipient]:
    """Add a confirmed recipient."""

    def add_confirmed(channel: str, address: str, **settings: Any) -> NoticeRecipient:
        with scope.tenant(tenant.pk):
            row = recipients.add(
                tenant=tenant, channel=channel, address=address, by=owner, reason=WHY, **settings
            ).recipient
            NoticeRecipient.objects.filter(pk=row.pk).update(confirmed_at="2026-01-01T00:00Z", test_due_at=None)
            return row

    return add_confirmed


@pytest.fixture
def capture(tenant: Tenant) -> Callable[..., Lead]:
    """Store a request, as the form does."""

    def capture_request_of(**facts: Any) -> Lead:
        answers: dict[str, Any] = {
            "form_token": uuid.uuid4(),
            "name": "Jamie Rivera",
            "service": "Furnace repair",
            "urgency": "emergency",
            "page_path": "/furnace-repair",
            "consent_text": "You may contact me.",
            "phone": "(602) 555-0199",
            "email": "jamie@example.com",
            "city": "Phoenix",
        }
        with scope.tenant(tenant.pk):
            BusinessProfile.objects.get_or_create(tenant=tenant, defaults={"color": "#0b5cad", "phone": "602 555 0101"})
            lead, _ = capture_request(tenant=tenant, request=AppointmentRequest(**answers | facts), binding=None)
        return lead

    return capture_request_of


@pytest.fixture
def mailbox(mail_server: MailServer, settings: Any) -> MailServer:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    settings.BOUNCE_ADDRESS = "bounces@pagetojob.example"
    return mail_server


@pytest.fixture
def texts(settings: Any) -> Generator[TextSimulator]:
    """Run the text simulator; no callback is sent, because no web server runs in these tests."""
    simulator = TextSimulator(account="ACtest", token="t" * 32, delay=0.01)
    port = free_port()
    server = Server(simulator, port=port)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.TEXT_ACCOUNT, settings.TEXT_TOKEN, settings.TEXT_FROM = "ACtest", "t" * 32, "+16025550100"
    settings.TEXT_SIMULATOR_URL = f"http://127.0.0.1:{port}"
    yield simulator
    server.shutdown()
    server.server_close()
