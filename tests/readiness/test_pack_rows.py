"""What the database itself refuses."""

import pytest
from django.db import IntegrityError, transaction
from django.forms import modelform_factory

from pagetojob.kernel.tenants.declarations import NO_PERSONAL_FIELDS, Retention
from readiness import models

pytestmark = pytest.mark.usefixtures("pack")
LINES = (models.ChecklistItem, models.PartnerMaterial)


@pytest.mark.parametrize("model", LINES)
@pytest.mark.parametrize(
    "change",
    [{"status": "review due"}, {"status": "done"}, {"status": ""}, {"owner": "Nobody"}, {"title": ""}],
)
def test_a_line_without_a_known_owner_status_or_text_cannot_be_stored(
    model: type[models.ReadinessLine], change: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model._base_manager.update(**change)


@pytest.mark.parametrize("model", LINES)
def test_review_due_is_not_offered_to_a_person(model: type[models.ReadinessLine]) -> None:
    form = modelform_factory(model, fields=["status"])
    choices = [value for value, _ in form.base_fields["status"].choices]  # type: ignore[attr-defined]
    assert "review due" not in choices
    assert {"ready now", "customer required", "engineering required", "partner gated"} < set(choices)


def test_slugs_are_unique() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Disclaimer.objects.create(slug="trademark", text="Again.")
    runbook = models.Runbook.objects.get(slug="failed-sync")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.RunbookStep.objects.create(runbook=runbook, slug="keep-lead", text="Again.")


def test_every_model_declares_retention_and_personal_fields() -> None:
    for name in ("ChecklistItem", "DataBoundary", "Disclaimer", "GatedClaim", "Page", "PageSection"):
        declared = vars(getattr(models, name))
        assert declared["RETENTION"] is Retention.NONE
        assert declared["PERSONAL_FIELDS"] == NO_PERSONAL_FIELDS
