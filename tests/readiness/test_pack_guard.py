"""Texts saved in the admin assert no gated claim: ten texts are refused, ten honest ones are saved."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.gates.models import Evidence, EvidenceKind, SubjectType
from pagetojob.gates.registry import GATES, Gate, Grade
from readiness import models
from readiness.services.evidence import gated_claims
from tests.readiness.editing import line, prove
from tests.readiness.forms import address, fields, listing, save
from tests.support.factories import make_user

pytestmark = pytest.mark.usefixtures("pack")

OVERCLAIMS = [
    "PageToJob is a certified ServiceTitan partner.",
    "Our app was approved by ServiceTitan last spring.",
    "BOOKINGS SYNC TO SERVICETITAN AUTOMATICALLY",
    "Every request is pushed into ServiceTitan by itself.",
    "We are connected to your ServiceTitan account.",
    "Bookings land in Service<b>Titan</b> automatically.",
    "Scheduling Pro webhooks are processed in real time.",
    "Live revenue flows back from ServiceTitan into every report.",
    "We&#39;re an approved ServiceTitan Marketplace app.",
    "ServiceTitan has granted us access through its API.",
]
HONEST = [
    "PageToJob is not a certified ServiceTitan partner.",
    "No approval by ServiceTitan is on file.",
    "A person enters each booking in ServiceTitan by hand.",
    "Once the app is approved, bookings may be pushed into ServiceTitan.",
    "We hold no ServiceTitan credentials today.",
    "Automatic hand-off is planned and stays gated until every gate is open.",
    "No Scheduling Pro event is received or processed today.",
    "Revenue comes from supplied exports, with its source and match quality shown.",
    "Ask the customer whether their plan includes the module.",
]


def marked(answer: Any) -> bool:
    return answer.status_code == 200 and "<mark>" in answer.text and "Wording that is true today" in answer.text


@pytest.mark.parametrize("text", OVERCLAIMS)
def test_an_overclaim_is_refused_marked_and_preserved_in_the_form(staff: Client, text: str) -> None:
    before, versions = line().current, models.PackVersion.objects.count()
    answer = save(staff, line(), current=text, next_step="Something else I typed.")
    assert marked(answer)
    sent = fields(answer.text)
    assert (sent["current"], sent["next_step"]) == (text, "Something else I typed.")
    assert line().current == before
    assert models.PackVersion.objects.count() == versions


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_text_is_saved(staff: Client, text: str) -> None:
    assert save(staff, line(), current=text).status_code == 302
    assert line().current == text


def test_the_phrase_is_marked_with_its_surroundings_and_safe_wording(staff: Client) -> None:
    html = save(staff, line(), current=f"As you know. {OVERCLAIMS[0]} Thank you.").text
    assert re.search(r"“As you know\. <mark>[^<]*certified ServiceTitan partner\.</mark> Thank you\.” claims", html)
    assert "No marketplace or partner approval is claimed" in html


@pytest.mark.parametrize(
    ("model", "slug", "field"),
    [
        (models.ChecklistItem, "credential-storage", "title"),
        (models.ChecklistItem, "credential-storage", "next_step"),
        (models.ChecklistItem, "credential-storage", "reason"),
        (models.Runbook, "disconnect", "promise"),
        (models.Runbook, "disconnect", "steps-0-text"),
        (models.Page, "api-readiness", "intro"),
        (models.Page, "api-readiness", "sections-0-heading"),
        (models.DataBoundary, "website-lead", "current"),
        (Claim, "automatic-sync", "text"),
        (Disclaimer, "trademark", "text"),
    ],
)
def test_every_text_is_judged(staff: Client, model: Any, slug: str, field: str) -> None:
    row = model.objects.get(slug=slug)
    assert marked(save(staff, row, **{field: OVERCLAIMS[0]}))


def test_entries_details_notes_and_answers_are_judged(staff: Client) -> None:
    section = models.PageSection.objects.create(page=models.Page.objects.get(slug="landing"), slug="one", heading="One")
    entry = models.Entry.objects.create(slug="ours", title="Ours", section=section)
    models.EntryDetail.objects.create(entry=entry, slug="d", label="Fact", text="It is.")
    note = models.AsBuiltNote.objects.create(slug="checklist-credential-storage-2", dated="2026-11-24", text="So.")
    answer = models.PartnerAnswer.objects.create(
        slug="ours", title="Question?", owner="PageToJob", status="partner gated", answer="Yes."
    )
    for row, field in (
        (entry, "body"), (entry, "points"), (entry, "details-0-text"), (entry, "details-0-label"),
        (note, "text"), (answer, "answer"),
    ):  # fmt: skip
        assert marked(save(staff, row, **{field: OVERCLAIMS[0]})), field


def test_evidence_acts_and_moves_are_judged(staff: Client) -> None:
    add = reverse("admin:gates_evidence_add")
    given = {"subject": "gate:secure credential storage", "kind": "review", "grade": "stated by us", "url": "/a"}
    answer = staff.post(add, {**fields(staff.get(add).text), **given, "summary": OVERCLAIMS[0]})
    assert marked(answer)
    assert fields(answer.text)["summary"] == OVERCLAIMS[0]
    evidence = prove("checklist-scope-to-feature-map", kind=SubjectType.PACK)
    assert marked(staff.post(reverse("admin:gates_evidence_revoke", args=[evidence.pk]), {"reason": OVERCLAIMS[0]}))
    ours = Claim.objects.create(slug="ours", text="A claim of ours")
    assert marked(staff.post(address(ours, "delete"), {"reason": OVERCLAIMS[0]}))
    chosen = {"action": "move_up", "_selected_action": [ours.pk], "index": 0, "reason": OVERCLAIMS[0]}
    assert "<mark>" in staff.post(listing(Claim), chosen, follow=True).text
    row = models.PartnerAnswer.objects.create(
        slug="ours", title="Question?", owner="PageToJob", status="partner gated", answer="Yes."
    )
    attest = reverse("admin:readiness_partneranswer_attest", args=[row.pk])
    assert marked(staff.post(attest, {**fields(staff.get(attest).text), "title": "Certified ServiceTitan partner"}))


def test_a_claim_that_is_no_longer_gated_may_be_made(staff: Client) -> None:
    assert "marketplace-approval" in gated_claims()
    evidence = Evidence.objects.create(
        subject_type=SubjectType.GATE,
        subject=Gate.PARTNER_APPROVAL,
        recorded_by=make_user(),
        kind=EvidenceKind.APPROVAL,
        grade=next(iter(GATES[Gate.PARTNER_APPROVAL].accepts)),
        summary="A letter.",
        url="/letter",
        expires_at="2099-01-01T00:00Z",
    )
    assert "marketplace-approval" in gated_claims()  # not confirmed yet
    Evidence.objects.filter(pk=evidence.pk).update(confirmed_by=make_user(), confirmed_at="2026-11-24T00:00Z")
    assert gated_claims() == {"live-authorization", "automatic-sync", "webhook-processing", "closed-loop-revenue"}
    assert evidence.grade == Grade.THIRD_PARTY
    assert save(staff, line(), current="Our app was approved by ServiceTitan.").status_code == 302
    assert marked(save(staff, line(), current="BOOKINGS SYNC TO SERVICETITAN AUTOMATICALLY"))
