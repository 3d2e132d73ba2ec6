"""Every sentence a visitor reads about a request, for every combination of facts."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

from syncqueue import visitor_texts
from syncqueue.models.item import OPEN, State
from syncqueue.visitor_texts import EXPECTED_WITHIN, Business, MailFacts, Sent

NOW = datetime(2026, 11, 27, 16, 42, tzinfo=UTC)  # 9:42 AM in Phoenix, a Friday
HOURS = {"fri": [["07:00", "18:00"]]}
PHONE = "(602) 555-0100"


def business(*, phone: str = PHONE, hours: object = None) -> Business:
    return Business(time_zone="America/Phoenix", phone=phone, hours=hours or {})  # type: ignore[arg-type]


def mail(state: str, *, age: timedelta = timedelta(seconds=5)) -> MailFacts:
    return MailFacts(state, since=NOW - timedelta(minutes=1), created=NOW - age)


LATE = EXPECTED_WITHIN + timedelta(seconds=1)
MAILS = {
    "none": None,
    **{state: mail(state) for state in State.values},
    **{f"late {state}": mail(state, age=LATE) for state in State.values},
}
EXPECTED = {
    "none": Sent.NONE,
    **dict.fromkeys(State.values, Sent.DOUBTFUL),
    **{f"late {state}": Sent.DOUBTFUL for state in State.values},
    "queued": Sent.WAITING,
    "sending": Sent.WAITING,
    **{f"{late}{state}": Sent.DONE for state in ("delivered", "manual complete") for late in ("", "late ")},
}


def test_every_state_of_an_item_has_a_meaning_for_the_visitor() -> None:
    assert {name: visitor_texts.sent(facts, now=NOW) for name, facts in MAILS.items()} == EXPECTED


@pytest.mark.parametrize(("name", "phone"), list(itertools.product(MAILS, (PHONE, ""))))
def test_the_office_counts_as_notified_only_when_its_notice_was_delivered(name: str, phone: str) -> None:
    for function in (visitor_texts.notice, visitor_texts.notice_in_mail):
        sentence = function(MAILS[name], business(phone=phone), now=NOW)
        assert (sentence == "The office was notified at 9:41 AM MST.") == (EXPECTED[name] is Sent.DONE)
        assert "{" not in sentence
        if EXPECTED[name] in (Sent.DOUBTFUL, Sent.NONE):
            assert sentence.startswith("Your request is stored.")
            assert (f"Please also call {PHONE}" in sentence) == bool(phone)


@pytest.mark.parametrize("name", MAILS)
def test_a_confirmation_is_announced_only_when_it_was_sent(name: str) -> None:
    sentence = visitor_texts.confirmation(MAILS[name], business(), now=NOW)
    assert ("was sent to your email address at 9:41 AM MST" in sentence) == (EXPECTED[name] is Sent.DONE)
    assert bool(sentence) == (name != "none")


def test_an_email_names_the_time_for_which_it_holds() -> None:
    sentence = visitor_texts.notice_in_mail(mail(State.BLOCKED), business(), now=NOW)
    assert "At 9:42 AM MST on November 27, 2026, we could not confirm yet" in sentence
    waiting = visitor_texts.notice_in_mail(mail(State.QUEUED), business(), now=NOW)
    assert "At 9:42 AM MST on November 27, 2026, the office had not been notified yet." in waiting


def test_a_time_of_another_day_names_the_day() -> None:
    assert visitor_texts.local_time(NOW, "America/Phoenix", now=NOW + timedelta(days=1)) == (
        "on November 27, 2026 at 9:42 AM MST"
    )
    assert visitor_texts.local_time(NOW, "America/New_York", now=NOW) == "at 11:42 AM EST"


def test_unknown_hours_are_not_mentioned() -> None:
    assert visitor_texts.office_hours(business(), now=NOW) == ""
    assert visitor_texts.office_hours(business(hours=HOURS), now=NOW) == "Office hours: Open until 6:00 PM (MST)."


@pytest.mark.parametrize(("paused", "phone"), list(itertools.product((True, False), (PHONE, ""))))
def test_a_page_without_a_form_states_why(paused: bool, phone: str) -> None:
    sentence = visitor_texts.no_form(phone, paused=paused)
    assert sentence.startswith("Online requests are paused." if paused else "The request form is not available")
    assert (f"call {PHONE}" in sentence) == bool(phone)


def test_no_sentence_promises_what_the_office_will_do() -> None:
    """What someone will do later cannot be true at this moment."""
    sentences = [
        *visitor_texts.NOTICE.values(), *visitor_texts.NOTICE_IN_MAIL.values(), *visitor_texts.CONFIRMATION.values(),
        *visitor_texts.NO_FORM.values(), visitor_texts.NO_APPOINTMENT_YET, visitor_texts.TEST_REQUEST,
    ]  # fmt: skip
    assert [text for text in sentences if re.search(r"\bwill\b|'ll\b|soon|shortly|right away|being", text)] == []
    assert set(visitor_texts.NOTICE) == set(visitor_texts.NOTICE_IN_MAIL) == set(itertools.product(Sent, (True, False)))
    assert set(visitor_texts.CONFIRMATION) == set(Sent)
    assert set(OPEN) < set(State)
