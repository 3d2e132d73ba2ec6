"""Every alarm reaches a person, then a second one, until someone acknowledges it; many alarms share one message."""

import quopri
import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone

from pagetojob.environment import mailer
from pagetojob.ops import incidents
from pagetojob.ops.models import AlarmIncident, AlarmMessage, OnCallShift
from pagetojob.ops.monitoring import read_health
from pagetojob.ops.on_call import ScheduleRefused, add_shift, people_by_id, people_for, set_contact
from pagetojob.ops.on_call_forms import ContactForm
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, NoticeChannel, NoticeRecipient, Tenant, User
from pagetojob.platform.tenants.roles import OpsRole
from syncqueue.models import Kind, SyncItem
from syncqueue.services.intake import capture_request
from tests.support.cast import SignIn
from tests.support.factories import appointment, make_user
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def ann() -> User:
    return make_user(ops_role=OpsRole.OPERATOR, name="Ann", email="ann@pagetojob.example")


@pytest.fixture
def ben() -> User:
    return make_user(ops_role=OpsRole.LEAD, name="Ben", email="ben@pagetojob.example")


@pytest.fixture
def schedule(ann: User, ben: User) -> OnCallShift:
    User.objects.exclude(pk__in=[ann.pk, ben.pk]).update(ops_role="")
    with scope.operator(ann, reason="test"):
        start, end = NOW - timedelta(hours=1), NOW + timedelta(days=7)
        return add_shift(starts_at=start, ends_at=end, first=ann, second=ben, by=ann)


def step(holding: set[str], minutes: float) -> list[tuple[str, int]]:
    """Watch as if so many minutes had passed; return the new messages: to whom, and about how many alarms."""
    now = NOW + timedelta(minutes=minutes)
    with scope.worker():
        before = set(AlarmMessage.objects.values_list("pk", flat=True))
        incidents.track(holding, now)
        incidents.notify(now)
        rows = list(AlarmMessage.objects.exclude(pk__in=before).order_by("pk"))
        people = people_by_id(row.user_id for row in rows)
        return [(people[row.user_id].name, len(row.incidents)) for row in rows]


def test_the_second_person_is_notified_if_the_first_does_not_acknowledge(schedule: OnCallShift) -> None:
    assert step({"untold"}, 0) == []
    assert step({"untold"}, 1) == [("Ann", 1)]
    assert step({"untold"}, 5) == []
    assert step({"untold"}, 6.5) == [("Ann", 1), ("Ben", 1)]
    assert step({"untold"}, 12) == [("Ann", 1), ("Ben", 1)]
    assert step({"untold"}, 30) == []
    assert step({"untold"}, 43) == [("Ann", 1), ("Ben", 1)]


def test_alarms_that_fire_together_share_a_message(schedule: OnCallShift) -> None:
    assert step({"untold", "due", "worker", "books"}, 0) == []
    assert step({"untold", "due", "worker", "books"}, 1) == [("Ann", 4)]


