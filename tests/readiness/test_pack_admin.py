"""Staff edit the pack in Django admin and readers see it at once."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from pagetojob.kernel.audit.models import AuditEntry
from pagetojob.kernel.tenants import scope
from pagetojob.kernel.tenants.models import User
from readiness import models
from tests.readiness.reading import PAGE, read

pytestmark = pytest.mark.usefixtures("pack")


@pytest.fixture
def staff(editor: User) -> Client:
    client = Client()
    client.force_login(editor)
    return client


def address(row: models.PackRow, action: str = "change") -> str:
    return reverse(f"admin:readiness_{row._meta.model_name}_{action}", args=[row.pk])


def line_data(line: models.ReadinessLine, **changes: object) -> dict[str, object]:
    names = ("title", "slug", "owner", "status", "current", "next_step", "position")
    return {name: getattr(line, name) for name in names} | {"reason": "as reviewed"} | changes


def runbook_data(runbook: models.Runbook, **changes: object) -> dict[str, object]:
    """The form of a runbook with its steps, as the browser sends it."""
    data: dict[str, object] = {
        name: getattr(runbook, name) for name in ("name", "slug", "trigger", "promise", "position")
    }
    steps = list(runbook.steps.all())
    data["reason"] = "as reviewed"
    data |= {"steps-TOTAL_FORMS": len(steps), "steps-INITIAL_FORMS": len(steps)}
    for number, step in enumerate(steps):
        row = {"id": step.pk, "runbook": runbook.pk, "text": step.text, "slug": step.slug}
        row["position"] = step.position
        data |= {f"steps-{number}-{key}": value for key, value in row.items()}
    return data | changes


def test_an_edit_is_on_the_page_at_once(staff: Client, client: Client) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    changes = {"status": "ready now", "current": "Secrets are sealed & destroyed on disconnect."}

    answer = staff.post(address(line), line_data(line, **changes))

    assert answer.status_code == 302
    text = read(client.get(PAGE).text).text
    assert "Secrets are sealed & destroyed on disconnect." in text
    assert "6 ready now 2 engineering required 2 partner gated 4 runbooks" in text


def test_an_edit_has_a_name_and_a_reason_in_the_audit_log(staff: Client, editor: User, operator: User) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    staff.post(address(line), line_data(line, status="ready now", reason="reviewed on Monday"))
    runbook = models.Runbook.objects.get(slug="disconnect")
    staff.post(address(runbook), runbook_data(runbook, **{"steps-0-text": "Disable everything."}))
    claim = models.GatedClaim.objects.create(slug="ours", text="A claim of ours")
    staff.post(address(claim, "delete"), {"post": "yes"})

    with scope.operator(operator, reason="test"):
        status, step, removal = AuditEntry.objects.order_by("id")
    assert (status.actor_id, status.reason) == (editor.pk, "reviewed on Monday")
    assert status.changes == {"status": ["engineering required", "ready now"]}
    assert "Disable everything." in str(step.changes)
    assert removal.action == "readiness.gatedclaim.delete"


def test_without_a_reason_nothing_changes(staff: Client) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    answer = staff.post(address(line), line_data(line, title="Other", reason=" "))
    assert "Say why; the audit log keeps it." in answer.text
    line.refresh_from_db()
    assert line.title == "Encrypted credential and token storage"


def test_a_new_order_is_on_the_page_at_once(staff: Client, client: Client) -> None:
    line = models.ChecklistItem.objects.get(slug="privacy-retention-deletion")
    staff.post(address(line), line_data(line, position=1))
    text = read(client.get(PAGE).text).text
    assert text.index("Privacy, retention, and deletion policy") < text.index("ServiceTitan app approval path")


def test_steps_are_edited_and_added_with_their_runbook(staff: Client, client: Client) -> None:
    runbook = models.Runbook.objects.get(slug="disconnect")
    new = {"steps-TOTAL_FORMS": 4, "steps-3-text": "Tell the customer.", "steps-3-slug": "tell-customer"}
    new |= {"steps-3-position": 15, "steps-3-runbook": runbook.pk, "steps-0-text": "Disable everything."}

    assert staff.post(address(runbook), runbook_data(runbook, **new)).status_code == 302

    text = read(client.get(PAGE).text).text
    assert "Disable everything. Tell the customer. Keep manual booking fallback" in text


def test_review_due_cannot_be_set_by_hand(staff: Client) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    answer = staff.post(address(line), line_data(line, status="review due"))
    assert "Select a valid choice" in answer.text
    line.refresh_from_db()
    assert line.status == "engineering required"


def test_a_slug_never_changes(staff: Client) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    staff.post(address(line), line_data(line, slug="other", title="Storage"))
    line.refresh_from_db()
    assert (line.slug, line.title) == ("credential-storage", "Storage")


def test_what_came_with_the_pack_cannot_be_removed(staff: Client) -> None:
    claim = models.GatedClaim.objects.get(slug="closed-loop-revenue")
    assert staff.post(address(claim, "delete"), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [claim.pk], "post": "yes"}
    staff.post(reverse("admin:readiness_gatedclaim_changelist"), chosen)
    runbook = models.Runbook.objects.get(slug="disconnect")
    answer = staff.post(address(runbook), runbook_data(runbook, **{"steps-0-DELETE": "on"}))
    assert "can be reworded, not removed" in answer.text
    assert models.GatedClaim.objects.filter(pk=claim.pk).exists()
    assert runbook.steps.count() == 3


def test_what_staff_added_can_be_removed(staff: Client) -> None:
    claim = models.GatedClaim.objects.create(slug="ours", text="A claim of ours")
    assert staff.post(address(claim, "delete"), {"post": "yes"}).status_code == 302
    assert not models.GatedClaim.objects.filter(pk=claim.pk).exists()


@pytest.mark.parametrize("model", [models.ChecklistItem, models.Runbook, models.GatedClaim, models.DataBoundary])
def test_view_on_site_leads_to_the_anchor(staff: Client, model: type[models.PackRow]) -> None:
    row = model._base_manager.first()
    assert row
    kind = ContentType.objects.get_for_model(model)
    answer = staff.get(reverse("admin:view_on_site", args=[kind.pk, row.pk]))
    path, _, anchor = answer["Location"].partition("#")
    assert path.endswith(PAGE)
    assert anchor in read(staff.get(PAGE).text).ids


@pytest.mark.parametrize(
    "model",
    [
        models.ChecklistItem,
        models.PartnerMaterial,
        models.DataBoundary,
        models.Runbook,
        models.GatedClaim,
        models.Disclaimer,
        models.Page,
    ],
)
def test_every_list_and_form_opens(staff: Client, model: type[models.PackRow]) -> None:
    row = model._base_manager.first()
    assert row
    listing = staff.get(reverse(f"admin:readiness_{model._meta.model_name}_changelist"), {"q": row.slug[:1]})
    assert listing.status_code == 200
    assert str(row) in read(listing.text).text
    assert staff.get(address(row)).status_code == 200


def test_others_cannot_edit(client: Client, admin_user: User, operator: User) -> None:
    line = models.ChecklistItem.objects.get(slug="credential-storage")
    assert client.post(address(line), line_data(line, title="Theirs")).status_code == 302
    for user, status in ((admin_user, 403), (operator, 302)):
        other = Client()
        other.force_login(user)
        assert other.post(address(line), line_data(line, title="Theirs")).status_code == status
    line.refresh_from_db()
    assert line.title == "Encrypted credential and token storage"
