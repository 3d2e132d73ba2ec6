"""The retention pages: two people for a hold, bounds for a period, and the last purge for everyone concerned."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from drift.forms import FindingReasonForm
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.runs.services import work_run
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.two_people import LOST
from pagetojob.retention.models import LegalHold, RetentionPeriod, SubjectRequest
from pagetojob.retention.services import OWN_HOLD, OWN_LIFT
from readiness.panels import retention
from syncqueue.forms.operate import WhyForm
from tests.retention import aged
from tests.retention.asking import opened
from tests.support.factories import make_membership, make_tenant, make_user

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def holds(actor: User) -> list[LegalHold]:
    with scope.operator(actor, "test"):
        return list(LegalHold.objects.all())


def move(person: User, tenant: Tenant, hold: LegalHold, step: str, reason: str = "A letter of the court.") -> str:
    address = reverse("retention:move-hold", args=[tenant.slug, hold.public_id, step])
    return signed_in(person).post(address, {"reason": reason}, follow=True).content.decode()


def test_a_hold_is_placed_and_lifted_by_two_people(tenant: Tenant, operator: User, lead_operator: User) -> None:
    address = reverse("retention:hold", args=[tenant.slug])
    typed = {"person": " (602) 555-0199 ", "reason": "A letter of the court."}
    assert signed_in(operator).post(address, typed).status_code == 302
    (hold,) = holds(operator)
    assert hold.search_key == "+16025550199" and hold.confirmed_at is None
    assert "Another person must confirm" in move(operator, tenant, hold, "confirm")
    assert "Hold confirmed" in move(lead_operator, tenant, hold, "confirm")
    assert "already confirmed" in move(lead_operator, tenant, hold, "confirm")
    assert "No one has requested" in move(lead_operator, tenant, hold, "lift")
    assert "Lifting requested" in move(operator, tenant, hold, "request-lift")
    assert "Another person must lift" in move(operator, tenant, hold, "lift")
    assert "Enter a reason" in move(lead_operator, tenant, hold, "lift", reason=" ")
    assert "This looks like" in move(lead_operator, tenant, hold, "lift", reason="the password is “Tr0ub4dor&3”.")
    page = move(lead_operator, tenant, hold, "lift")
    assert "Hold lifted" in page and "No open legal hold" in page
    with scope.worker():
        lines = AuditEntry.objects.filter(action__startswith="retention.").order_by("id")
        assert [line.action.partition(".")[2] for line in lines] == [
            "request_hold",
            "confirm_hold",
            "request_lift",
            "lift_hold",
        ]
        assert "6025550199" not in str([line.changes for line in lines])


def test_the_form_of_a_first_request_is_open(tenant: Tenant, operator: User, lead_operator: User, viewer: User) -> None:
    address = reverse("retention:subjects", args=[tenant.slug])
    assert "<details open><summary>Open a request" in signed_in(operator).get(address).text
    shown = signed_in(viewer).get(address).text
    assert "No one has asked yet." in shown and "Open a request" not in shown
    opened(tenant, operator, phone="(602) 555-0142")
    assert "<details><summary>Open a request" in signed_in(operator).get(address).text


@pytest.mark.parametrize("lost", [{"is_active": False}, {"ops_role": "viewer"}])
def test_requests_about_a_hold_end_with_the_role_of_who_made_them(
    tenant: Tenant, operator: User, lead_operator: User, lost: dict[str, Any]
) -> None:
    first, other = make_user(ops_role="operator"), make_user(ops_role="operator")
    signed_in(first).post(reverse("retention:hold", args=[tenant.slug]), {"reason": "A letter of the court."})
    (hold,) = holds(operator)
    User.objects.filter(pk=first.pk).update(**lost)
    assert "no longer has the role" in move(lead_operator, tenant, hold, "confirm")
    signed_in(operator).post(reverse("retention:hold", args=[tenant.slug]), {"reason": "The same letter."})
    (own,) = (row for row in holds(operator) if row.requested_by_id == operator.pk)
    assert "Hold confirmed" in move(lead_operator, tenant, own, "confirm")
    assert "Lifting requested" in move(other, tenant, own, "request-lift")
    assert "only once" in move(operator, tenant, own, "request-lift")
    User.objects.filter(pk=other.pk).update(**lost)
    refused = move(lead_operator, tenant, own, "lift")
    assert "no longer has the role" in refused and "Request lifting" in refused and "Lift hold" not in refused
    assert "Lifting requested" in move(operator, tenant, own, "request-lift")
    assert "Hold lifted" in move(lead_operator, tenant, own, "lift")


def test_a_hold_shows_why_it_cannot_be_confirmed_instead_of_the_button(
    tenant: Tenant, operator: User, lead_operator: User
) -> None:
    page, address = reverse("retention:contractor", args=[tenant.slug]), reverse("retention:hold", args=[tenant.slug])
    former = [make_user(ops_role="operator") for _ in range(3)]
    signed_in(former[0]).post(address, {"reason": "A letter of the court."})
    lead = signed_in(lead_operator)

    def shown() -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            text = lead.get(page).text
        return text, len(queries)

    text, count = shown()
    assert "Confirm hold</button>" in text and LOST not in text
    for person in former[1:]:
        signed_in(person).post(address, {"reason": "A letter of the court."})
    User.objects.filter(pk__in=[person.pk for person in former]).update(is_active=False)
    text, count_of_three = shown()
    assert "Confirm hold</button>" not in text and text.count(LOST) == 3
    assert count_of_three == count, "one query for all holds"
    lead.post(address, {"reason": "The same letter."})
    text = lead.get(page).text
    assert OWN_HOLD in text and "Confirm hold</button>" not in text
    (own,) = (row for row in holds(operator) if row.requested_by_id == lead_operator.pk)
    assert "Confirm hold</button>" in signed_in(operator).get(page).text
    move(operator, tenant, own, "confirm")
    move(lead_operator, tenant, own, "request-lift")
    assert OWN_LIFT in lead.get(page).text and "Lift hold</button>" in signed_in(operator).get(page).text


def test_a_hold_shows_the_person_masked(tenant: Tenant, operator: User) -> None:
    client = signed_in(operator)
    client.post(reverse("retention:hold", args=[tenant.slug]), {"person": "Jamie@Example.com", "reason": "x"})
    page = client.get(reverse("retention:contractor", args=[tenant.slug])).content.decode()
    assert "jamie@example.com" not in page.lower() and "j…@….com" in page


def test_an_unreadable_person_is_refused(tenant: Tenant, operator: User) -> None:
    answer = signed_in(operator).post(reverse("retention:hold", args=[tenant.slug]), {"person": "Jamie", "reason": "x"})
    assert answer.status_code == 422 and "Enter a phone number or an email address" in answer.content.decode()
    assert holds(operator) == []


def test_an_unknown_step_is_missing(tenant: Tenant, operator: User) -> None:
    signed_in(operator).post(reverse("retention:hold", args=[tenant.slug]), {"reason": "x"})
    (hold,) = holds(operator)
    address = reverse("retention:move-hold", args=[tenant.slug, hold.public_id, "delete"])
    assert signed_in(operator).post(address, {"reason": "x"}).status_code == 404


def test_a_period_changes_within_its_bounds_with_a_reason(tenant: Tenant, lead_operator: User) -> None:
    client, address = signed_in(lead_operator), reverse("retention:period", args=[tenant.slug])
    refused = client.post(address, {"kind": "attempt", "days": "89", "reason": "x"})
    assert refused.status_code == 422 and "Enter 90 to 730 days." in refused.content.decode()
    assert client.post(address, {"kind": "attempt", "days": "100", "reason": ""}).status_code == 422
    assert client.post(address, {"kind": "audit entry", "days": "400", "reason": "x"}).status_code == 422
    for days in (100, 120):
        assert client.post(address, {"kind": "attempt", "days": str(days), "reason": "Contract."}).status_code == 302
    with scope.worker():
        assert RetentionPeriod.objects.get(tenant=tenant).days == 120
        lines = AuditEntry.objects.filter(action="retention.set_period").order_by("id")
        changes = [line.changes for line in lines]
    assert changes == [{"attempt": [400, 100]}, {"attempt": [100, 120]}]


def test_staff_are_warned_that_the_customer_reads_their_reasons(
    tenant: Tenant, lead_operator: User, owner: User
) -> None:
    client, reason = signed_in(lead_operator), "Agreed in the contract of May."
    page = client.get(reverse("retention:contractor", args=[tenant.slug])).content.decode()
    assert "The customer can read it." in page
    client.post(reverse("retention:period", args=[tenant.slug]), {"kind": "attempt", "days": "100", "reason": reason})
    assert reason in signed_in(owner).get(reverse("portal:audit")).content.decode()
    assert "The customer can read it." in FindingReasonForm().as_p()
    assert "The customer can read it." in WhyForm().as_p()


@pytest.mark.parametrize("page", ["portal", "public panel", "operations"])
def test_the_last_purge_is_shown(tenant: Tenant, operator: User, page: str) -> None:
    aged.make_request(tenant)
    with aged.superuser() as session:
        for statement in aged.AGES["lead"]:
            session.execute(statement.replace("%(age)s", "interval '3 years'").encode(), {"tenant": tenant.pk})
    member = make_membership(tenant=tenant, user=make_user()).user

    def text() -> str:
        if page == "public panel":
            context = {"panel": retention.context(None, None)}  # type: ignore[arg-type]
            return render_to_string("readiness/panels/retention.html", context)
        person, address = {
            "portal": (member, reverse("portal:retention")),
            "operations": (operator, reverse("retention:contractor", args=[tenant.slug])),
        }[page]
        return signed_in(person).get(address).content.decode()

    assert "No nightly purge has ended yet." in text()
    work_run(aged.running_purge(tenant))
    ended = text()
    assert ("When a customer asks for their data" in ended and "within 30 days" in ended) is (page == "portal")
    assert "The last nightly purge ended on" in ended
    assert bool(re.search(r"purge ended on \w+ \d+, \d{4}, \d+:\d\d [AP]M", ended)) is (page == "portal")
    assert "395 days" in text() and "nightly purge" in text()
    assert '<td data-label="Removed by the last purge" class="numeric row__named">1</td>' in text()


def test_the_list_begins_with_the_next_deadline_of_a_person(tenant: Tenant, operator: User) -> None:
    later, never = make_tenant(slug="aaa-later", name="Aaa Later"), make_tenant(slug="aaa-never", name="Aaa Never")
    for shop, days in ((later, 9), (tenant, 2), (tenant, 5)):
        due_on = shop.today() + timedelta(days=days)
        with scope.operator(operator, "test"):
            SubjectRequest.objects.create(tenant=shop, kind="erasure", name="Jamie", opened_by=operator, due_on=due_on)
    page = re.sub(r"\s+", " ", signed_in(operator).get(reverse("retention:list")).content.decode())
    assert re.findall(r'/ops/retention/([\w-]+)/"', page)[:3] == [tenant.slug, later.slug, never.slug]
    assert f"2 open, next answer due {tenant.today() + timedelta(days=2):%b} " in page and "overdue" not in page
    yesterday = tenant.today() - timedelta(days=1)
    with scope.operator(operator, "test"):
        SubjectRequest.objects.create(tenant=tenant, kind="erasure", name="Sam", opened_by=operator, due_on=yesterday)
    assert "overdue" in signed_in(operator).get(reverse("retention:list")).content.decode()


def test_the_list_counts_open_holds(tenant: Tenant, operator: User) -> None:
    client = signed_in(operator)
    client.post(reverse("retention:hold", args=[tenant.slug]), {"reason": "x"})
    page = client.get(reverse("retention:list")).content.decode()
    assert escape(tenant.name) in page and "No line of the audit log has been purged yet." in page
