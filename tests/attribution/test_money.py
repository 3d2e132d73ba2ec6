"""Money by label: each invoice in one bucket, each dollar counted once."""

import string
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution import money_sums
from attribution.likely_revenue import likely_range
from attribution.money import (
    COUNTED,
    Bucket,
    Customer,
    Grade,
    InvoiceFact,
    JobFact,
    Line,
    LinkFact,
    PaymentFact,
    place,
    weakest,
)

DAY = date(2026, 10, 5)
LABELS = (Bucket.CERTAIN, Bucket.MATCHED, Bucket.REVIEWED, Bucket.NEEDS_REVIEW)
D = Decimal


def job(number: int = 1, **facts: object) -> JobFact:
    return JobFact(**{"id": number, "on": DAY, "customer": 9, **facts})  # type: ignore[arg-type]


def invoice(number: int = 10, total: str = "500.00", **facts: object) -> InvoiceFact:
    return InvoiceFact(**{"id": number, "job": 1, "on": DAY, "total": D(total), **facts})  # type: ignore[arg-type]


def payment(number: int, amount: str, of: int = 10, **facts: object) -> PaymentFact:
    return PaymentFact(**{"id": number, "invoice": of, "amount": D(amount), **facts})  # type: ignore[arg-type]


def link(label: Bucket = Bucket.CERTAIN, **facts: object) -> LinkFact:
    given = {
        "lead": "lead-a",
        "lead_on": DAY,
        "job": 1,
        "label": label,
        "probability": D("0.99"),
        "campaign": "tune-up",
    }
    return LinkFact(**{**given, **facts})  # type: ignore[arg-type]


def lines_for(
    *,
    invoices: list[InvoiceFact],
    jobs: list[JobFact] | None = None,
    payments: list[PaymentFact] | None = None,
    links: list[LinkFact] | None = None,
) -> list[Line]:
    return place(
        jobs=[job()] if jobs is None else jobs,
        invoices=invoices,
        payments=payments or [],
        links=[link()] if links is None else links,
    )


def only(lines: list[Line]) -> Line:
    (line,) = lines
    return line


def test_linked_invoice_counts_with_its_payments() -> None:
    line = only(lines_for(invoices=[invoice()], payments=[payment(1, "200.00"), payment(2, "100.00")]))
    assert (line.bucket, line.counted, line.collected, line.grade) == (
        Bucket.CERTAIN,
        D("500.00"),
        D("300.00"),
        Grade.SAME_ID,
    )


@pytest.mark.parametrize("label", LABELS)
def test_only_certain_matched_and_reviewed_links_count(label: Bucket) -> None:
    line = only(lines_for(invoices=[invoice()], links=[link(label)]))
    assert (line.bucket, line.counted) == (label, D("500.00") if label in COUNTED else D(0))


@pytest.mark.parametrize(
    ("case", "bucket"),
    [
        ({"invoices": [invoice(voided=True)]}, Bucket.VOID),
        ({"invoices": [invoice()], "jobs": []}, Bucket.NO_JOB),
        ({"invoices": [invoice(job=None)]}, Bucket.NO_JOB),
        ({"invoices": [invoice()], "jobs": [job(uncharged=True)]}, Bucket.UNCHARGED),
        ({"invoices": [invoice(total="0.00")]}, Bucket.ZERO),
        ({"invoices": [invoice()], "links": []}, Bucket.NO_LEAD),
        ({"invoices": [invoice()], "links": [link(excluded=True)]}, Bucket.LEAD_EXCLUDED),
    ],
)
def test_uncounted_buckets_have_a_reason(case: dict[str, list[object]], bucket: Bucket) -> None:
    line = only(lines_for(**case))  # type: ignore[arg-type]
    assert (line.bucket, line.counted) == (bucket, D(0))


def test_refund_is_subtracted() -> None:
    line = only(lines_for(invoices=[invoice()], payments=[payment(1, "500.00"), payment(2, "-200.00")]))
    assert (line.net, line.returned, line.collected) == (D("300.00"), D("200.00"), D("300.00"))


def test_void_refund_is_not_subtracted() -> None:
    line = only(lines_for(invoices=[invoice()], payments=[payment(1, "-200.00", voided=True)]))
    assert line.net == D("500.00")


@pytest.mark.parametrize("refunded_on", [10, 11])
def test_credit_and_its_refund_are_subtracted_once(refunded_on: int) -> None:
    lines = lines_for(
        invoices=[invoice(), invoice(11, "-200.00")],
        payments=[payment(1, "500.00"), payment(2, "-200.00", of=refunded_on)],
    )
    assert money_sums.revenue(lines).counted == D("300.00")
    assert money_sums.total(lines).collected == D("300.00")


def test_refund_larger_than_its_credit_subtracts_the_difference() -> None:
    lines = lines_for(invoices=[invoice(), invoice(11, "-200.00")], payments=[payment(2, "-250.00")])
    assert money_sums.revenue(lines).counted == D("250.00")


def test_used_credit_covers_no_other_refund() -> None:
    lines = lines_for(
        invoices=[invoice(), invoice(11, "-200.00")],
        payments=[payment(1, "-200.00", of=11), payment(2, "-50.00", of=10)],
    )
    assert money_sums.revenue(lines).counted == D("250.00")


def test_two_leads_count_an_invoice_once() -> None:
    rivals = [link(Bucket.MATCHED, lead="lead-b"), link(Bucket.REVIEWED, lead="lead-c"), link(Bucket.NEEDS_REVIEW)]
    line = only(lines_for(invoices=[invoice()], links=rivals))
    assert (line.lead, line.other_leads, line.counted) == ("lead-c", ("lead-b", "lead-a"), D("500.00"))


