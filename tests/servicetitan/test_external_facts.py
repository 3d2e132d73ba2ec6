"""External facts: what they name exists, and they need review without a reading, and after their date."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pagetojob.gates.registry import FLAGS, REQUIREMENTS
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from pagetojob.servicetitan.facts.models import FactReading, Verdict
from pagetojob.servicetitan.facts.registry import Fact, fact, facts
from pagetojob.servicetitan.facts.selectors import FactLine, fact_lines, to_review
from pagetojob.servicetitan.facts.services import ReadingRefused, record_reading
from readiness.services.current import current
from readiness.services.document import all_rows
from tests.support.cast import SignIn

TODAY = date(2026, 12, 1)
FACT = Fact("x", "A statement.", "https://example.com", date(2026, 11, 28), 60)


def line(verdict: str = "", *, days_ago: int = 0) -> FactLine:
    read_on = TODAY - timedelta(days=days_ago)
    reading = (
        FactReading(fact="x", verdict=verdict, read_on=read_on, source="https://example.com/2") if verdict else None
    )
    return FactLine(FACT, reading, TODAY)


@pytest.mark.parametrize(
    ("of", "state"),
    [
        (line(), "needs review"),
        (line("confirmed"), "current"),
        (line("confirmed", days_ago=60), "current"),
        (line("confirmed", days_ago=61), "needs review"),
        (line("changed"), "changed"),
        (line("changed", days_ago=61), "needs review"),
    ],
)
def test_a_fact_needs_review_without_a_reading_and_after_its_date(of: FactLine, state: str) -> None:
    assert of.state == state


def test_each_fact_has_a_source_and_something_that_depends_on_it() -> None:
    assert len({known.slug for known in facts()}) == len(facts()) >= 10
    for known in facts():
        assert known.source and known.researched_on <= timezone.now().date() and 30 <= known.days <= 180
        assert known.gates or known.features or known.sentences
        assert set(known.gates) <= {str(name) for name in REQUIREMENTS} and set(known.features) <= FLAGS.keys()


@pytest.mark.django_db
@pytest.mark.usefixtures("pack")
def test_each_named_sentence_is_in_the_pack() -> None:
    anchors = {row["anchor"] for row in all_rows(current().document)}
    assert {name for known in facts() for name in known.sentences} <= anchors


def known(slug: str = "hosts") -> Fact:
    known_fact = fact(slug)
    assert known_fact
    return known_fact


def read(actor: User, **facts: Any) -> FactReading:
    given: dict[str, Any] = {
        "verdict": Verdict.CONFIRMED,
        "read_on": timezone.now().date(),
        "source": "https://example.com/page",
    }
    with scope.operator(actor, reason="test"):
        return record_reading(fact=known(), actor=actor, reason="It says so.", **given | facts)


@pytest.mark.django_db
def test_a_reading_is_permanent_and_ends(operator: User, tenant: Tenant) -> None:
    today = timezone.now().date()
    assert len(to_review(fact_lines())) == len(facts())
    row = read(operator)
    assert [entry.fact.slug for entry in fact_lines() if entry.state == "current"] == ["hosts"]
    assert len(to_review(fact_lines(today=today + timedelta(days=known().days + 1)))) == len(facts())
    for day in (today + timedelta(days=1), today - timedelta(days=known().days + 1)):
        with pytest.raises(ReadingRefused):
            read(operator, read_on=day)
    with scope.operator(operator, reason="test"):
        for changed in (lambda: FactReading.objects.filter(pk=row.pk).delete(), lambda: _rewrite(row)):
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                changed()
        with pytest.raises(IntegrityError, match="factreading_verdict_known"), transaction.atomic():
            FactReading.objects.create(fact="hosts", verdict="x", read_on=today, source="x", note="x", by=operator)


def _rewrite(row: FactReading) -> None:
    FactReading.objects.filter(pk=row.pk).update(read_on="2030-01-01")


@pytest.mark.django_db
@pytest.mark.usefixtures("pack")
def test_the_pages_show_it(client: Client, operator: User, viewer: User, tenant: Tenant, signed_in: SignIn) -> None:
    acting, reading = signed_in(operator), signed_in(viewer)
    statement = known().statement
    page = reading.get(f"/ops/connections/{tenant.slug}/").text
    assert statement in page and re.search(r"\. \d+ facts need review: they are past the review date", page)
    assert reading.get("/ops/facts/hosts").status_code == 404
    form = {
        "verdict": "confirmed",
        "read_on": timezone.now().date(),
        "source": "https://example.com",
        "reason": "Read.",
    }
    assert acting.post("/ops/facts/hosts", form | {"read_on": "2100-01-01"}).status_code == 422
    assert "The reading is recorded." in acting.post("/ops/facts/hosts", form, follow=True).text
    assert statement not in reading.get(f"/ops/connections/{tenant.slug}/").text
    page = client.get("/servicetitan-ready-websites/partner-application").text
    assert f"{len(facts()) - 1} of {len(facts())} facts need review" in page
    assert "a person at PageToJob" in page and operator.name not in page
