"""Rules that the database enforces."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.forms import modelform_factory

from pagetojob.claims.models import Claim, Disclaimer
from pagetojob.platform.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from readiness import models
from readiness.services.gather import CONTENT

pytestmark = pytest.mark.usefixtures("pack")
LINES = tuple(model for model in apps.get_app_config("readiness").get_models() if issubclass(model, models.StatusRow))
OWNED = tuple(model for model in LINES if model is not models.Entry)


def refused(model: type[models.StatusRow], **change: str) -> bool:
    """Return whether the database refuses `change` on existing rows of `model`."""
    assert model._base_manager.exists()
    try:
        with transaction.atomic():
            model._base_manager.update(**change)
    except IntegrityError:
        return True
    return False


def test_these_rows_have_a_status() -> None:
    assert {models.ChecklistItem, models.PartnerMaterial, models.AccessItem, models.Entry} < set(LINES)
    assert len(LINES) == 11


@pytest.mark.parametrize("model", LINES)
def test_a_line_without_a_known_owner_status_or_title_cannot_be_stored(model: type[models.StatusRow]) -> None:
    assert refused(model, status="review due")
    assert refused(model, status="done")
    assert refused(model, owner="Nobody")
    assert refused(model, title="")


@pytest.mark.parametrize("model", OWNED)
def test_a_line_has_an_owner_and_a_status(model: type[models.StatusRow]) -> None:
    assert refused(model, status="")
    assert refused(model, owner="")


def test_an_entry_may_have_neither() -> None:
    assert not refused(models.Entry, owner="", status="")


@pytest.mark.parametrize("model", LINES)
def test_review_due_is_not_offered_to_a_person(model: type[models.StatusRow]) -> None:
    form = modelform_factory(model, fields=["status"])
    choices = [value for value, _ in form.base_fields["status"].choices]  # type: ignore[attr-defined]
    assert "review due" not in choices
    assert {"ready now", "customer required", "engineering required", "partner gated", "review required"} < set(choices)


def test_slugs_are_unique() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Disclaimer.objects.create(slug="trademark", text="Again.")
    runbook = models.Runbook.objects.get(slug="failed-sync")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.RunbookStep.objects.create(runbook=runbook, slug="keep-lead", text="Again.")
    page = models.Page.objects.get(slug="claims")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.PageSection.objects.create(page=page, slug="gates", heading="Again")
    section = models.PageSection.objects.get(page__slug="changes", slug="citing")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Entry.objects.create(section=section, slug="claim-guard", title="Again")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.AsBuiltNote.objects.create(slug="boundary-taxonomy", dated="2026-11-24", text="Again.")


def test_a_scope_family_is_unique() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        models.ScopeFamily.objects.filter(slug="job").update(family="CRM")


@pytest.mark.parametrize("model", [Claim, Disclaimer])
def test_claims_and_disclaimers_are_not_empty(model: type[Claim | Disclaimer]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model._base_manager.filter(text__contains="ServiceTitan").update(text="")


@pytest.mark.parametrize("model", CONTENT)
def test_every_model_declares_retention_and_personal_fields(model: type[models.PackRow]) -> None:
    declared = vars(model)
    assert declared["RETENTION"] is Retention.NONE
    assert declared["PERSONAL_FIELDS"] == NO_PERSONAL_FIELDS
