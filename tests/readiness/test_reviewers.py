"""Invited reviewers accept or contest a line once in ten working days; a contested line is marked until resolved."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from readiness.attestation import attestation
from readiness.markdown import page_markdown
from readiness.models import LineResponse, ReviewInvitation
from readiness.services import reviewers
from readiness.services.current import current
from readiness.services.reviewers import ReviewRefused, invite, resolve, respond, revoke, working_days_after
from tests.readiness.trying import ROOT, text_of
from tests.support.factories import make_user

PAGE = "api-readiness"
pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def anchor(pack: None) -> str:
    """Return a line of the first page."""
    return next(anchor for anchor, (slug, _) in reviewers.lines(current()).items() if slug == PAGE)


@pytest.fixture
def link(editor: User) -> str:
    return f"{ROOT}review/{invite(reviewer='Acme, vendor review', actor=editor)[1]}/"


def answer(client: Client, link: str, anchor: str, verdict: str, reason: str = "") -> Any:
    return client.post(f"{link}{anchor}", {"seen": seen(anchor), "verdict": verdict, "reason": reason})


def seen(anchor: str) -> str:
    """Return the mark of a line as the page shows it now."""
    _, row = reviewers.lines(current()).get(anchor, ("", {}))
    return reviewers.mark_of(row)


@pytest.mark.parametrize(
    ("start", "end"),
    [("2026-11-30", "2026-12-14"), ("2026-12-04", "2026-12-18"), ("2026-12-05", "2026-12-18")],
    ids=["Monday", "Friday", "Saturday"],
)
def test_ten_working_days_leave_out_weekends(start: str, end: str) -> None:
    first = datetime.fromisoformat(f"{start}T15:30:00+00:00")
    assert working_days_after(first, 10) == datetime.fromisoformat(f"{end}T15:30:00+00:00").astimezone(UTC)


def test_a_reader_accepts_a_line_once(client: Client, link: str, anchor: str) -> None:
    assert f'action="{link}{anchor}"' in client.get(link).text
    number = current().number
    response = answer(client, link, anchor, "accepted")
    assert response["Location"] == f"{link}#{anchor}"
    page = client.get(link)
    assert "You accepted this line" in text_of(page)
    unanswered = next(other for other in reviewers.lines(current()) if other != anchor)
    assert f'<a href="#{unanswered}">Go to the next line without an answer</a>' in page.text
    again = answer(client, link, anchor, "contested", "It is wrong.")
    assert again.status_code == 422 and "You have accepted this line already." in text_of(again)
    assert current().number == number, "an accepted line changes no version"


def test_an_answer_is_about_the_text_that_the_reviewer_read(
    client: Client, link: str, anchor: str, editor: User
) -> None:
    shown = re.findall(rf'action="{link}{anchor}".*?name="seen" value="(\w+)"', client.get(link).text, re.DOTALL)
    colleague, _ = invite(reviewer="Acme, legal", actor=editor)
    respond(colleague, anchor=anchor, seen=shown[0], verdict="contested", reason="It is wrong.")
    for stale in ({"seen": shown[0]}, {}):
        refused = client.post(f"{link}{anchor}", {"verdict": "accepted"} | stale)
        assert refused.status_code == 422 and "has changed since you opened this page" in text_of(refused)
    assert answer(client, link, anchor, "accepted").status_code == 302


def test_a_contested_line_is_marked_everywhere_until_a_person_resolves_it(
    client: Client, link: str, anchor: str, editor: User, operator: User
) -> None:
    answer(client, link, anchor, "contested", "The paragraph names a product that does not exist.")
    pack = current()
    day = timezone.now().date().isoformat()
    (row,) = (row for _, row in reviewers.lines(pack).values() if "contested" in row)
    assert row["anchor"] == anchor and row["contested"]["reviewers"] == 1
    mark = f"Contested by a reviewer since {day}."
    assert mark in page_markdown(pack, pack.pages[PAGE])
    assert mark in json.dumps(attestation(pack, ()))
    page = text_of(client.get(f"{ROOT}{PAGE}"))
    assert "Contested by a reviewer since" in page
    assert "names a product" not in client.get(f"{ROOT}{PAGE}").text + client.get(f"{ROOT}{PAGE}.json").text
    resolve(response=LineResponse.objects.get(), actor=editor, resolution="The paragraph was reworded.")
    assert "Contested by" not in text_of(client.get(f"{ROOT}{PAGE}"))
    assert not [row for _, row in reviewers.lines(current()).values() if "contested" in row]
    assert "Resolved: The paragraph was reworded." in text_of(client.get(link))
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.filter(action="readiness.lineresponse.resolve", actor=editor).exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (("contested", " "), "Enter the reason"),
        (("perhaps", "x"), "Choose “Accept” or “Contest”."),
        (("contested", "x" * 2_001), "at most 2,000 characters"),
        (("contested", "use ak1.verysecretvalue99"), "looks like a secret"),
    ],
)
def test_a_refused_answer_explains_itself(
    client: Client, link: str, anchor: str, sent: tuple[str, str], words: str
) -> None:
    response = answer(client, link, anchor, *sent)
    assert response.status_code == 422 and words in text_of(response)
    assert not LineResponse.objects.exists()


def test_an_unknown_line_is_refused(client: Client, link: str) -> None:
    assert answer(client, link, "no-such-line", "accepted").status_code == 422


@pytest.mark.parametrize("ended", ["expired", "revoked", "unknown"])
def test_a_link_that_ended_shows_and_takes_nothing(
    client: Client, link: str, anchor: str, editor: User, ended: str
) -> None:
    invitation = ReviewInvitation.objects.get()
    if ended == "revoked":
        revoke(invitation=invitation, actor=editor, reason="Sent to the wrong address.")
    link = f"{ROOT}review/unknown/" if ended == "unknown" else link
    with pytest.MonkeyPatch.context() as patch:
        if ended == "expired":
            later = invitation.expires_at + timedelta(seconds=1)
            patch.setattr(timezone, "now", lambda: later)
        for response in (client.get(link), answer(client, link, anchor, "accepted")):
            assert response.status_code == 404 and "Ask the person who sent it" in text_of(response)
    assert not LineResponse.objects.exists()


def test_the_page_of_a_reviewer_is_neither_cached_nor_passed_on(client: Client, link: str) -> None:
    response = client.get(link)
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'content="noindex"' in response.text
    assert link.split("/")[-2] not in str(ReviewInvitation.objects.values().get()), "only the digest is stored"


def test_only_a_staff_editor_invites_and_resolves(anchor: str, editor: User) -> None:
    stranger = make_user()
    invitation, _ = invite(reviewer="Acme", actor=editor)
    respond(invitation, anchor=anchor, seen=seen(anchor), verdict="contested", reason="It is wrong.")
    for act in (
        lambda: invite(reviewer="Acme", actor=stranger),
        lambda: revoke(invitation=invitation, actor=stranger, reason="x"),
        lambda: resolve(response=LineResponse.objects.get(), actor=stranger, resolution="x"),
    ):
        with pytest.raises(ReviewRefused):
            act()
    resolve(response=LineResponse.objects.get(), actor=editor, resolution="It was corrected.")
    with pytest.raises(ReviewRefused, match="resolved already"):
        resolve(response=LineResponse.objects.get(), actor=editor, resolution="Once more.")


def test_the_database_refuses_a_contested_line_without_reason_or_resolver(anchor: str, editor: User) -> None:
    invitation, _ = invite(reviewer="Acme", actor=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        LineResponse.objects.create(invitation=invitation, anchor=anchor, version=1, verdict="contested")
    respond(invitation, anchor=anchor, seen=seen(anchor), verdict="contested", reason="It is wrong.")
    with pytest.raises(IntegrityError), transaction.atomic():
        LineResponse.objects.update(resolved_at=timezone.now(), resolution="By no one.")


class TestAdmin:
    def test_an_editor_invites_and_sees_the_link_once(self, staff: Client) -> None:
        address = reverse("admin:readiness_reviewinvitation_invite")
        assert address in staff.get(reverse("admin:readiness_reviewinvitation_changelist")).text
        made = staff.post(address, {"reviewer": "Acme, vendor review"})
        link = made.text.split(f"{ROOT}review/")[1].split("/")[0]
        assert reviewers.valid_invitation(link) == ReviewInvitation.objects.get()
        change = reverse("admin:readiness_reviewinvitation_change", args=[ReviewInvitation.objects.get().pk])
        assert link not in staff.get(change).text

    def test_an_editor_resolves_a_contested_line(self, staff: Client, link: str, anchor: str) -> None:
        answer(Client(), link, anchor, "contested", "It is wrong.")
        row = LineResponse.objects.get()
        address = reverse("admin:readiness_lineresponse_resolve", args=[row.pk])
        assert address in staff.get(reverse("admin:readiness_lineresponse_change", args=[row.pk])).text
        assert "It is wrong." in staff.get(address).text
        assert staff.post(address, {"reason": "The line was corrected."}).status_code == 302
        row.refresh_from_db()
        assert row.resolution == "The line was corrected."
        assert address not in staff.get(reverse("admin:readiness_lineresponse_change", args=[row.pk])).text