def test_an_acknowledged_alarm_stays_quiet_until_another_request_joins(
    schedule: OnCallShift, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncqueue.selectors.newest_late_notice", lambda: 7)
    step({"untold"}, 0)
    step({"untold"}, 1)
    with scope.operator(ann, reason="test"):
        assert incidents.acknowledge(incidents=incidents.incidents_now(), by=ann) == 1
        assert incidents.acknowledge(incidents=incidents.incidents_now(), by=ann) == 0
    assert step({"untold"}, 30) == []
    monkeypatch.setattr("syncqueue.selectors.newest_late_notice", lambda: 8)
    assert step({"untold"}, 31) == []
    assert step({"untold"}, 32) == [("Ann", 1)]


def test_an_alarm_that_flaps_continues_its_incident(schedule: OnCallShift) -> None:
    step({"due"}, 0)
    step({"due"}, 1)
    step(set(), 2)
    assert step({"due"}, 3) == []
    with scope.worker():
        assert AlarmIncident.objects.count() == 1
    step(set(), 4)
    step({"due"}, 40)
    with scope.worker():
        assert AlarmIncident.objects.count() == 2


def test_without_a_shift_everyone_who_can_act_is_notified(ann: User, ben: User) -> None:
    User.objects.exclude(pk__in=[ann.pk, ben.pk]).update(ops_role="")
    with scope.worker():
        assert people_for(0, NOW) == [ann, ben]
    User.objects.filter(pk=ben.pk).update(is_active=False)
    with scope.worker():
        assert people_for(2, NOW) == [ann]


def test_quiet_hours_delay_only_what_can_wait(schedule: OnCallShift, ann: User) -> None:
    local = NOW.astimezone()
    with scope.operator(ann, reason="test"):
        start, end = (local - timedelta(hours=1)).time(), (local + timedelta(hours=3)).time()
        set_contact(user=ann, phone="", time_zone="UTC", quiet_from=_whole(start), quiet_until=_whole(end))
    step({"overclaims"}, 0)
    step({"overclaims"}, 1)
    step({"overclaims", "untold"}, 2)
    step({"overclaims", "untold"}, 3)
    with scope.worker():
        quiet, urgent = AlarmMessage.objects.order_by("pk")
    assert quiet.due_at and quiet.due_at > NOW + timedelta(hours=2)
    assert urgent.due_at and urgent.due_at < NOW + timedelta(minutes=5)


def _whole(moment: time) -> time:
    return moment.replace(second=0, microsecond=0)


@pytest.mark.django_db(transaction=True)
def test_a_business_that_no_notice_reaches_is_urgent(tenant: Tenant) -> None:
    def active() -> set[str]:
        with scope.worker():
            return {"unreachable", "recipients"} & read_health().holding

    with scope.tenant(tenant.pk):
        NoticeRecipient.objects.filter(tenant=tenant).update(active=False)
        first = NoticeRecipient.objects.create(tenant=tenant, email="office@shop.example")
        text = NoticeRecipient.objects.create(tenant=tenant, channel=NoticeChannel.TEXT, phone="+16025550143")
    assert active() == set()
    with scope.worker():
        NoticeRecipient.objects.filter(pk=first.pk).update(bounced_at=Now())
    assert active() == {"unreachable"} <= incidents.URGENT, "a phone that is not confirmed gets no text"
    with scope.worker():
        NoticeRecipient.objects.filter(pk=text.pk).update(confirmed_at=Now())
    assert active() == {"recipients"} and "recipients" not in incidents.URGENT
    with scope.worker():
        NoticeRecipient.objects.filter(pk=text.pk).update(complained_at=Now())
    assert active() == {"unreachable"}


def test_a_message_about_an_ended_alarm_is_not_sent(ann: User, mail_server: MailServer, settings: Any) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    User.objects.exclude(pk=ann.pk).update(ops_role="")
    step({"untold", "books"}, 0)
    step({"untold", "books"}, 1)
    with scope.worker():
        AlarmMessage.objects.update(due_at=Now())
    assert incidents.send_messages() == 1
    assert "2 alarms" in mail_server.box.bodies[0] and "/ops/alarms/#untold" in mail_server.box.bodies[0]
    step({"untold"}, 20)
    step(set(), 21)
    with scope.worker():
        AlarmMessage.objects.filter(state="queued").update(due_at=Now())
    assert incidents.send_messages() == 0


@pytest.mark.django_db(transaction=True)
def test_a_message_names_the_contractor_and_links_the_request(
    ann: User, tenant: Tenant, other_tenant: Tenant, mail_server: MailServer, settings: Any
) -> None:
    settings.MAILERS = {"default": mailer(mail_server.url)}
    settings.UNTOLD_AFTER_SECONDS = 0
    User.objects.exclude(pk=ann.pk).update(ops_role="")

    def sent(minutes: float) -> str:
        step({"untold"}, minutes)
        step({"untold"}, minutes + 1)
        with scope.worker():
            AlarmMessage.objects.filter(state="queued").update(due_at=Now())
        assert incidents.send_messages() == 1
        step(set(), minutes + 2)
        return quopri.decodestring(mail_server.box.bodies[-1]).decode()

    with scope.tenant(tenant.pk):
        lead = capture_request(tenant=tenant, request=appointment(), binding=None)[0]
        item = SyncItem.objects.get(lead=lead, kind=Kind.BUSINESS_NOTIFICATION)
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.update_or_create(tenant=tenant, defaults={"phone": "(602) 555-0101"})
    body = sent(0)
    assert "Phone: (602) 555-0101" in body
    assert f"Contractor: {tenant.name}" in body and f"/ops/items/{item.public_id}" in body
    assert lead.name not in body and lead.phone not in body
    with scope.tenant(tenant.pk):
        capture_request(tenant=tenant, request=appointment(name="Blake"), binding=None)
    assert f"Open: {settings.PUBLIC_URL}/ops/?tenant={tenant.slug}&untold=yes" in sent(60)
    with scope.tenant(other_tenant.pk):
        capture_request(tenant=other_tenant, request=appointment(), binding=None)
    body = sent(120)
    assert "Contractor:" not in body, "the alarm is about two contractors"
    assert f"Contractors: {', '.join(sorted((tenant.name, other_tenant.name)))}" in body


def test_a_shift_needs_two_people_who_can_act(ann: User, ben: User) -> None:
    viewer = make_user(ops_role=OpsRole.VIEWER)
    with scope.operator(ann, reason="test"):
        for first, second, hours in ((ann, ann, 1), (ann, viewer, 1), (ann, ben, -1)):
            with pytest.raises(ScheduleRefused):
                add_shift(starts_at=NOW, ends_at=NOW + timedelta(hours=hours), first=first, second=second, by=ann)


def shown_marks(desk: Client) -> list[str]:
    return re.findall(r'name="shown" value="([^"]+)"', desk.get("/ops/alarms/").text)


def test_only_alarms_that_the_page_showed_are_acknowledged(
    signed_in: SignIn, schedule: OnCallShift, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise no one would be notified of an alarm that began, or of a request that waits, since it was opened."""
    desk = signed_in(ann)
    monkeypatch.setattr("syncqueue.selectors.newest_late_notice", lambda: 1234)
    step({"untold", "due"}, 0)
    shown = shown_marks(desk)
    monkeypatch.setattr("syncqueue.selectors.newest_late_notice", lambda: 1235)
    step({"untold", "due", "books"}, 1)
    desk.post("/ops/alarms/acknowledge", {"act": "all", "shown": shown})
    with scope.worker():
        late = AlarmIncident.objects.get(key="untold")
        assert set(AlarmIncident.objects.filter(acknowledged_at=None).values_list("key", flat=True)) == {
            "untold",
            "books",
        }
    refused = desk.post("/ops/alarms/acknowledge", {"incident": late.public_id, "shown": shown}, follow=True)
    assert "another request joined it" in refused.text
    desk.post("/ops/alarms/acknowledge", {"act": "all", "shown": shown_marks(desk)})
    with scope.worker():
        assert not AlarmIncident.objects.filter(acknowledged_at=None).exists()


def test_the_pages_edit_the_schedule_and_acknowledge(signed_in: SignIn, ann: User, ben: User) -> None:
    User.objects.filter(pk=ann.pk).update(time_zone="America/Phoenix")
    desk = signed_in(ann)
    values = {"starts_at": "2026-11-01T08:00", "ends_at": "2036-11-08T08:00", "first": ann.pk, "second": ben.pk}
    assert desk.post("/ops/on-call/shifts", values | {"second": ann.pk}).status_code == 422
    assert desk.post("/ops/on-call/shifts", values).status_code == 302
    page = desk.get("/ops/on-call/").text
    assert "At once: Ann" in page and ">Nov 1, 2026, 08:00 MST</time>" in page
    contact = {"phone": "(602) 555-0123", "time_zone": "UTC", "quiet_from": "22:00", "quiet_until": "06:00"}
    assert desk.post("/ops/on-call/contact", contact | {"phone": "x"}).status_code == 422
    assert desk.post("/ops/on-call/contact", contact).status_code == 302
    step({"untold", "books"}, 0)
    with scope.worker():
        first = AlarmIncident.objects.get(key="books")
    shown = shown_marks(desk)
    desk.post("/ops/alarms/acknowledge", {"incident": first.public_id, "shown": shown})
    page = desk.get("/ops/alarms/").text
    assert "Acknowledged by Ann" in page
    desk.post("/ops/alarms/acknowledge", {"incident": first.public_id, "act": "undo"})
    desk.post("/ops/alarms/acknowledge", {"act": "all", "shown": shown})
    with scope.worker():
        assert not AlarmIncident.objects.filter(acknowledged_at__isnull=True).exists()
        shift = OnCallShift.objects.get()
    removed = desk.post(f"/ops/on-call/shifts/{shift.public_id}/remove")
    assert "Undo" in desk.get(removed["Location"]).text
    desk.post(f"/ops/on-call/shifts/{shift.public_id}/undo")
    assert "At once: Ann" in desk.get("/ops/on-call/").text


def test_quiet_hours_are_in_the_time_zone_of_a_region() -> None:
    offered = {value for value, _ in ContactForm.base_fields["time_zone"].choices}  # type: ignore[attr-defined]
    assert {"America/Phoenix", "UTC"} < offered and not {"Factory", "localtime", "Etc/GMT+5"} & offered