def test_customer_with_an_earlier_job_is_returning() -> None:
    earlier = job(2, on=DAY - timedelta(days=400))
    assert only(lines_for(invoices=[invoice()], jobs=[job(), earlier])).customer == Customer.RETURNING
    assert only(lines_for(invoices=[invoice()], jobs=[job(), job(2, on=DAY)])).customer == Customer.NEW
    assert only(lines_for(invoices=[invoice()], jobs=[job(customer=None)])).customer == Customer.NOT_KNOWN


def test_open_review_gives_a_range() -> None:
    lines = lines_for(
        jobs=[job(), job(2)],
        invoices=[invoice(), invoice(11, "80.00", job=2)],
        links=[link(), link(Bucket.NEEDS_REVIEW, job=2, lead="lead-b")],
    )
    revenue = money_sums.revenue(lines)
    assert (revenue.low, revenue.high, revenue.open_reviews) == (D("500.00"), D("580.00"), 1)


def test_grade_is_that_of_the_weakest_link() -> None:
    assert weakest([Grade.SAME_ID, Grade.LIKENESS, Grade.DECIDED]) == Grade.LIKENESS
    assert weakest([]) == Grade.NONE


def test_duplicate_id_is_rejected() -> None:
    with pytest.raises(ValueError, match="invoice 10 is a duplicate"):
        lines_for(invoices=[invoice(), invoice()])


# Whatever the exports say.
amounts = st.decimals(min_value=-5000, max_value=5000, places=2, allow_nan=False, allow_infinity=False)
few = st.integers(min_value=1, max_value=6)
days = st.integers(min_value=0, max_value=60).map(lambda n: DAY + timedelta(days=n))
some_jobs = st.lists(
    st.builds(JobFact, id=few, on=days | st.none(), customer=few | st.none(), uncharged=st.booleans()),
    unique_by=lambda fact: fact.id,
    max_size=6,
)
some_invoices = st.lists(
    st.builds(InvoiceFact, id=few, job=few | st.none(), on=days, total=amounts, voided=st.booleans()),
    unique_by=lambda fact: fact.id,
    max_size=6,
)
some_payments = st.lists(
    st.builds(PaymentFact, id=few, invoice=few | st.none(), amount=amounts, voided=st.booleans()), max_size=8
)
some_links = st.lists(
    st.builds(
        LinkFact,
        lead=st.text(string.ascii_lowercase, min_size=1, max_size=2),
        lead_on=days,
        job=few,
        label=st.sampled_from([*LABELS, Bucket.NO_LEAD]),
        probability=st.decimals(min_value=0, max_value=1, places=6),
        excluded=st.booleans(),
    ),
    # Each pair of a lead and a job occurs once.
    unique_by=lambda fact: (fact.lead, fact.job),
    max_size=8,
)


@given(some_jobs, some_invoices, some_payments, some_links)
def test_each_dollar_is_in_exactly_one_bucket(
    jobs: list[JobFact], invoices: list[InvoiceFact], payments: list[PaymentFact], links: list[LinkFact]
) -> None:
    lines = place(jobs=jobs, invoices=invoices, payments=payments, links=links)
    assert [line.invoice for line in lines] == sorted(item.id for item in invoices)
    assert all(line.gross == line.net + line.returned + line.void for line in lines)
    sums = money_sums.by_bucket(lines)
    assert sum(item.gross for item in sums.values()) == sum(item.total for item in invoices)
    assert sum(item.invoices for item in sums.values()) == len(invoices)
    assert sum((item for item in sums.values()), money_sums.Sum()) == money_sums.total(lines)
    counted = money_sums.revenue(lines).counted
    assert counted == sum(line.counted for line in lines)
    assert counted == sum(item.net for item in money_sums.by_campaign(lines).values())
    assert counted == sum(item.net for item in money_sums.by_customer(lines).values())


@given(some_jobs, some_invoices, some_payments, some_links)
def test_row_order_does_not_matter(
    jobs: list[JobFact], invoices: list[InvoiceFact], payments: list[PaymentFact], links: list[LinkFact]
) -> None:
    forth = place(jobs=jobs, invoices=invoices, payments=payments, links=links)
    back = place(jobs=jobs[::-1], invoices=invoices[::-1], payments=payments[::-1], links=links[::-1])
    assert forth == back


@given(some_invoices, some_payments)
def test_refunds_are_never_subtracted_twice(invoices: list[InvoiceFact], payments: list[PaymentFact]) -> None:
    lines = place(jobs=[], invoices=invoices, payments=payments, links=[])
    known = {item.id for item in invoices if not item.voided}
    back = -sum(item.amount for item in payments if item.amount < 0 and not item.voided and item.invoice in known)
    assert 0 <= sum(line.returned for line in lines) <= back


def test_likely_range_widens_with_doubt_and_is_never_negative() -> None:
    hundred = Decimal(100)
    sure = likely_range([(hundred, Decimal(1))] * 100)
    doubtful = likely_range([(hundred, Decimal("0.5"))] * 200)
    assert sure == (Decimal("9634.22"), Decimal("10465.78")) and doubtful[1] - doubtful[0] > sure[1] - sure[0]
    earlier = [likely_range([(hundred, Decimal(1))] * 100, version) for version in (1, 2, 3, 4)]
    assert earlier == [
        (Decimal("9842.07"), Decimal("12557.93")),
        (Decimal("10145.66"), Decimal("11854.34")),
        (Decimal("9809.95"), Decimal("10290.05")),
        (Decimal("9549.94"), Decimal("10850.06")),
    ], "an earlier packet is made again with its own numbers"
    assert likely_range([]) == (Decimal(0), Decimal(0)) and likely_range([(-hundred, Decimal(1))])[0] == 0
