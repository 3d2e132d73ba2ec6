"""Estimates of a tenant's own weights: learning, effect, applying and withdrawing."""

from decimal import Decimal
from typing import Any

import pytest

from attribution.errors import AttributionError
from attribution.estimates import estimating
from attribution.linkage import fitting, model
from attribution.models import ESTIMATE, Estimate, Label, Link, LinkRun, LinkSettings, ReviewDecision, Verdict
from attribution.selectors import money
from attribution.services import review
from attribution.services.linking import model_of
from pagetojob.platform.runs.models import Run, RunState
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import lead_of, link_all, take
from tests.support.cast import SignIn
from tests.support.factories import make_tenant
from tests.support.runs import finish_run

pytestmark = pytest.mark.django_db(transaction=True)

#: Name, ZIP code and service are those of a lead; phone, e-mail and street are others: a guess for the shipped model.
HEAD = "Job ID,Created On,Customer Name,Phone,Email,Street,Zip,Job Type,Status\n"
MANY = 60


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(slug="desert", name="Desert Air", time_zone="America/Phoenix")


def spelled(number: int) -> str:
    """Spell a number as a unique name."""
    return "".join(chr(97 + int(digit)) for digit in f"{number:03}")


def guesses(tenant: Tenant, actor: User, many: int = MANY) -> None:
    """Create `many` leads, each with a job that needs review and an invoice of ten dollars."""
    jobs, invoices = HEAD, "Invoice ID,Job ID,Invoice Date,Total\n"
    with scope.tenant(tenant.pk):
        for at in range(1, many + 1):
            name = f"K{spelled(at)} L{spelled(999 - at)}"
            lead_of(tenant, name, phone=f"6024841{at:03}", street=f"{at} Oak St", zip=f"85{at:03}")
            jobs += f"{at},2026-06-20,{name},(480) 731-9{at:03},,,,AC Repair,Completed\n"
            invoices += f"{at + 9000},{at},2026-06-21,10.00\n"
    take(tenant, actor, "jobs", jobs)
    take(tenant, actor, "invoices", invoices)
    assert link_all(tenant, actor).state == RunState.DONE


def open_links(tenant: Tenant) -> list[Link]:
    with scope.tenant(tenant.pk):
        rows = Link.objects.filter(tenant=tenant, current=True, label=Label.NEEDS_REVIEW)
        return list(rows.select_related("lead", "job").order_by("job__external_id"))


def say(actor: User, links: list[Link], verdict: Verdict) -> None:
    for link in links:
        with scope.operator(actor, "test"):
            review.decide(link=link, verdict=verdict, actor=actor)


def estimated(tenant: Tenant, actor: User) -> Run:
    with scope.operator(actor, "test"):
        asked, _ = estimating.start_estimating(tenant=tenant, actor=actor, reason="Enough decisions by now.")
    return finish_run(asked)


def figures(tenant: Tenant) -> tuple[Decimal, Decimal]:
    with scope.tenant(tenant.pk):
        overview = money.overview(tenant)
        return overview.low, overview.high


def newest(tenant: Tenant) -> Estimate:
    with scope.tenant(tenant.pk):
        return Estimate.objects.select_related("tenant").latest("pk")


def test_estimate_shows_its_effect_before_it_is_applied(tenant: Tenant, actor: User, lead_operator: User) -> None:
    guesses(tenant, actor)
    links = open_links(tenant)
    assert len(links) == MANY
    say(actor, links[:55], Verdict.ACCEPT)
    before = figures(tenant)
    assert before == (Decimal("550.00"), Decimal("600.00"))

    assert estimated(tenant, actor).state == RunState.DONE
    estimate = newest(tenant)
    assert (estimate.labels, estimate.base_sha256) == (55, model.read().sha256)
    assert estimate.effect["labels"]["needs review"] == [5, 0] and estimate.effect["labels"]["matched"] == [0, 5]
    assert estimate.effect["money"]["counted"] == ["550.00", "600.00"]
    assert estimate.effect["sums"] == [["needs review", "matched", 5]] and estimate.effect["moved"] == 5
    fit = estimate.effect["fit"]
    assert fit["decisions"] == 55 and fit["own"] >= fit["shipped"]
    # The trial was rolled back: same links, same money, no run.
    assert figures(tenant) == before and len(open_links(tenant)) == 5
    with scope.tenant(tenant.pk):
        assert LinkRun.objects.count() == 1

    with scope.operator(lead_operator, "test"):
        estimating.apply_estimate(estimate=estimate, actor=lead_operator, reason="The effect is as we hoped.")
    assert figures(tenant) == before
    assert link_all(tenant, actor).state == RunState.DONE
    assert figures(tenant) == (Decimal("600.00"), Decimal("600.00"))
    with scope.tenant(tenant.pk):
        assert LinkRun.objects.latest("pk").card["model"]["labels"] == 55

    with scope.operator(lead_operator, "test"):
        estimating.withdraw_estimate(tenant_id=tenant.pk, actor=lead_operator, reason="The owner doubts it.")
    assert link_all(tenant, actor).state == RunState.DONE
    assert figures(tenant) == before and len(open_links(tenant)) == 5


