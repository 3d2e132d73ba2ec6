"""Ask the customer by link, and store answers given by link or by phone."""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from pagetojob.platform import states
from pagetojob.platform.derived_keys import token_digest
from pagetojob.platform.files.models import File, Purpose
from pagetojob.platform.files.services import store_file
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.platform.tenants.public import is_served

from ..errors import DriftRefused
from ..models import Answer, Choice, Finding, FindingState, Grade, Owner, ReviewLink, What
from ..texts import Fact, answer_words, fact_of
from . import emails
from .history import QUIET, end_links, lock, open_links, record_decision
from .link_codes import code_of, is_with_a_stopped_recipient

LIVES = timedelta(days=14)
REMIND_AFTER = timedelta(days=3)
LONGEST_WAIVER = timedelta(days=366)
_ANSWERABLE = (FindingState.OPEN, FindingState.ASKED)


class LinkGone(Exception):
    """The link cannot be answered: it is unknown, used, revoked or expired, or its recipient was removed."""


@transaction.atomic
def ask(*, finding: Finding, actor: User, reason: str, mail_it: bool = False) -> ReviewLink:
    """Create the link that asks the customer, and enqueue its email.

    Revokes an existing link. Needs the operator scope. Raises DriftRefused if the finding cannot be asked about in its
    current state.
    """
    lock(finding)
    if finding.state not in (*_ANSWERABLE, FindingState.ANSWERED):
        raise DriftRefused("This finding cannot be asked about in its current state.")
    end_links(finding)
    link = ReviewLink(tenant_id=finding.tenant_id, finding=finding, made_by=actor, expires_at=timezone.now() + LIVES)
    link.digest = token_digest(code_of(link))
    link.save(force_insert=True)
    again = QUIET | {"owner": Owner.CUSTOMER, "remind_at": Now() + REMIND_AFTER}
    if finding.state == FindingState.ASKED:
        Finding.objects.filter(pk=finding.pk).update(**again)
    else:
        states.move(finding, FindingState.ASKED, **again)
    words = f"The link expires on {finding.tenant.in_words(link.expires_at)}. {reason}"
    record_decision(finding, What.ASKED, "ask", reason, words=words, actor=actor)
    if mail_it:
        emails.enqueue(finding=finding, link=link)
    return link


@transaction.atomic
def revoke(*, finding: Finding, actor: User, reason: str) -> None:
    """Revoke the active link. Needs the operator scope. Raises DriftRefused if there is none."""
    lock(finding)
    if not end_links(finding):
        raise DriftRefused("This finding has no active link.")
    if finding.state == FindingState.ASKED:
        states.move(finding, FindingState.OPEN, **QUIET)
    record_decision(finding, What.REVOKED, "revoke_link", reason, actor=actor)


def active_link(finding: Finding) -> ReviewLink | None:
    """Return the active link, or None. Runs one query."""
    return open_links(finding).filter(expires_at__gt=Now()).first()


@dataclass(frozen=True)
class Question:
    """A finding that a person may answer, and the text that is shown."""

    finding: Finding
    fact: Fact

    @property
    def seal(self) -> str:
        """Return a digest of the text shown. An answer is accepted only if the digest still matches."""
        return seal_of(self.fact)


@dataclass(frozen=True)
class LinkQuestion(Question):
    """The question of a link."""

    link: ReviewLink
    tenant_name: str


def seal_of(fact: Fact) -> str:
    return hashlib.sha256(repr(fact).encode()).hexdigest()[:32]


def find_question(code: str) -> LinkQuestion:
    """Return the question of a link. Opens and closes its scopes. Raises LinkGone. Runs five queries."""
    link = ReviewLink.objects.select_related("tenant").filter(digest=token_digest(code)).first()
    if link is None or not link.is_active or not is_served(link.tenant):
        raise LinkGone
    with scope.worker():
        if is_with_a_stopped_recipient(link):
            raise LinkGone
    with scope.tenant(link.tenant_id):
        finding = Finding.objects.get(pk=link.finding_id)
    if finding.state not in _ANSWERABLE:
        raise LinkGone
    return LinkQuestion(finding, fact_of(finding), link, link.tenant.name)


@dataclass(frozen=True)
class Word:
    """The customer's input. `until` is set only with “true until a date”."""

    choice: str
    until: date | None = None
    comment: str = ""
    photo: IO[bytes] | None = None


