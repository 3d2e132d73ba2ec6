"""Sentences on gated topics: one person requests an approval, another gives it, and the admin waits for it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pagetojob.claims.models import SentenceApproval
from pagetojob.claims.selectors import waiting_sentences, why_not_published
from pagetojob.claims.topics import digest
from pagetojob.platform.audit.models import AuditEntry
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import StaffRole
from readiness import nightly
from tests.readiness.editing import line
from tests.readiness.forms import save
from tests.support.cast import SignIn
from tests.support.factories import make_user
from tests.support.sentences import approve_sentence

SENTENCE = "Jobs in ServiceTitan."
LINE = "Approved for reading, and writing is expected this summer."
LIST = "admin:claims_sentenceapproval_changelist"

pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def second(db: None) -> User:
    return make_user(staff_role=StaffRole.EDITOR)


def request_approval(client: Client, sentence: str, text: str = "") -> str:
    typed = {"sentence": sentence, "text": text, "reason": "A new line."}
    return client.post(reverse("admin:claims_sentenceapproval_add"), typed, follow=True).text


def act(client: Client, action: str) -> str:
    chosen = list(SentenceApproval.objects.values_list("pk", flat=True))
    return client.post(reverse(LIST), {"action": action, "_selected_action": chosen}, follow=True).text


def test_a_sentence_waits_until_another_person_approves_it(
    editor: User, second: User, operator: User, signed_in: SignIn
) -> None:
    author, reviewer = signed_in(editor), signed_in(second)
    assert "A second person has to approve this sentence" in save(author, line(), current=SENTENCE).text

    request_approval(author, SENTENCE)
    assert "Another person approves them" in act(author, "approve")
    assert waiting_sentences(SENTENCE) == [SENTENCE]

    assert "1 sentences are approved" in act(reviewer, "approve")
    assert waiting_sentences(SENTENCE) == []
    assert save(author, line(), current=SENTENCE).status_code == 302
    assert line().current == SENTENCE
    assert waiting_sentences("Invoices in ServiceTitan.") != []
    with scope.operator(operator, reason="test"):
        assert AuditEntry.objects.filter(action="claims.sentenceapproval.approve").count() == 1

    act(author, "withdraw")
    assert waiting_sentences(SENTENCE) == [SENTENCE]


def test_the_request_of_an_editor_who_left_is_made_again(editor: User, second: User, signed_in: SignIn) -> None:
    former = make_user(staff_role="editor")
    request_approval(signed_in(former), SENTENCE)
    User.objects.filter(pk=former.pk).update(staff_role="")
    assert "1 are now requested by you" in act(signed_in(editor), "approve")
    assert waiting_sentences(SENTENCE) == [SENTENCE]
    assert "1 sentences are approved" in act(signed_in(second), "approve")
    assert waiting_sentences(SENTENCE) == []


def test_an_approval_ends_after_its_last_day(editor: User, second: User) -> None:
    row = SentenceApproval(
        digest="", claim="automatic-sync", sentence=SENTENCE, requested_by=editor, approved_by=second
    )
    row.digest, row.approved_at = digest(SENTENCE), timezone.now()
    row.expires_on = timezone.now().date() - timedelta(days=1)
    row.save()
    assert waiting_sentences(SENTENCE) == [SENTENCE]


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("PageToJob is a certified ServiceTitan partner.", "It asserts a gated claim"),
        ("The truck is already booked and assigned.", "It asserts a gated claim"),
        ("We write websites for roofers.", "Such sentences in this text: none"),
        ("Jobs in ServiceTitan. Invoices in ServiceTitan.", "Enter exactly one sentence on a gated topic"),
    ],
)
def test_only_a_single_sentence_on_a_topic_can_be_requested(
    editor: User, signed_in: SignIn, sentence: str, problem: str
) -> None:
    assert problem in request_approval(signed_in(editor), sentence)
    assert not SentenceApproval.objects.exists()


def test_a_sentence_that_waits_only_in_its_line_is_requested_with_the_line(
    editor: User, second: User, signed_in: SignIn
) -> None:
    (sentence,) = waiting_sentences(LINE)
    assert waiting_sentences(sentence) == []
    author = signed_in(editor)
    assert "Such sentences in this text: none" in request_approval(author, sentence)
    assert "Enter exactly one sentence" in request_approval(author, "We write websites.", LINE)
    request_approval(author, sentence, LINE)
    act(signed_in(second), "approve")
    assert waiting_sentences(LINE) == []


@pytest.mark.nightly
def test_a_sentence_approved_before_its_words_refused_it_stays_approved(editor: User, signed_in: SignIn) -> None:
    author, refused = signed_in(editor), "The truck is already booked and assigned."
    assert "claims what is still gated" in save(author, line(), current=refused).text
    approve_sentence(refused)
    assert "A second person has to approve" in save(author, line(), current=f"{refused}\n{SENTENCE}").text
    assert save(author, line(), current=refused).status_code == 302
    scan = nightly.scan_claims()
    assert scan is not None and scan.found == []


def test_a_sentence_of_a_contractor_that_only_words_refuse_can_be_approved(
    editor: User, second: User, signed_in: SignIn
) -> None:
    sentence = "Your booking is confirmed and has been sent to our dispatch system."
    assert "second person approves first" in why_not_published(sentence)
    request_approval(signed_in(editor), sentence)
    act(signed_in(second), "approve")
    assert why_not_published(sentence) == ""


def test_the_database_refuses_an_approval_by_the_author(editor: User) -> None:
    now = timezone.now()
    with pytest.raises(IntegrityError, match="approval_two_people"), transaction.atomic():
        SentenceApproval.objects.create(
            digest="0" * 64,
            claim="automatic-sync",
            sentence=SENTENCE,
            requested_by=editor,
            approved_by=editor,
            approved_at=now,
            expires_on=now.date(),
        )
