"""The topic table: each rule on its example and counter-example, disguises, tables, and approved sentences."""

from datetime import date
from pathlib import Path

import pytest

from pagetojob.claims.approvals import approvals, approved_sentences, write_approvals
from pagetojob.claims.guard import overclaims, unapproved
from pagetojob.claims.registry import CLAIMS
from pagetojob.claims.selectors import why_not_published
from pagetojob.claims.topics import TOPIC_RULES, Topic, TopicRule, by_rules, digest
from readiness.services import scan

RULES = [pytest.param(rule, id="+".join(sorted(rule.needs)) + "!" * rule.refuse) for rule in TOPIC_RULES]
LAST_DAY = date(2027, 5, 31)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_fits_its_example_and_not_its_counter_example(rule: TopicRule) -> None:
    matches = by_rules(rule.example)
    assert matches and rule.claim in CLAIMS
    assert any(topic.refuse for topic in matches) or not rule.refuse
    assert by_rules(rule.counter) == []


@pytest.mark.parametrize(
    "text",
    [
        "Certified Serv\u00adice\u200bTitan p\u0430rtner",
        "0fficial S3rviceT1tan p4rtner",
        "Aproved by Servise Titan",
        "Notre application a été homologuée par ServiceTitan.",
        "Nuestras reservas se sincronizan automáticamente.",
        "Unsere Termine werden automatisch synchronisiert.",
        "Nossa conexão com o ServiceTitan é oficial.",
        "| Feature | PageToJob | Others |\n|---|---|---|\n| Marketplace listing | Yes | No |",
        "<table><tr><th>Feature</th><th>PageToJob</th></tr><tr><td>Certified</td><td>Yes</td></tr></table>",
        "What happens to my calendar once PageToJob has synced it?",
        "网站预约会自动写入您的派工系统。",
        "Наш сайт подключён к СервисТайтан.",
        "| | Agency | Ours |\n|---|---|---|\n| ServiceTitan approval | No | Yes |",
    ],
)
def test_a_disguised_or_assumed_claim_is_refused_or_waiting(text: str) -> None:
    assert overclaims(text) or unapproved(text)


@pytest.mark.parametrize(
    "text",
    [
        "| Feature | PageToJob | Others |\n|---|---|---|\n| Marketplace listing | No | Yes |",
        "Ninguna reserva se sincroniza con ServiceTitan.",
        "Is PageToJob certified? No.",
        "We call every customer back within a day.",
        "What we do not do:\n— sync bookings into ServiceTitan",
        "N O T   A F F I L I A T E D   W I T H   S E R V I C E T I T A N",
    ],
)
def test_a_denial_is_not_waiting(text: str) -> None:
    assert not overclaims(text) and unapproved(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "We never:\n- guess\n# PageToJob and ServiceTitan\n- PageToJob syncs bookings into ServiceTitan.",
        "It's no myth: PageToJob pushes bookings into ServiceTitan automatically.",
    ],
)
def test_a_heading_ends_the_denial_above_it_and_no_myth_is_no_denial(text: str) -> None:
    assert any(topic.refuse for topic in by_rules(text)) and overclaims(text)


@pytest.mark.parametrize(
    "text",
    [
        "# We do not:\n- sync bookings into ServiceTitan",
        "- Myth: PageToJob pushes bookings into ServiceTitan automatically.",
        "You hear a lot. Myth: PageToJob pushes bookings into ServiceTitan automatically.",
    ],
)
def test_a_heading_denies_its_items_and_a_myth_its_sentence(text: str) -> None:
    assert by_rules(text) == [] and not overclaims(text)


def test_a_waiting_sentence_passes_once_it_is_approved_and_only_that_sentence() -> None:
    text = "Jobs in ServiceTitan."
    (topic,) = unapproved(text)
    assert unapproved(text, approved={digest(topic.statement)}) == []
    assert unapproved("Invoices in ServiceTitan.", approved={digest(topic.statement)})
    assert digest("Jobs  in Service\u200bTitan") == digest(topic.statement)
    assert unapproved(text, gated=set(CLAIMS) - {topic.claim}) == []


@pytest.mark.parametrize("text", ["We are full today.", "We are out today.", "Closed for the holidays."])
def test_no_text_of_a_contractor_waits_because_of_its_words_alone(text: str) -> None:
    assert why_not_published(text) == ""


def test_a_refused_text_is_not_waiting() -> None:
    assert overclaims("We are a certified ServiceTitan partner.")
    assert unapproved("We are a certified ServiceTitan partner.", approved=set()) == []


def test_every_sentence_we_publish_is_clear_or_approved() -> None:
    assert [(text.where, text.text) for text in scan.judge(scan.files())[2]] == []


HONEST = " We write websites for roofers, and a person answers the phone. We count visits and calls each Monday."


@pytest.mark.parametrize(
    "text", ["PageToJob is a certified ServiceTitan partner.", "ServiceTitan has approved our app."]
)
def test_honest_text_on_its_line_does_not_soften_a_claim(text: str) -> None:
    assert overclaims(text) and overclaims(text + HONEST) and overclaims(f"{HONEST.strip()} {text}{HONEST}")


def test_an_approval_ends_on_its_last_day() -> None:
    assert approved_sentences(LAST_DAY)
    assert approved_sentences(date(LAST_DAY.year + 1, 6, 1)) == frozenset()


def test_a_changed_sentence_does_not_keep_its_approval(tmp_path: Path) -> None:
    path = tmp_path / "approved.csv"
    topic = Topic("automatic-sync", "Jobs in ServiceTitan.", 0, 21, refuse=False)
    assert write_approvals([topic, topic], approver="change reviewer", expires=LAST_DAY, path=path) == 1
    assert [line.sentence for line in approvals(path)] == [topic.statement]
    path.write_text(path.read_text(encoding="utf-8").replace("Jobs", "Invoices"), encoding="utf-8")
    approvals.cache_clear()
    with pytest.raises(ValueError, match="does not fit its sentence"):
        approvals(path)
