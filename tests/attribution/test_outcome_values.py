"""Parsing of export cells."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from pagetojob.importer.values import BadValue, day, moment, money, whole

PHOENIX, DENVER = ZoneInfo("America/Phoenix"), ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("$1,234.50", "1234.50"),
        ("(45.00)", "-45.00"),
        ("($1,045.5)", "-1045.50"),
        ("-45", "-45.00"),
        ("45.00-", "-45.00"),
        ("$ -0.00", "0.00"),
        (".5", "0.50"),
        ("19.989999999999998", "19.99"),
        ("USD 12", "12.00"),
    ],
)
def test_money_formats_are_parsed(text: str, amount: str) -> None:
    assert str(money(text)) == amount


@pytest.mark.parametrize("text", ["1.234,50", "12,34", "1.005", "(-5)", "five", "$", "1e5", "1" * 13, "--5.0.0"])
def test_invalid_money_is_rejected_without_repeating_it(text: str) -> None:
    with pytest.raises(BadValue) as refused:
        money(text)
    assert text == "$" or text not in str(refused.value)


def test_id_is_a_positive_63_bit_integer() -> None:
    assert [whole("00501"), whole("501.0"), whole(str(2**63 - 1))] == [501, 501, 2**63 - 1]
    for text in (str(2**63), "0", "-1", "J-1", "1.5", "1.23E+12", "1,234"):
        with pytest.raises(BadValue):
            whole(text)


def test_time_uses_tenant_zone_by_default() -> None:
    assert moment("6/3/2026 9:15 PM", PHOENIX).astimezone(dt.UTC) == dt.datetime(2026, 6, 4, 4, 15, tzinfo=dt.UTC)
    assert moment("2026-06-03T21:15:00Z", PHOENIX) == dt.datetime(2026, 6, 3, 21, 15, tzinfo=dt.UTC)
    assert day("2026-06-04T02:00:00+00:00", DENVER) == dt.date(2026, 6, 3)
    assert day("6/3/26", DENVER) == dt.date(2026, 6, 3)
    assert moment("1/5/2026", DENVER).utcoffset() != moment("7/5/2026", DENVER).utcoffset()


@pytest.mark.parametrize("text", ["13/6/2026", "2/30/2026", "June", "2026-6", "6/3/2026 25:00", "6/3/2026 0:30 PM"])
def test_invalid_date_is_rejected(text: str) -> None:
    with pytest.raises(BadValue):
        moment(text, PHOENIX)


def test_money_is_never_a_float() -> None:
    assert isinstance(money("0.1"), Decimal) and money("0.1") + money("0.2") == Decimal("0.30")
