"""The operators' list of contractors: health, order and filters; notes, assignee and quiet pages on the page of one."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.onboarding import contractor_list
from pagetojob.onboarding.facts import launch_facts
from pagetojob.onboarding.models import Assignment, ContractorNote, FormCheck, QuietPage
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import BusinessProfile, Tenant, User
from syncqueue.leads.models import AnswerKind, LeadAnswer
from syncqueue.response import duration
from syncqueue.selectors import requests
from tests.support.cast import SignIn
from tests.support.factories import make_lead, make_tenant, make_user

pytestmark = pytest.mark.django_db
LIST = "/ops/contractors/"


def names(client: Client, query: str = "") -> list[str]:
    return [line.tenant.name for line in client.get(LIST + query).context["lines"]]


def test_contractors_that_need_attention_are_first_and_filters_narrow_the_list(ops: Client, operator: User) -> None:
    for name, state in (("A fine", "live"), ("B quiet", "live"), ("C broken", "live"), ("D draft", "draft"),
        ("E paused", "paused"), ("F closed", "closed")):  # fmt: skip
        make_tenant(name=name, state=state)
    now = timezone.now()
    with scope.worker():
        QuietPage.objects.create(tenant=Tenant.objects.get(name="B quiet"), since=now, expected=12.4)
        FormCheck.objects.create(tenant=Tenant.objects.get(name="C broken"), checked_at=now, failures=2,
            note="The server could not be reached.", failing_since=now, alarm_at=now)  # fmt: skip
    assert names(ops) == ["C broken", "B quiet", "D draft", "E paused", "A fine", "F closed"]
    text = ops.get(LIST).text
    assert "The request form fails" in text and "could not be reached" in text and "Usual by now: 12" in text
    assert names(ops, "?state=draft") == ["D draft"] and names(ops, "?q=fine") == ["A fine"]
    assert len(names(ops, "?state=nonsense&assignee=5")) == 6, "unknown filters are ignored"
    assert "No contractors match" in ops.get(f"{LIST}?q=zzz").text
    tenant = Tenant.objects.get(name="A fine")
    ops.post(reverse("onboarding:assign", args=[tenant.slug]), {"assignee": operator.public_id, "seen": 0})
    assert names(ops, "?assignee=me") == ["A fine"] and len(names(ops, "?assignee=none")) == 5


def test_contractors_with_a_reserved_short_name_are_listed(ops: Client) -> None:
    make_tenant(name="Mail & Sons", slug="mail", state="live")
    make_tenant(name="Old Server", slug="ns1", state="closed")
    make_tenant(name="Fine Mail", slug="fine-mail", state="live")
    page = ops.get(f"{LIST}?q=zzz")
    assert [tenant.slug for tenant in page.context["reserved"]] == ["mail"]
    assert "These short names are reserved today" in page.text and "Mail &amp; Sons" in page.text
    Tenant.objects.filter(slug="mail").update(slug="mail-and-sons")
    assert "reserved today" not in ops.get(LIST).text


def test_the_response_time_is_that_of_the_response_report(
    ops: Client, tenant: Tenant, owner: User, operator: User
) -> None:
    """Both count the first answer of the office; the entry of the booking is no answer, and neither is spam."""
    now = timezone.now()
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours={})
        leads = [make_lead(tenant=tenant, received_at=now - timedelta(hours=ago)) for ago in (9, 5, 2, 1)]
        answers = ((0, AnswerKind.CONTACTED, 9 * 60 - 10), (0, AnswerKind.BOOKED, 0), (1, AnswerKind.NOT_A_FIT, 0),
            (2, AnswerKind.SPAM, 0))  # fmt: skip
        for at, kind, minutes in answers:
            answered_at = now - timedelta(minutes=minutes)
            LeadAnswer.objects.create(tenant=tenant, lead=leads[at], kind=kind, by=owner, created_at=answered_at)
        days = timezone.localdate() - timedelta(days=2), timezone.localdate() + timedelta(days=2)
        report = requests.period_report(tenant, *days, requests.timer_of(tenant), now=now)
    with scope.operator(operator, reason="test"):
        time = contractor_list.response_times(launch_facts([tenant]))[tenant.pk]
    assert (time.requests, time.answered, time.late) == (report.counted, report.answered, len(report.late))
    assert (time.requests, time.answered, time.late) == (3, 2, 2)
    assert time.words == duration(report.median_seconds or 0) == "2 h 35 min"
    assert "2 h 35 min, at all hours," in ops.get(LIST).text
    with scope.tenant(tenant.pk):
        BusinessProfile.objects.filter(tenant=tenant).update(hours={"mon": [["09:00", "10:00"]]})
    page = ops.get(LIST).text
    assert " of office hours, <" in page and "at all hours," not in page


def test_requests_that_do_not_count_are_not_called_none(ops: Client, tenant: Tenant) -> None:
    """Name what the response time leaves out: a suspected request is listed, and its contractor may have no other."""
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, received_at=timezone.now(), suspected=["too fast"])
    page = ops.get(reverse("onboarding:contractor", args=[tenant.slug])).text
    assert "No requests in 30 days" in page


def test_an_unknown_time_zone_is_named_and_corrected(ops: Client, tenant: Tenant) -> None:
    """A contractor with a zone that this system does not know made the list of all contractors fail."""
    fine, now = make_tenant(slug="fine"), timezone.now()
    for each in (tenant, fine):
        with scope.tenant(each.pk):
            make_lead(tenant=each, received_at=now)
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    problem = "The time zone Mars/Phobos is not known."
    lines = {line.tenant.slug: line.response for line in ops.get(LIST).context["lines"]}
    assert lines[tenant.slug] is None and lines["fine"] and lines["fine"].requests == 1
    text = ops.get(LIST).text
    assert text.count(f"Not counted. {problem}") == 1 and f"{now:%b %-d, %Y, %H:%M} UTC" in text
    assert problem in ops.get(reverse("onboarding:contractor", args=[tenant.slug])).text
    step = reverse("onboarding:step", args=[tenant.slug, "business"])
    form = ops.get(step).context["form"]
    typed = {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}
    place = {"trades": ["plumbing"], "zip": "85004", "state": "AZ", "time_zone": "America/Phoenix"}
    ops.post(step, typed | place)
    assert "not known" not in ops.get(LIST).text


@pytest.mark.parametrize(
    "name",
    [
        "attribution:overview",
        "attribution:campaigns",
        "attribution:leads",
        "titanmap:map",
        "titanmap:coverage",
        "titanmap:tester",
        "retention:subjects",
    ],
)
def test_pages_of_a_contractor_with_an_unknown_time_zone_state_it(ops: Client, tenant: Tenant, name: str) -> None:
    with scope.tenant(tenant.pk):
        make_lead(tenant=tenant, received_at=timezone.now())
    address, note = reverse(name, args=[tenant.slug]), "Times and days on this page are in UTC."
    assert note not in ops.get(address).text
    Tenant.objects.filter(pk=tenant.pk).update(time_zone="Mars/Phobos")
    page = ops.get(address, {"first": "2026-06-01"} if name.startswith("attribution") else {})
    assert page.status_code == 200 and f"The time zone Mars/Phobos is not known. {note}" in page.text


def test_notes_are_added_and_undone_by_their_author(ops: Client, signed_in: SignIn) -> None:
    tenant = make_tenant()
    page, url = reverse("onboarding:contractor", args=[tenant.slug]), reverse("onboarding:add-note", args=[tenant.slug])
    assert ops.post(url, {"text": " "}).status_code == 422
    ops.post(url, {"text": "Owner calls back <b>Friday</b>"})
    text = ops.get(page).text
    assert "Owner calls back &lt;b&gt;Friday" in text
    with scope.operator(make_user(ops_role="operator"), reason="test"):
        note = ContractorNote.objects.get()
    undo = reverse("onboarding:undo-note", args=[tenant.slug, note.public_id])
    other = signed_in(make_user(ops_role="operator"))
    assert "Only its author can undo" in other.post(undo, follow=True).text
    assert "Friday" in ops.get(page).text
    assert "The note was undone." in ops.post(undo, follow=True).text and "Friday" not in ops.get(page).text


def test_an_assignee_is_chosen_once_at_a_time_and_undone(ops: Client, operator: User, viewer: User) -> None:
    tenant = make_tenant()
    url, undo = (reverse(f"onboarding:{name}", args=[tenant.slug]) for name in ("assign", "undo-assignment"))
    assert "is responsible" in ops.post(url, {"assignee": operator.public_id, "seen": 0}, follow=True).text
    assert "in the meantime" in ops.post(url, {"assignee": "", "seen": 0}, follow=True).text
    assert "Choose a person" in ops.post(url, {"assignee": viewer.public_id, "seen": 1}, follow=True).text
    ops.post(url, {"assignee": "", "seen": 1})
    ops.post(undo, {"seen": 2})
    with scope.operator(operator, reason="test"):
        assert [row.assignee_id for row in Assignment.objects.order_by("number")] == [operator.pk, None, operator.pk]


def test_a_quiet_page_is_checked_with_a_finding(ops: Client) -> None:
    tenant = make_tenant()
    with scope.worker():
        row = QuietPage.objects.create(tenant=tenant, page_path="/drains", since=timezone.now(), expected=8)
    url = reverse("onboarding:quiet-page", args=[tenant.slug, row.public_id])
    assert "Enter your finding" in ops.post(url, {"reason": ""}, follow=True).text
    assert "Checked by" in ops.post(url, {"reason": "The advertising ended."}, follow=True).text
    assert "in the meantime" in ops.post(url, {"reason": "again"}, follow=True).text
    assert "brings no requests" not in ops.get(LIST).text


def test_a_contractor_links_its_other_pages_and_folds_a_complete_checklist(ops: Client, tenant: Tenant) -> None:
    page = ops.get(reverse("onboarding:contractor", args=[tenant.slug])).text
    links = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert links
    for address in re.findall(r'href="([^"]+)"', links[0]):
        assert ops.get(address).status_code == 200, address
    assert re.search(r"<details>\s*<summary>All 12 requirements are met.", page)
    assert re.search(r'<dt>Phone</dt><dd><a href="tel:\+1\d{10}">', page), "runbooks ask to call the business"
    draft = make_tenant(slug="oak-creek", name="Oak Creek Air", state="draft")
    page = ops.get(reverse("onboarding:contractor", args=[draft.slug])).text
    assert re.search(r"<details open>\s*<summary>\d+ of 12 requirements are missing.", page)
    assert re.search(r'class="button" href="[^"]+">Continue setup</a>', page)
    assert page.index("Missing</span>") < page.index(">Done</h3>") < page.index("Business name</a>")
    assert "Missing</span>" not in page[page.index(">Done</h3>") :], "work that is left comes first"
