"""Google Ads files: preflight, and contacts hashed in normal form."""

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
    why_not_adjusted,
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
        ({"click_id": ""}, "no click ID"),
        ({"click_id": "no id"}, "not in Google's format"),
        ({"value": Decimal(0)}, "is zero"),
        ({"value": Decimal(-5)}, "It is a credit"),
        ({"at": NOW + timedelta(seconds=1)}, "in the future"),
        ({"at": NOW - timedelta(days=22)}, "before the lead arrived"),
        ({"clicked_at": NOW - timedelta(days=111)}, "more than 90 days"),
    ],
)
def test_preflight_rejects_what_google_would_reject(facts: dict[str, Any], why: str) -> None:
    result = preflight([conversion(**facts), conversion(order_id="12")], by_contact=False, zone=ZONE, now=NOW)
    assert [item.order_id for item in result.fit] == ["12"]
    assert why in result.refused[0].why


def test_preflight_rejects_both_rows_with_a_duplicate_order_id() -> None:
    result = preflight([conversion(), conversion()], by_contact=False, zone=ZONE, now=NOW)
    assert (len(result.fit), len(result.refused)) == (0, 2)


def test_preflight_rejects_everything_with_an_invalid_time_zone() -> None:
    result = preflight([conversion()], by_contact=False, zone="Phoenix", now=NOW)
    assert not result.fit and "does not support the time zone" in result.refused[0].why


def test_contact_conversions_need_no_click_id() -> None:
    facts = {"click_id": "", "email": ""}
    assert len(preflight([conversion(**facts)], by_contact=True, zone=ZONE, now=NOW).fit) == 1
    result = preflight([conversion(**facts, phone="")], by_contact=True, zone=ZONE, now=NOW)
    assert "no email" in result.refused[0].why


def test_contact_file_has_every_conversion_that_google_can_identify() -> None:
    """Google wants all conversions if identifiers are used, with the click ID where it is known."""
    given = [conversion(), conversion(order_id="12", email="", phone=""), conversion(order_id="13", click_id="no id")]
    fit = preflight(given, by_contact=True, zone=ZONE, now=NOW).fit
    rows = list(csv.reader(io.StringIO(conversions_csv(fit, by_contact=True, action="Job", zone=ZONE))))
    assert rows[1][:3] == ["Email", "Phone Number", "Google Click ID"]
    assert [(bool(row[0]), row[2], row[-1]) for row in rows[2:]] == [
        (True, "Cj0KCQjw-click_1", "11"),
        (False, "Cj0KCQjw-click_1", "12"),
        (True, "", "13"),
    ]


@pytest.mark.parametrize(("days", "why"), [(0, ""), (54, ""), (55, "54 days")])
def test_adjustment_is_possible_at_once_until_google_ignores_it(days: int, why: str) -> None:
    reason = why_not_adjusted(converted_at=NOW - timedelta(days=days), now=NOW)
    assert why in reason and bool(why) == bool(reason)


def test_click_id_file_matches_google_template() -> None:
    text = conversions_csv([conversion()], by_contact=False, action="Job, done", zone=ZONE)
    first, head, row = list(csv.reader(io.StringIO(text)))
    assert first == ["Parameters:TimeZone=America/Phoenix"]
    assert head[0] == "Google Click ID" and head[-1] == "Order ID"
    assert row == ["Cj0KCQjw-click_1", "Job, done", "2026-10-16 05:00:00", "500.00", "USD", "11"]


def test_contact_file_contains_hashes_only() -> None:
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
def test_email_is_normalized_before_hashing(typed: str, normal: bytes) -> None:
    assert hashed_email(typed) == hashlib.sha256(normal).hexdigest()


def test_empty_values_have_no_hash() -> None:
    assert (hashed_email(""), hashed_email("no address"), hashed_phone("")) == ("", "", "")


def test_adjustments_restate_or_retract() -> None:
    given = [
        Adjustment("11", NOW, Decimal("380.00")),
        Adjustment("12", NOW, Decimal(0)),
        Adjustment("13", NOW, Decimal(1), "old"),
    ]
    rows = list(csv.reader(io.StringIO(adjustments_csv(given, action="Job", zone=ZONE))))[2:]
    assert rows == [
        ["11", "Job", "2026-11-05 05:00:00", "RESTATE", "380.00", "USD"],
        ["12", "Job", "2026-11-05 05:00:00", "RETRACT", "", ""],
    ]
