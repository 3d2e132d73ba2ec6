"""Retry times, envelopes and sentences: computations without a database."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncqueue import connectors, envelope, retry, state_texts
from syncqueue.connectors import emails
from syncqueue.item_actions import SENDABLE
from syncqueue.models import BUCKETS, MOVES, NOTICES, OPEN, UNDOABLE, Kind, State
from syncqueue.models.item import OF_A_LEAD

LEAD = {
    "reference": "st-ready:0001020304050607",
    "spoken_code": "PTJ-0000000",
    "name": "Jamie Rivera",
    "phone": "(602) 555-0199",
    "phone_e164": "+16025550199",
    "email": "jamie@example.com",
    "street": "1840 E Camelback Rd",
    "city": "Phoenix",
    "state": "AZ",
    "zip": "85016",
    "message": "No cold air.",
}
REQUEST: dict[str, Any] = {
    "service": "AC Repair",
    "urgency": "emergency",
    "preferred_date": date(2026, 6, 25),
    "preferred_window": "afternoon",
    "page_path": "/ac-repair-phoenix",
}
MAPPED: dict[str, dict[str, Any]] = {
    "job_type": {"name": "AC Repair", "external_id": 7},
    "business_unit": {"name": "Residential HVAC", "external_id": None},
    "booking_provider": {"name": "PageToJob appointment request", "external_id": None},
}


def build(
    lead: dict[str, str] = LEAD, mapped: Any = MAPPED, mismatches: Sequence[str] = (), **request: Any
) -> dict[str, Any]:
    asked = REQUEST | request
    return envelope.build(lead=lead, request=asked, mapped=mapped, time_zone="America/Phoenix", mismatches=mismatches)


@given(st.integers(1, 200), st.floats(0, 1, exclude_max=True))
def test_a_wait_is_never_longer_than_its_bound(attempts: int, draw: float) -> None:
    wait = retry.next_wait(attempts=attempts, age=timedelta(0), draw=draw)
    assert wait is not None
    assert retry.LEAST <= wait <= min(retry.LONGEST, retry.FIRST * 2 ** min(attempts - 1, 20))


def test_waits_double_until_the_longest() -> None:
    waits = [retry.next_wait(attempts=n, age=timedelta(0), draw=0.5) for n in (1, 2, 3, 12)]
    assert waits == [timedelta(seconds=s) for s in (15.5, 30.5, 60.5, 120.5)]


def test_a_person_decides_in_the_end() -> None:
    assert retry.next_wait(attempts=9, age=retry.GIVE_UP_AFTER, draw=0.5) is None


@pytest.mark.parametrize(("attempts", "draw"), [(0, 0.5), (1, 1.0), (1, -0.1)])
def test_nonsense_is_refused(attempts: int, draw: float) -> None:
    with pytest.raises(ValueError, match="attempts count"):
        retry.next_wait(attempts=attempts, age=timedelta(0), draw=draw)


def test_an_envelope_has_the_shape_of_the_create_call() -> None:
    whole = build()
    assert whole["schema"] == envelope.SCHEMA
    booking = whole["booking"]
    for name in ("source", "name", "summary", "isFirstTimeClient", "externalId"):
        assert booking[name] not in ("", None)
    assert booking["externalId"] == LEAD["reference"]
    assert booking["start"] == "2026-06-25T19:00:00Z", "noon in Phoenix, which keeps no summer time"
    assert booking["priority"] == "Urgent"
    assert booking["jobTypeId"] == 7
    assert "businessUnitId" not in booking, "no id is made up for an item that has none"
    assert booking["contacts"] == [
        {"type": "Phone", "value": "6025550199"},
        {"type": "Email", "value": "jamie@example.com"},
    ]
    assert booking["address"]["country"] == "USA"
    assert not envelope.problems(whole)


@pytest.mark.parametrize("part", ["street", "city", "state", "zip"])
def test_an_address_is_whole_or_left_out(part: str) -> None:
    assert "address" not in build(LEAD | {part: ""})["booking"]


@pytest.mark.parametrize(("phone", "sent"), [("+16025550199", "6025550199"), ("+442079460958", "+442079460958")])
def test_a_phone_of_this_country_goes_as_ten_digits(phone: str, sent: str) -> None:
    assert build(LEAD | {"phone_e164": phone})["booking"]["contacts"][0]["value"] == sent


@pytest.mark.parametrize("typed", ["602.555.0199 ext 7", "(602) 555-0199 x7", "+1 602-555-0199 extension 7"])
def test_an_extension_goes_as_the_memo_of_the_number(typed: str) -> None:
    whole = build(LEAD | {"phone_e164": "+16025550199", "phone": typed})
    assert whole["booking"]["contacts"][0] == {"type": "Phone", "value": "6025550199", "memo": "extension 7"}
    assert envelope.masked(whole)["booking"]["contacts"][0] == {"type": "Phone", "value": "••• 99", "memo": "•••"}


def test_a_phone_that_has_no_normal_form_goes_as_typed() -> None:
    booking = build(LEAD | {"phone_e164": "", "phone": "ask at the gate"})["booking"]
    assert booking["contacts"][0]["value"] == "ask at the gate"


def test_without_a_date_there_is_no_start() -> None:
    assert "start" not in build(preferred_date=None)["booking"]


def test_it_names_what_is_missing() -> None:
    unreachable = LEAD | {"phone": "", "phone_e164": "", "email": "", "zip": ""}
    assert envelope.problems(build(unreachable, mapped={})) == [
        "There is no phone number, email address or complete street address to reply to.",
        "The page binding has no job type.",
        "The page binding has no business unit.",
        "The page binding has no booking provider.",
    ]


def test_a_masked_envelope_shows_no_personal_value() -> None:
    shown = str(envelope.masked(build()))
    for value in ("Rivera", "Jamie", "555", "jamie", "Camelback", "85016", "No cold air"):
        assert value not in shown
    assert "AC Repair" in shown and LEAD["reference"] in shown


def test_every_state_has_a_sentence_a_next_step_and_a_bucket() -> None:
    assert set(state_texts.CUSTOMER_SAFE) == set(state_texts.NEXT_STEP) == set(State) == set(MOVES)
    assert sorted(state for bucket in BUCKETS.values() for state in bucket) == sorted(State)
    assert {state for state in State if MOVES[state]} == set(OPEN) | set(UNDOABLE)


def test_no_sentence_for_customers_speaks_of_servicetitan_or_of_machinery() -> None:
    for kind in Kind:
        for state in State:
            sentence = state_texts.customer_sentence(kind, state)
            assert sentence.endswith(".")
            for word in ("ServiceTitan", "API", "queue", "error", "exception", "worker"):
                assert word.lower() not in sentence.lower()


def test_each_kind_that_is_sent_has_a_sender_its_sentences_and_a_cause_of_refusal() -> None:
    assert {*connectors._BY_KIND, *connectors.deliver.kinds} == set(SENDABLE)
    assert set(state_texts._BY_KIND) == set(OF_A_LEAD)
    assert set(emails._REFUSED) == set(NOTICES)


AC_REPAIR, DUCTS = envelope.Job("AC Repair", 7), envelope.Job("Duct Cleaning", 8)


def test_the_service_that_the_visitor_chose_decides_the_job_type() -> None:
    roles, mismatches = envelope.for_service(MAPPED | {"pricebook_service": {"name": "AC Diagnostic"}}, "x", DUCTS)
    assert roles["job_type"] == {"name": "Duct Cleaning", "external_id": 8} and not mismatches
    assert "pricebook_service" not in roles, "it belongs to the job type of the page"
    same, _ = envelope.for_service(MAPPED | {"pricebook_service": {"name": "AC Diagnostic"}}, "AC Repair", AC_REPAIR)
    assert "pricebook_service" in same


def test_without_a_service_the_page_decides_the_job_type() -> None:
    assert envelope.for_service(MAPPED, envelope.SOMETHING_ELSE, None) == (MAPPED, [])


@pytest.mark.parametrize("job", [None, envelope.Job("Duct Cleaning", 8, active=False)])
def test_a_service_that_the_map_no_longer_has_needs_a_mapping(job: envelope.Job | None) -> None:
    roles, mismatches = envelope.for_service(MAPPED, "Duct Cleaning", job)
    whole = build(mapped=roles, mismatches=mismatches)
    assert "jobTypeId" not in whole["booking"]
    assert envelope.problems(whole)[0] == "The map has no active service “Duct Cleaning”."


@pytest.mark.parametrize(
    ("unit", "allowed", "fits"), [(5, (), True), (5, (5, 6), True), (5, (6,), False), (None, (6,), True)]
)
def test_the_business_units_of_a_job_type_limit_that_of_the_page(
    unit: int | None, allowed: tuple[int, ...], fits: bool
) -> None:
    mapped = MAPPED | {"business_unit": {"name": "Residential HVAC", "external_id": unit}}
    job = envelope.Job("AC Repair", 7, business_unit_ids=allowed)
    roles, mismatches = envelope.for_service(mapped, "AC Repair", job)
    assert ("business_unit" in roles) is fits
    problems = envelope.problems(build(mapped=roles, mismatches=mismatches))
    assert ("The business unit “Residential HVAC” does not do “AC Repair”." in problems) is not fits


def test_a_preferred_time_in_an_unknown_time_zone_is_not_sent() -> None:
    facts: dict[str, Any] = {"lead": LEAD, "mapped": MAPPED, "time_zone": "Mars/Phobos"}
    sent = envelope.build(request=REQUEST, **facts)
    assert "start" not in sent["booking"]
    assert envelope.UNKNOWN_ZONE in envelope.problems(sent)
    assert "mismatches" not in envelope.build(request=REQUEST | {"preferred_date": None}, **facts)


def test_no_customer_is_called_residential() -> None:
    assert "customerType" not in build()["booking"]
