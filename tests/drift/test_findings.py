"""From readings to findings: opened once, closed only by what was seen, never by silence."""

from collections.abc import Generator
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from drift.compare.check import check
from drift.compare.findings import Rule
from drift.compare.index import Index
from drift.demo_pages import pages
from drift.errors import DriftRefused
from drift.models import Answer, Choice, Finding, FindingEvent, FindingState, RulePause, Site
from drift.reading.read import read_page
from drift.services import customer_questions, finding_actions, reading, reminders
from drift.services.comparable_map import titan_map_of
from drift.services.demo import load_demo_site
from drift.services.page_uploads import take_page
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from syncqueue.models import Kind, SyncItem
from tests.support.drift import findings, history, make_site, page, read, say_page
from tests.support.factories import with_manual_features
from tests.support.hostile import Hostile, hostile, plain
from tests.support.refusals import left_out, refused

WRONG = page("AC Diagnostic: $79")
RIGHT = page("AC Diagnostic: $89")
PRICE = {"rule": Rule.PRICE_MISMATCH.value}


@pytest.fixture
def server(settings: Any) -> Generator[Hostile]:
    with hostile() as instance:
        settings.LISTED_ORIGINS = [f"http://127.0.0.1:{instance.port}"]
        say_page(instance, "/", page("Hello", "<a href='/ac'>AC</a>"))
        say_page(instance, "/ac", WRONG)
        yield instance


@pytest.fixture
def site(tenant: Tenant, server: Hostile) -> Site:
    return make_site(tenant, server)


@pytest.fixture
def row(site: Site, tenant: Tenant, operator: User) -> Finding:
    read(site, operator)
    return price_of(tenant)


def price_of(tenant: Tenant) -> Finding:
    (finding,) = findings(tenant, **PRICE)
    return finding


def record_answer(row: Finding, actor: User, choice: str = Choice.OPERATIONS_CHANGED, **more: Any) -> None:
    with scope.operator(actor, reason="test"):
        customer_questions.record_phone_answer(
            finding=row, word=customer_questions.Word(choice, **more), told_by="Owen", actor=actor
        )


def test_the_second_answer_by_phone_at_the_same_time_is_refused(
    row: Finding, tenant: Tenant, operator: User, lead_operator: User
) -> None:
    """Both operators have opened the page before either has sent it."""
    other = price_of(tenant)
    record_answer(row, operator)
    with pytest.raises(DriftRefused, match="already been answered"):
        record_answer(other, lead_operator, Choice.WEBSITE_RIGHT)
    with scope.operator(operator, reason="test"):
        assert Answer.objects.get(finding=row).choice == Choice.OPERATIONS_CHANGED


def test_a_question_on_a_page_that_is_out_of_date_is_asked_in_the_present_state(
    row: Finding, tenant: Tenant, operator: User
) -> None:
    """The customer answered after the page was shown: the finding waits for the customer again, and shows that."""
    with scope.operator(operator, reason="test"):
        customer_questions.ask(finding=row, actor=operator, reason="Which is it?")
    shown = price_of(tenant)
    record_answer(row, operator)
    with scope.operator(operator, reason="test"):
        customer_questions.ask(finding=shown, actor=operator, reason="Are you sure?")
    assert price_of(tenant).state == FindingState.ASKED


def test_repeated_readings_keep_one_finding(row: Finding, site: Site, tenant: Tenant, operator: User) -> None:
    assert (row.state, row.page, row.map_value, row.site_value) == (FindingState.OPEN, "/ac", "$89", "$79")
    again = read(site, operator)
    assert price_of(tenant).pk == row.pk and again.opened == 0
    assert history(row) == ["opened"]


