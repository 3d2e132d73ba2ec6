"""Reading what somebody else wrote, and what their answers mean. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st

from pagetojob.platform.outbound.errors import (
    AuthorizationError,
    GatewayError,
    MappingError,
    RefusedError,
    TransientError,
    UnclearError,
)
from pagetojob.platform.outbound.response import Answer
from pagetojob.servicetitan.client import reading
from pagetojob.servicetitan.client.calls import read_page
from pagetojob.servicetitan.client.payloads import Booking, Invoice, Job, Payment, Session, TaxonomyRow
from pagetojob.servicetitan.client.reading import Unreadable
from pagetojob.servicetitan.client.responses import Call, error_of, problem, retry_after

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
FIELDS = [
    "id",
    "status",
    "total",
    "appliedTo",
    "job",
    "customer",
    "businessUnitIds",
    "zips",
    "categories",
    "createdOn",
    "name",
]


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (9_007_199_254_740_993, 9_007_199_254_740_993),
        ("9007199254740993", 9_007_199_254_740_993),
        (" 42 ", 42),
        (Decimal("42.0"), 42),
        (Decimal("42.5"), None),
        (2**63, None),
        ("9" * 19, None),
        (True, None),
        ("0x10", None),
        ("4 2", None),
        ("\u0664\u0662", None),
        (None, None),
        ({}, None),
    ],
)
def test_id_is_parsed_as_int64(given: Any, seen: int | None) -> None:
    assert reading.whole(given) == seen


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("1234.50", Decimal("1234.50")),
        ("-12.3", Decimal("-12.3")),
        (0, Decimal(0)),
        (Decimal("19.99"), Decimal("19.99")),
        (Decimal("1E+3"), Decimal(1000)),
        (Decimal("1e999999"), None),
        (10**40, None),
        ("NaN", None),
        ("1e5", None),
        ("1,234.50", None),
        ("", None),
        (None, None),
        (False, None),
    ],
)
def test_money_is_exact_or_unknown(given: Any, seen: Decimal | None) -> None:
    assert reading.money(given) == seen


def test_money_in_a_document_never_passes_through_a_float() -> None:
    assert reading.document(b'{"total": 0.1}')["total"] + Decimal("0.2") == Decimal("0.3")


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("2026-03-04T15:00:00Z", NOW),
        ("2026-03-04T15:00:00.1234567Z", NOW.replace(microsecond=123456)),
        ("2026-03-04T10:00:00-05:00", NOW),
        ("2026-03-04T15:00:00", NOW),
        ("0001-01-01T00:00:00", None),
        ("9999-12-31T23:59:59-23:00", None),
        ("2026-03-04", None),
        ("next week", None),
        (None, None),
        (7, None),
    ],
)
def test_a_time_is_in_utc_or_unknown(given: Any, seen: datetime | None) -> None:
    assert reading.moment(given) == seen


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{", b'{"a": NaN}', b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b'{"a": 1e99999999999999999999}'],
)
def test_invalid_json_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        reading.document(body)


@pytest.mark.parametrize("shape", [Booking, Job, Invoice, Payment, TaxonomyRow])
@settings_of(max_examples=40)
@given(row=st.dictionaries(st.sampled_from(FIELDS), JSON) | JSON)
def test_readers_accept_any_row(shape: Any, row: Any) -> None:
    try:
        assert isinstance(shape.read(row), shape)
    except Unreadable:
        return


def test_unknown_fields_are_ignored() -> None:
    row = {"id": "77", "status": "SomethingNew", "jobId": None, "externalId": "st-ready:1", "newField": {"x": [1]}}
    booking = Booking.read(row)
    assert (booking.id, booking.status, booking.job_id, booking.external_id) == (77, "SomethingNew", None, "st-ready:1")


def test_personal_fields_are_not_in_repr() -> None:
    session = Session.read({"id": "a", "customer": {"firstName": "Dana"}, "notes": "No hot water"})
    assert "Dana" not in repr(session) and "water" not in repr(session) and session.name == "Dana"


def test_payment_counts_unreadable_applications() -> None:
    payment = Payment.read(
        {
            "id": 1,
            "total": "90.00",
            "appliedTo": [{"appliedTo": 5, "appliedAmount": "40.00"}, {"appliedAmount": "50.00"}, 7],
        }
    )
    assert [(part.invoice_id, part.amount) for part in payment.applied] == [(5, Decimal("40.00"))]
    assert payment.unreadable == 2


def test_a_taxonomy_row_never_reads_cost_or_pay() -> None:
    row = {"id": 1, "name": "AC", "price": "89.50", "cost": "12.34", "hourlyRate": 55, "bonus": 9, "zips": ["08001"]}
    read = TaxonomyRow.read(row)
    assert read.words == {"zips": ("08001",)}
    assert not [amount for amount in ("89.50", "12.34", "55") if amount in repr(read)]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2", 2.0),
        (" 2.5 ", 2.5),
        ("0", 0.0),
        ("999999", 3600.0),
        ("Wed, 04 Mar 2026 15:00:30 GMT", 30.0),
        ("Wed, 04 Mar 2026 14:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("-5", None),
        ("soon", None),
        ("1e9", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_parsed_in_both_forms_and_limited(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, now=NOW) == seconds


READ, WRITE = Call("jpm", "tn.jpm.jobs:r"), Call("crm", "tn.crm.bookings:w", named=True)


@pytest.mark.parametrize(
    ("status", "for_a_read", "for_a_write"),
    [
        (200, None, None),
        (204, None, None),
        (302, (RefusedError, "odd-status"), (UnclearError, "odd-status")),
        (400, (RefusedError, "not-valid"), (RefusedError, "not-valid")),
        (401, (AuthorizationError, "not-signed-in"), (AuthorizationError, "not-signed-in")),
        (408, (TransientError, "server-fault"), (UnclearError, "server-fault")),
        (409, (RefusedError, "conflict"), (RefusedError, "conflict")),
        (418, (RefusedError, "odd-status"), (UnclearError, "odd-status")),
        (422, (RefusedError, "not-valid"), (RefusedError, "not-valid")),
        (429, (TransientError, "rate-limit"), (TransientError, "rate-limit")),
        (500, (TransientError, "server-fault"), (UnclearError, "server-fault")),
        (503, (TransientError, "server-fault"), (UnclearError, "server-fault")),
        (999, (TransientError, "server-fault"), (UnclearError, "server-fault")),
    ],
)
def test_status_maps_differently_for_reads_and_writes(status: int, for_a_read: Any, for_a_write: Any) -> None:
    assert (meaning(status, READ), meaning(status, WRITE)) == (for_a_read, for_a_write)


def meaning(status: int, call: Call, body: bytes = b"<h1>") -> tuple[type[GatewayError], str] | None:
    error = error_of(Answer(status, {}, body), call, now=NOW)
    return (type(error), error.code) if error else None


@pytest.mark.parametrize(
    ("status", "for_a_read", "for_a_write"),
    [
        (403, (AuthorizationError, "not-allowed"), (AuthorizationError, "not-allowed")),
        (404, (RefusedError, "not-found"), (MappingError, "not-found")),
        (410, (RefusedError, "not-found"), (MappingError, "not-found")),
    ],
)
def test_a_refusal_without_a_document_of_the_api_comes_from_something_in_front_of_it(
    status: int, for_a_read: Any, for_a_write: Any
) -> None:
    document = b'{"title": "Refused", "traceId": "00-ab-01"}'
    assert (meaning(status, READ, document), meaning(status, WRITE, document)) == (for_a_read, for_a_write)
    for page in (b"", b"<html>", b"[]", b'"refused"', b"\xff"):
        assert meaning(status, READ, page) == (TransientError, "not-the-api")
        assert meaning(status, WRITE, page) == (UnclearError, "not-the-api")


def test_rejected_mapping_id_is_a_mapping_error() -> None:
    for name in ("CampaignId", "booking.jobTypeId"):
        answer = Answer(400, {}, f'{{"traceId": "00-ab-01", "errors": {{"{name}": ["x"]}}}}'.encode())
        error = error_of(answer, WRITE, now=NOW)
        assert isinstance(error, MappingError) and error.answer is not None
        assert (error.code, error.answer.trace_id, error.answer.fields) == ("mapping-refused", "00-ab-01", (name,))


def test_only_storable_parts_of_an_error_are_returned() -> None:
    body = b'{"title": "Dana said", "traceId": "<b>", "errors": {"name": ["Dana Fields is bad"], "Dana Fields": ["x"]}}'
    details = problem(Answer(400, {}, body))
    assert (details.status, details.trace_id, details.fields) == (400, "", ("name",))
    assert "Dana" not in repr(Answer(400, {"x": "Dana"}, body))


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (
            b'{"page":1,"pageSize":50,"hasMore":true,"totalCount":null,"data":[{"id":1},{"id":"2"},{"no":3},null]}',
            (2, True, 2),
        ),
        (b'[{"id": 1}]', (1, False, 0)),
        (b'{"hasMore": false, "data": []}', (0, False, 0)),
    ],
)
def test_page_counts_unreadable_rows(body: bytes, rows: tuple[int, bool, int]) -> None:
    page = read_page(Answer(200, {}, body), READ, Job.read)
    assert (len(page.rows), page.has_more, page.unreadable) == rows


@pytest.mark.parametrize(
    "body", [b"{}", b'{"data": []}', b'{"data": {}, "hasMore": false}', b'"x"', b'{"hasMore": false}']
)
def test_page_without_has_more_is_unreadable(body: bytes) -> None:
    with pytest.raises(TransientError, match="cannot be read"):
        read_page(Answer(200, {}, body), READ, Job.read)


def test_expired_or_closed_decision_is_refused(settings: Any) -> None:
    from pagetojob.gates.registry import Environment
    from pagetojob.gates.services import Decision
    from pagetojob.platform.outbound.errors import GateClosedError
    from pagetojob.servicetitan.client.environments import bases_of, check

    def decision(**change: Any) -> Decision:
        return replace(Decision("f", 1, Environment.PRODUCTION, open=True, epoch=1), **change)

    check(decision(), now=NOW)
    check(decision(valid_until=NOW + timedelta(seconds=1)), now=NOW)
    for closed in (decision(open=False), decision(valid_until=NOW)):
        with pytest.raises(GateClosedError):
            check(closed, now=NOW)
    assert bases_of(Environment.PRODUCTION).api == "https://api.servicetitan.io"
    assert bases_of(Environment.INTEGRATION).auth == "https://auth-integration.servicetitan.io"
    settings.SERVICETITAN_STANDIN_AUTH_URL, settings.SERVICETITAN_STANDIN_API_URL = "http://127.0.0.1:1", ""
    with pytest.raises(GateClosedError):
        bases_of(Environment.SIMULATOR)
