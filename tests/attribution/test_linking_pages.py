"""Pages of a linking run: card, calibration, and the weights of a pair."""

import os

import psycopg
import pytest
from django.urls import reverse

from attribution.linkage.comparing import FURTHER_JOB
from attribution.models import Link, LinkRun, Verdict
from attribution.selectors import review as linkings
from attribution.services import review
from attribution.waterfall import dots, waterfall
from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User
from tests.attribution.outcomes import lead_of, link_all, take
from tests.support.cast import SignIn

HEAD = "Job ID,Created On,Customer Name,Phone,Email,Street,Zip,Job Type,Summary,Status\n"
SAME = "2,2026-06-03,Ruth Okonjo,(602) 484-0123,ruth@okonjo.example,12 Palm Lane,85016,AC Repair,,Completed\n"
LIKE = "30,2026-06-20,Kim Lund,(602) 484-0930,,,85030,AC Repair,,Completed\n"


def test_waterfall_steps_end_at_the_total() -> None:
    fall = waterfall([("start", "-4.0"), ("phone", "6.0"), ("email", "0.0"), ("campaign", "-1.0"), ("total", "1.0")])
    assert [step.label for step in fall.bars] == ["Starting point", "Phone", "Campaign", "Total"]
    phone, campaign, total = fall.bars[1:]
    assert phone.x + phone.length == pytest.approx(campaign.x + campaign.length, abs=2), "it begins where phone ended"
    assert total.x == pytest.approx(fall.zero, abs=1) and total.after == pytest.approx(0.731, abs=0.001)
    assert fall.bars[0].value == "\u22124.00"


def test_calibrated_dots_are_on_the_line() -> None:
    (good, bad) = dots([(100, 0.5, 0.5), (25, 0.9, 0.4)])
    assert (good.x, good.y, good.r) == (160, 160, 16) and bad.y > 320 - bad.x and bad.r == 8


@pytest.mark.django_db(transaction=True)
def test_links_near_the_limit_are_listed_except_further_jobs_of_a_certain_job(operator: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk):
        lead_of(
            tenant, "Ruth Okonjo", phone="6024840123", email="ruth@okonjo.example", street="12 Palm Ln", zip="85016"
        )
        lead_of(tenant, "Kim Lund", phone="6024840777", street="6 Oak St", zip="85030")
        ida = lead_of(tenant, "Ida New", phone="6024840321", email="ida@new.example")
    further = SAME.replace("2,2026-06-03", "3,2026-06-08")
    certain = "40,2026-06-15,Ida New,(602) 484-0321,,,,AC Repair,,Completed\n"
    certain += f"41,2026-06-16,,,,,,AC Repair,web lead {ida.reference},Completed\n"
    take(tenant, operator, "jobs", HEAD + SAME + further + LIKE + certain)
    link_all(tenant, operator)
    with scope.tenant(tenant.pk):
        run = LinkRun.objects.get()
        assert Link.objects.get(job__external_id=40).reasons[0] == FURTHER_JOB
        near = linkings.nearest_to_the_limit(tenant, run)
        assert {link.job.external_id for link in near if link.job} == {2, 3, 30}
        assert [link.probability for link in near] == sorted((link.probability for link in near), reverse=True)


@pytest.mark.django_db(transaction=True)
def test_pages_show_card_chart_and_weights(
    signed_in: SignIn, operator: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    with scope.tenant(tenant.pk):
        lead_of(
            tenant, "Ruth Okonjo", phone="6024840123", email="ruth@okonjo.example", street="12 Palm Ln", zip="85016"
        )
        lead_of(tenant, "Kim Lund", phone="6024840777", street="6 Oak St", zip="85030")
    take(tenant, operator, "jobs", HEAD + SAME + LIKE)
    link_all(tenant, operator)
    with scope.tenant(tenant.pk):
        run = LinkRun.objects.get()
        sure = Link.objects.get(job__external_id=2)
        doubtful = Link.objects.get(job__external_id=30)
    with scope.operator(operator, "test"):
        review.decide(link=doubtful, verdict=Verdict.ACCEPT, actor=operator)
    with scope.tenant(tenant.pk):
        calibration = linkings.by_decisions(tenant)
    assert (calibration.many, calibration.bins[0].right) == (1, 1.0) and calibration.error == pytest.approx(
        1 - float(doubtful.probability)
    )

    client = signed_in(operator)
    listed = client.get(reverse("attribution:linkings", args=[tenant.slug])).content.decode()
    assert str(run.public_id) in listed
    page = client.get(reverse("attribution:linking", args=[tenant.slug, run.public_id])).content.decode()
    assert run.model_sha256 in page and "curve__dot" in page and "error" in page and "Limits of the model" in page
    weights = client.get(reverse("attribution:weights", args=[tenant.slug, sure.public_id])).content.decode()
    assert "A link is matched from 0.9." in page and "for a further job of the lead)" not in page
    with psycopg.connect(os.environ["PTJ_TEST_OWNER_URL"]) as owner:  # as linked by a model before 9
        owner.execute("UPDATE attribution_linkrun SET card = jsonb_set(card, '{model,contradicted_from}', '0.99')")
    page = client.get(reverse("attribution:linking", args=[tenant.slug, run.public_id])).content.decode()
    assert "(0.99 with another last name or phone, or for a further job of the lead)" in page
    assert "Starting point" in weights and "falls__up" in weights
    assert sum(float(weight) for name, weight in sure.weights if name != "total") == pytest.approx(
        float(sure.weights[-1][1]), abs=0.001
    )
    other = client.get(reverse("attribution:weights", args=[other_tenant.slug, sure.public_id]))
    assert other.status_code == 404