def test_fix_closes_when_read_and_reopening_keeps_history(
    row: Finding, site: Site, server: Hostile, tenant: Tenant, operator: User
) -> None:
    record_answer(row, operator)
    with scope.operator(operator, reason="test"):
        finding_actions.agree_fix(finding=row, fix="Print $89", actor=operator)
    assert price_of(tenant).state == FindingState.FIX_AGREED
    read(site, operator)  # nobody has changed the page yet
    assert price_of(tenant).state == FindingState.FIX_AGREED
    say_page(server, "/ac", RIGHT)
    assert read(site, operator).closed == 1
    assert price_of(tenant).state == FindingState.CLOSED
    say_page(server, "/ac", WRONG)
    assert read(site, operator).reopened == 1
    back = price_of(tenant)
    assert (back.state, back.times_opened, back.agreed_fix) == (FindingState.OPEN, 2, "")
    assert history(row) == ["opened", "told", "agreed", "closed", "reopened"]
    with scope.worker():
        item = SyncItem.objects.get(kind=Kind.WEBSITE_UPDATE)
    assert "Print $89" in item.source and item.public_id == row.update_item


@pytest.mark.parametrize(
    "answer",
    [
        plain(b"busy", status="500 Internal Server Error"),
        plain(b"no", status="403 Forbidden"),
        plain(b"%PDF-1.7", "Content-Type: application/pdf"),
        plain(b"gone", status="404 Not Found"),
    ],
)
def test_unread_page_closes_no_finding(
    row: Finding, site: Site, server: Hostile, operator: User, answer: bytes
) -> None:
    server.say("/ac", answer)
    read(site, operator)
    assert price_of(row.tenant).state == FindingState.OPEN


def test_gone_page_closes_findings_at_the_second_reading(
    row: Finding, site: Site, server: Hostile, tenant: Tenant, operator: User
) -> None:
    server.say("/ac", plain(b"gone", status="410 Gone"))
    read(site, operator)
    assert price_of(tenant).state == FindingState.OPEN
    read(site, operator)
    assert price_of(tenant).state == FindingState.CLOSED


