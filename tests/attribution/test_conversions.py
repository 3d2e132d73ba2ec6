"""Files for Google Ads: what it is known to refuse stays out, contacts leave as hashes in its normal form."""

import csv
import hashlib
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from attribution.conversions import (
    Adjustment,
    Conversion,
    adjustments_csv,
    conversions_csv,
    hashed_email,
    hashed_phone,
    preflight,
)

NOW = datetime(2026, 11, 5, 12, tzinfo=UTC)
ZONE = "America/Phoenix"


def conversion(**facts: Any) -> Conversion:
    given = {
        "order_id": "11",
        "at": NOW - timedelta(days=20),
        "value": Decimal("500.00"),
        "clicked_at": NOW - timedelta(days=21),
        "click_id": "Cj0KCQjw-click_1",
        "email": "jamie@example.com",
        "phone": "+16025550199",
    }
    return Conversion(**{**given, **facts})


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"click_id": ""}, "without a click id"),
        ({"click_id": "no id"}, "none that Google makes"),
        ({"value": Decimal(0)}, "not above zero"),
        ({"value": Decimal(-5)}, "It is a credit"),
        ({"at": NOW + timedelta(seconds=1)}, "in the future"),
        ({"at": NOW - timedelta(days=22)}, "before the lead came"),
        ({"clicked_at": NOW - timedelta(days=111)}, "more than 90 days"),
    ],
)
def test_what_google_is_known_to_refuse_stays_out(facts: dict[str, Any], why: str) -> None:
    found = preflight([conversion(**facts), conversion(order_id="12")], by_contact=False, zone=ZONE, now=NOW)
    assert [one.order_id for one in found.fit] == ["12"]
    assert why in found.refused[0].why


def test_an_order_id_that_comes_twice_is_refused_both_times() -> None:
    found = preflight([conversion(), conversion()], by_contact=False, zone=ZONE, now=NOW)
    assert (len(found.fit), len(found.refused)) == (0, 2)


def test_a_wrong_time_zone_refuses_all() -> None:
    found = preflight([conversion()], by_contact=False, zone="Phoenix", now=NOW)
    assert not found.fit and "no time zone" in found.refused[0].why


def test_a_contact_is_enough_without_a_click_id() -> None:
    facts = {"click_id": "", "email": ""}
    assert len(preflight([conversion(**facts)], by_contact=True, zone=ZONE, now=NOW).fit) == 1
    found = preflight([conversion(**facts, phone="")], by_contact=True, zone=ZONE, now=NOW)
    assert "neither" in found.refused[0].why


def test_the_file_by_click_id_is_as_google_s_template() -> None:
    text = conversions_csv([conversion()], by_contact=False, action="Job, done", zone=ZONE)
    first, head, row = list(csv.reader(io.StringIO(text)))
    assert first == ["Parameters:TimeZone=America/Phoenix"]
    assert head[0] == "Google Click ID" and head[-1] == "Order ID"
    assert row == ["Cj0KCQjw-click_1", "Job, done", "2026-10-16 05:00:00", "500.00", "USD", "11"]


def test_contacts_leave_as_hashes_only() -> None:
    text = conversions_csv([conversion()], by_contact=True, action="Job", zone=ZONE)
    assert "jamie" not in text and "6025550199" not in text
    assert hashlib.sha256(b"jamie@example.com").hexdigest() in text
    assert hashlib.sha256(b"+16025550199").hexdigest() in text


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        (" Jamie@Example.com ", b"jamie@example.com"),
        ("Ja.Mie+ads@Gmail.com", b"jamie@gmail.com"),
        ("ja.mie+ads@googlemail.com", b"jamie@googlemail.com"),
        ("ja.mie+ads@example.com", b"ja.mie+ads@example.com"),
    ],
)
def test_an_address_is_hashed_in_its_normal_form(typed: str, normal: bytes) -> None:
    assert hashed_email(typed) == hashlib.sha256(normal).hexdigest()


def test_nothing_has_no_hash() -> None:
    assert (hashed_email(""), hashed_email("no address"), hashed_phone("")) == ("", "", "")


def test_what_is_left_gets_its_new_value_and_the_rest_is_taken_back() -> None:
    given = [Adjustment("11", NOW, Decimal("380.00")), Adjustment("12", NOW, Decimal(0))]
    rows = list(csv.reader(io.StringIO(adjustments_csv(given, action="Job", zone=ZONE))))[2:]
    assert rows == [
        ["11", "Job", "2026-11-05 05:00:00", "RESTATE", "380.00", "USD"],
        ["12", "Job", "2026-11-05 05:00:00", "RETRACT", "", ""],
    ]
