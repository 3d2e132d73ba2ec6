"""Evidence in the admin: record it, read it, have a second person confirm it, revoke it with a reason. No edits."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache

from pagetojob.gates.models import Evidence
from pagetojob.gates.proof import why_not_confirm
from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import LimitedAdmin

from ..evidence_status import LAPSED, REVOKED, VALID
from ..models import Status
from ..services import evidence as services
from ..services.notices import in_trouble
from .evidence_forms import EvidenceForm
from .evidence_views import EvidenceViews, facts
from .shown import ShownList, chip

DUE, REPLACED = "due", "replaced"


def state_of(row: Any, now: Any) -> str:
    """Return the state: valid, due (within 30 days), lapsed, revoked, or replaced by evidence that expires later."""
    if row.revoked_at:
        return REVOKED
    if row.succeeded:
        return REPLACED
    if row.expires_at <= now:
        return LAPSED
    return DUE if row.expires_at <= now + services.SOON else VALID


class EvidenceList(ShownList):
    """List with lapsed and soon-to-lapse rows first, each with the place that it supports."""

    def get_results(self, request: HttpRequest) -> None:
        super(ShownList, self).get_results(request)
        self.result_list = list(self.result_list)
        known = services.known_places()
        for row in self.result_list:
            row.place = services.place_of(row, known)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(word, word) for word in (LAPSED, DUE, VALID, REPLACED, REVOKED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = timezone.now()
        rows = queryset if self.value() == REVOKED else queryset.filter(revoked_at=None)
        match self.value():
            case "revoked":
                return rows.exclude(revoked_at=None)
            case "replaced":
                return rows.filter(succeeded=True)
            case "lapsed":
                return rows.filter(succeeded=False, expires_at__lte=now)
            case "due":
                return rows.filter(succeeded=False, expires_at__gt=now, expires_at__lte=now + services.SOON)
            case "valid":
                return rows.filter(succeeded=False, expires_at__gt=now + services.SOON)
        return queryset


@admin.register(Evidence)
class EvidenceAdmin(EvidenceViews, LimitedAdmin):
    """Read-only rows: newer proof is recorded as a new row."""

    form = EvidenceForm
    fields = (
        *("subject", "kind", "grade", "summary", ("observed_from", "observed_to")),
        *("last_day", "url", "attached"),
    )
    list_display = ("about", "state", "lapses", "grade", "recorded", "confirmed")
    list_filter = (
        StateFilter,
        "subject_type",
        "grade",
        "kind",
        "recorded_at_shell",
        ("confirmed_by", admin.EmptyFieldListFilter),
    )
    list_select_related = ("recorded_by", "first_confirmed_by", "confirmed_by")
    search_fields = ("subject", "summary", "url", "sha256")
    actions = None
    without = ("change", "delete")
    add_form_template = change_form_template = "admin/readiness/evidence.html"
    change_list_template = "admin/readiness/evidence_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return services.by_urgency(services.platform_evidence(), timezone.now())

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ("rank", "expires_at", "pk")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return EvidenceList

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj else self.fields

    # --- columns ------------------------------------------------------------------------------------

    @admin.display(description="for")
    def about(self, row: Any) -> str:
        return str(row.place.title if row.place else row.subject)

    @admin.display(description="state")
    def state(self, row: Any) -> str:
        return chip(state_of(row, timezone.now()))

    @admin.display(description="counts until", ordering="expires_at")
    def lapses(self, row: Any) -> str:
        days = (row.expires_at - timezone.now()).days
        when = f"in {days} days" if days > 0 else "today" if row.expires_at > timezone.now() else "lapsed"
        return format_html("{} ({})", f"{row.expires_at:%b} {row.expires_at.day}, {row.expires_at.year}", when)

    @admin.display(description="confirmed by")
    def confirmed(self, row: Any) -> str:
        if row.first_confirmed_by and not row.confirmed_by:
            return f"first: {row.first_confirmed_by}"
        return str(row.confirmed_by) if row.confirmed_by else "not yet"

    @admin.display(description="recorded by", ordering="recorded_by")
    def recorded(self, row: Any) -> str:
        return f"at the shell: {row.recorded_by}" if row.recorded_at_shell else str(row.recorded_by or "-")

    # --- pages --------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        known = services.known_places()
        box = {
            "lapses_next": [(row, services.place_of(row, known)) for row in services.lapses_next()],
            "review_due": [place for place in known.values() if place.row.get("status") == Status.REVIEW_DUE],
            "in_trouble": list(in_trouble()[:5]),
        }
        return super().changelist_view(request, {**(extra_context or {}), **box})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if row:
            place = services.place_of(row, services.known_places())
            more = {
                "title": "Evidence",
                "facts": facts(row, place),
                "state": state_of(row, timezone.now()),
                "place": place,
                "why_not_confirm": why_not_confirm(row, actor_of(request)),
            }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **more})

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        evidence = services.record(given=form.given, actor=actor_of(request))
        obj.pk, obj.public_id = evidence.pk, evidence.public_id
        page = reverse("admin:gates_evidence_confirm", args=[evidence.pk])
        note = format_html('Recorded. Send the second person <a href="{}">the page to confirm it</a>.', page)
        self.message_user(request, note, messages.INFO)

    def get_urls(self) -> list[Any]:
        return [
            path("<int:pk>/confirm/", never_cache(self.confirm_view), name="gates_evidence_confirm"),
            path("<int:pk>/file/", never_cache(self.file_view), name="gates_evidence_file"),
            path("<int:pk>/revoke/", self.admin_site.admin_view(self.revoke_view), name="gates_evidence_revoke"),
            *super().get_urls(),
        ]