class QuestionChanged(Exception):
    """The finding changed after the customer had opened the link; `question` is the one to ask now."""

    def __init__(self, question: LinkQuestion) -> None:
        super().__init__("The finding changed.")
        self.question = question


def answer(*, asked: LinkQuestion, word: Word) -> None:
    """Store an answer given by link, and mark the link as used.

    Raises LinkGone if another answer was faster, and QuestionChanged if the finding is no longer what was shown: a
    reading may have changed it while the photo of the answer was decoded.
    """
    with scope.tenant(asked.link.tenant_id), transaction.atomic():
        # First the finding, then its links, as operators do: they would wait for each other.
        finding = Finding.objects.select_for_update().get(pk=asked.finding.pk)
        link = open_links(finding).filter(pk=asked.link.pk, expires_at__gt=Now())
        if not link.update(used_at=Now()) or finding.state not in _ANSWERABLE:
            raise LinkGone
        now = replace(asked, finding=finding, fact=fact_of(finding))
        if now.seal != asked.seal:
            raise QuestionChanged(now)
        _store_answer(finding, word, fact=asked.fact, grade=Grade.LINK, link=asked.link)
        _settle(finding, word, What.ANSWERED, "answer", actor="review link")


def open_questions(tenant: Tenant, most: int) -> list[Question]:
    """Return the findings that wait for an answer, most severe first. Needs the tenant's scope. Runs one query."""
    rows = Finding.objects.filter(tenant=tenant, state__in=_ANSWERABLE).order_by("harm", "-opened_at", "-id")
    return [Question(row, fact_of(row)) for row in rows[:most]]


@transaction.atomic
def answer_in_portal(*, finding: Finding, word: Word, seal: str, actor: User) -> None:
    """Store an answer of a signed-in person of the tenant. Needs the tenant's scope. A mailed link is used up.

    Raises DriftRefused if the finding was answered in the meantime, or differs from what the person saw.
    """
    locked = Finding.objects.select_for_update(no_key=True).get(pk=finding.pk)
    fact = fact_of(locked)
    if locked.state not in _ANSWERABLE:
        raise DriftRefused("This question was answered or settled in the meantime.")
    if seal_of(fact) != seal:
        raise DriftRefused("The information in this question has changed. Please review it and answer again.")
    open_links(locked).update(used_at=Now())
    _store_answer(locked, word, fact=fact, grade=Grade.PORTAL, recorded_by=actor)
    _settle(locked, word, What.ANSWERED, "answer", actor=actor)


@transaction.atomic
def record_phone_answer(*, finding: Finding, word: Word, told_by: str, actor: User) -> None:
    """Store an answer given by phone, with a lower grade. Needs the operator scope. Raises DriftRefused."""
    lock(finding)
    if finding.state not in _ANSWERABLE:
        raise DriftRefused("This finding has already been answered or is no longer open.")
    end_links(finding)
    _store_answer(finding, word, fact=fact_of(finding), grade=Grade.PHONE, told_by=told_by, recorded_by=actor)
    _settle(finding, word, What.TOLD, "told_by_phone", actor=actor)


def _store_answer(finding: Finding, word: Word, *, fact: Fact, grade: Grade, **how: Any) -> None:
    Answer.objects.create(
        tenant_id=finding.tenant_id,
        finding=finding,
        choice=word.choice,
        until=word.until,
        comment=word.comment[:1000],
        photo=_stored_photo(finding, word),
        shown=fact.as_json(),
        grade=grade,
        **how,
    )


def _stored_photo(finding: Finding, word: Word) -> File | None:
    """Store the photo under a generic name, because the original name may contain a person's name."""
    if word.photo is None:
        return None
    tenant = Tenant.objects.get(pk=finding.tenant_id)
    return store_file(tenant=tenant, content=word.photo, name="photo of an answer", purpose=Purpose.PHOTO)


def _settle(finding: Finding, word: Word, what: What, action: str, *, actor: User | str) -> None:
    """Move the finding to the state that follows from the answer. “True until a date” waives it until then."""
    if word.choice == Choice.TRUE_UNTIL:
        states.move(finding, FindingState.WAIVED, waived_until=word.until, **QUIET)
    else:
        states.move(finding, FindingState.ANSWERED, **QUIET)
    chosen = answer_words(word.choice, fact_of(finding).question)
    words = chosen + (f": {word.until:%B %-d, %Y}" if word.until else "")
    record_decision(finding, what, action, chosen, words=words, actor=actor)