@pytest.mark.nightly
def test_rejections_lower_the_weight_of_similar_pairs(tenant: Tenant, actor: User) -> None:
    guesses(tenant, actor)
    say(actor, open_links(tenant)[:55], Verdict.REJECT)
    assert estimated(tenant, actor).state == RunState.DONE
    estimate = newest(tenant)
    assert estimate.effect["labels"]["matched"] == [0, 0] and estimate.effect["money"]["counted"] == ["0.00", "0.00"]
    moves = {move["job"]: move["is"] for move in estimate.effect["moves"]}
    assert set(moves) <= set(range(56, 61))
    current = [link.probability for link in open_links(tenant)]
    assert all(chance is None or Decimal(chance[2]) < min(current) for chance in moves.values())


def test_too_few_or_undone_decisions_give_no_estimate(tenant: Tenant, actor: User) -> None:
    guesses(tenant, actor)
    say(actor, open_links(tenant)[: fitting.LEAST], Verdict.ACCEPT)
    with scope.operator(actor, "test"):
        last = ReviewDecision.objects.select_related("link").latest("pk")
        review.undo(decision=last, actor=actor)
    with scope.operator(actor, "test"), pytest.raises(AttributionError, match="There are 49"):
        estimating.start_estimating(tenant=tenant, actor=actor, reason="test")
    with scope.tenant(tenant.pk):
        assert not Run.objects.filter(kind=ESTIMATE).exists()


@pytest.fixture
def estimate(tenant: Tenant, actor: User) -> Estimate:
    guesses(tenant, actor)
    say(actor, open_links(tenant)[:56], Verdict.ACCEPT)
    estimated(tenant, actor)
    return newest(tenant)


@pytest.mark.nightly
def test_stale_estimate_cannot_be_applied(
    tenant: Tenant, actor: User, lead_operator: User, estimate: Estimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(who: User) -> None:
        with scope.operator(who, "test"):
            estimating.apply_estimate(estimate=estimate, actor=who, reason="test")

    with pytest.raises(AttributionError, match="operator lead"):
        apply(actor)
    say(actor, open_links(tenant)[:1], Verdict.CANT_SAY)
    with pytest.raises(AttributionError, match="newer decisions"):
        apply(lead_operator)
    with scope.operator(actor, "test"):
        assert not LinkSettings.objects.filter(estimate__isnull=False).exists()


@pytest.mark.nightly
def test_weights_from_another_shipped_model_are_ignored(
    tenant: Tenant, lead_operator: User, estimate: Estimate, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scope.operator(lead_operator, "test"):
        estimating.apply_estimate(estimate=estimate, actor=lead_operator, reason="test")
        assert model_of(tenant).labels == 56
    newer: Any = model.Model(**model.read().as_json() | {"version": "next"})
    monkeypatch.setattr(model, "read", lambda: newer)
    with scope.operator(lead_operator, "test"):
        assert model_of(tenant).labels == 0
        with pytest.raises(AttributionError, match="shipped model has changed"):
            estimating.apply_estimate(estimate=estimate, actor=lead_operator, reason="test")


@pytest.mark.nightly
def test_estimate_ignores_decisions_of_other_tenants(
    tenant: Tenant, actor: User, lead_operator: User, estimate: Estimate
) -> None:
    with scope.operator(lead_operator, "test"):
        estimating.apply_estimate(estimate=estimate, actor=lead_operator, reason="test")
    other = make_tenant(slug="lakes", name="Lakes Plumbing")
    with scope.operator(actor, "test"):
        assert estimating.decided_jobs(other) == 0 and model_of(other).labels == 0
    with scope.tenant(other.pk):
        assert not Estimate.objects.exists() and not LinkSettings.objects.exists()


def test_only_an_operator_lead_can_apply_an_estimate(
    tenant: Tenant, actor: User, lead_operator: User, estimate: Estimate, signed_in: SignIn
) -> None:
    place = f"/ops/attribution/desert/model/{estimate.public_id}"
    operator, lead = signed_in(actor), signed_in(lead_operator)
    page = " ".join(operator.get(place).text.split())
    assert "$560.00" in page and "$600.00" in page and "4 from “needs review” to “matched”" in page
    assert "Only an operator lead can apply them." in page
    reason = {"reason": "The effect is as we hoped."}
    assert operator.post(f"{place}/apply", reason).status_code == 404
    asked = operator.post("/ops/attribution/desert/model/estimate", reason, follow=True).text
    assert "Estimate requested." in asked and "An estimate is in progress" in asked
    assert lead.post(f"{place}/apply", {}, follow=True).text.count("Enter a reason") == 1
    applied = lead.post(f"{place}/apply", reason, follow=True).text
    assert "Everything is being linked again." in applied and "custom weights" in applied
    with scope.tenant(tenant.pk):
        assert LinkSettings.objects.get().estimate_id == estimate.pk
    back = lead.post("/ops/attribution/desert/model/withdraw", reason, follow=True).text
    assert "Weights withdrawn. A linking run is already in progress" in back
    with scope.tenant(tenant.pk):
        assert LinkSettings.objects.get().estimate_id is None