def test_waiver_ends_and_false_alarm_stays(row: Finding, site: Site, tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        finding_actions.waive(
            finding=row, until=timezone.now().date() + timedelta(days=5), actor=operator, reason="sale"
        )
    read(site, operator)
    assert price_of(tenant).state == FindingState.WAIVED
    with scope.worker():
        Finding.objects.filter(pk=row.pk).update(waived_until=timezone.now().date() - timedelta(days=2))
    read(site, operator)
    fresh = price_of(tenant)
    assert (fresh.state, history(row)[-1]) == (FindingState.OPEN, "waiver ended")
    with scope.operator(operator, reason="test"):
        finding_actions.dismiss(finding=fresh, actor=operator, reason="misread")
    read(site, operator)
    assert price_of(tenant).state == FindingState.DISMISSED


def test_noisy_rule_is_paused_until_lifted(tenant: Tenant, server: Hostile, operator: User) -> None:
    names = ("AC Diagnostic", "Furnace Diagnostic", "Drain Cleaning", "Leak Detection")
    more = {"pricebook_services": [{"name": name, "price": 89} for name in names]}
    site = make_site(tenant, server, more=more)
    say_page(server, "/ac", page(*(f"{name}: $79" for name in names[:3])))
    read(site, operator)
    rows = findings(tenant, **PRICE)
    assert len(rows) == 3
    with scope.operator(operator, reason="test"):
        paused = [finding_actions.dismiss(finding=row, actor=operator, reason="misread") for row in rows]
    assert paused == [False, False, True]
    say_page(server, "/ac", page(*(f"{name}: $79" for name in names)))
    assert read(site, operator).held_back == 1
    with scope.operator(operator, reason="test"):
        finding_actions.lift_pause(pause=RulePause.objects.get(), actor=operator, reason="the reading is mended")
    assert read(site, operator).opened == 1


def test_fix_requires_the_customers_answer(row: Finding, operator: User) -> None:
    with scope.operator(operator, reason="test"), pytest.raises(DriftRefused, match="has not answered yet"):
        finding_actions.agree_fix(finding=row, fix="Print $89", actor=operator)


def test_map_is_fixed_if_the_website_is_right(row: Finding, operator: User) -> None:
    record_answer(row, operator, Choice.WEBSITE_RIGHT)
    with scope.operator(operator, reason="test"):
        finding_actions.agree_fix(finding=row, fix="Set $79 in the pricebook", actor=operator)
    with scope.worker():
        assert not SyncItem.objects.filter(kind=Kind.WEBSITE_UPDATE).exists()


def test_missing_answer_escalates_and_resolves_nothing(row: Finding, tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        customer_questions.ask(finding=row, actor=operator, reason="which is it?")
    assert reminders.remind() == 0
    for _ in range(4):
        with scope.worker():
            Finding.objects.filter(pk=row.pk).update(remind_at=Now())
        assert reminders.remind() == 1
    fresh = price_of(tenant)
    assert (fresh.state, fresh.needs_call, fresh.owner) == (FindingState.ASKED, True, "PageToJob")
    assert history(row) == ["opened", "asked", "reminded", "reminded", "reminded", "escalated"]
    assert reminders.remind() == 0


def test_uploaded_page_affects_only_its_own_findings(row: Finding, site: Site, tenant: Tenant, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        take_page(site=site, page="/other", body=page("AC Diagnostic: $99"), actor=operator, reason="a draft")
        with pytest.raises(DriftRefused, match="another kind of file"):
            take_page(site=site, page="/x", body=b"\x89PNG" + bytes(50), actor=operator, reason="a draft")
    assert {(finding.site_value, finding.state) for finding in findings(tenant, **PRICE)} == {
        ("$79", "open"),
        ("$99", "open"),
    }
    assert not findings(tenant, rule=Rule.SERVICE_MISSING.value, last_reading__source="upload")
    with scope.operator(operator, reason="test"):
        take_page(site=site, page="/ac", body=RIGHT, actor=operator, reason="as it will be")
    assert {finding.site_value for finding in findings(tenant, **PRICE, state="open")} == {"$99"}


def test_site_is_read_on_schedule_one_run_at_a_time(tenant: Tenant, server: Hostile) -> None:
    make_site(tenant, server, reads_itself=True)
    assert (reading.start_due(), reading.start_due()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_site_that_cannot_be_started_delays_no_other(
    tenant: Tenant, other_tenant: Tenant, server: Hostile, caplog: pytest.LogCaptureFixture
) -> None:
    for row in (tenant, other_tenant):
        make_site(row, server, reads_itself=True)
    with_manual_features(other_tenant)
    with refused("runs_run", tenant):
        assert reading.start_due() == 1
    assert left_out(caplog) == [(reading.READ_SITE, tenant.pk)]
    assert reading.start_due() == 1, "it stays due"


def test_demo_site_differs_by_every_rule(tenant: Tenant) -> None:
    site = load_demo_site(tenant)
    today = timezone.now().date()
    with scope.tenant(tenant.pk):
        index = Index(titan_map_of(site), today)
    read_pages = {
        f"/{path}": read_page(html.encode(), today=today, page=f"/{path}", known=index.known)
        for path, html in pages(today).items()
    }
    result = check(index, read_pages)
    assert {finding.rule for finding in result.findings} == set(Rule)
    assert len(result.findings) == len(set(Rule)), "each is told once, and nothing else is"
    agreeing = {finding.rule for finding in result.findings if finding.site_value == finding.map_value}
    assert agreeing == {Rule.OFFER_LAPSING}, "its question does not ask which value is correct"


def test_history_states_values_that_agree_once(tenant: Tenant, operator: User) -> None:
    site, today = load_demo_site(tenant), timezone.now().date()
    with scope.operator(operator, reason="test"):
        for path, html in pages(today).items():
            take_page(site=site, page=f"/{path}", body=html.encode(), actor=operator, reason="a draft")
    (lapsing,) = findings(tenant, rule=Rule.OFFER_LAPSING.value)
    with scope.worker():
        note = FindingEvent.objects.get(finding=lapsing).note
    assert note.startswith("Website and Titan Map: “") and note.count("“") == 1


def test_every_action_of_a_person_is_audited(row: Finding, operator: User) -> None:
    with scope.operator(operator, reason="test"):
        customer_questions.ask(finding=row, actor=operator, reason="which is it?")
        customer_questions.revoke(finding=row, actor=operator, reason="wrong number")
    with scope.worker():
        actions = set(AuditEntry.objects.filter(action__startswith="drift.").values_list("action", flat=True))
    assert {"drift.ask", "drift.revoke_link"} <= actions
