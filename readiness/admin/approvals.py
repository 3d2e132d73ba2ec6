"""Admin of approved sentences: one person requests the approval of a sentence, and another one gives it."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pagetojob.claims.guard import overclaims
from pagetojob.claims.models import SentenceApproval
from pagetojob.claims.topics import digest, topics
from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import AuditedAdmin, ReasonForm
from pagetojob.platform.audit.services import acting, record

DAYS_VALID = 180


class RequestForm(ReasonForm):
    """Form that requests the approval of a sentence."""

    def clean_sentence(self) -> str:
        sentence: str = self.cleaned_data["sentence"].strip()
        if claims := overclaims(sentence):
            self.add_error("sentence", f"It asserts a gated claim, so no one can approve it. {claims[0].safe_wording}")
            return sentence
        on_topic = topics(sentence)
        if len(on_topic) != 1 or digest(on_topic[0].statement) != digest(sentence):
            named = " · ".join(topic.statement for topic in on_topic) or "none"
            self.add_error(
                "sentence", f"Enter exactly one sentence on a gated topic. Such sentences in this text: {named}"
            )
        elif SentenceApproval.objects.filter(digest=digest(sentence)).exists():
            self.add_error("sentence", "This sentence is already in the list.")
        else:
            self.instance.digest, self.instance.claim = digest(sentence), on_topic[0].claim
        return sentence


@admin.register(SentenceApproval)
class SentenceApprovalAdmin(AuditedAdmin):
    form = RequestForm
    without = ("change", "delete")
    fields = ("sentence",)
    list_display = ("sentence", "claim", "requested_by", "approved_by", "expires_on")
    search_fields = ("sentence",)
    actions: Any = ("approve", "withdraw")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.requested_by = actor_of(request)
        super().save_model(request, obj, form, change)

    @admin.action(permissions=["add"], description="Approve")
    def approve(self, request: HttpRequest, queryset: QuerySet[SentenceApproval]) -> None:
        actor, now = actor_of(request), timezone.now()
        others = queryset.exclude(requested_by=actor)
        values = {"approved_by": actor, "approved_at": now, "expires_on": now.date() + timedelta(days=DAYS_VALID)}
        done = self._set(others, "approve", actor, values)
        self.message_user(request, f"{done} sentences are approved until {values['expires_on']}.")
        if own := queryset.filter(requested_by=actor).count():
            self.message_user(request, f"{own} were requested by you. Another person approves them.", messages.WARNING)

    @admin.action(permissions=["add"], description="Withdraw approval")
    def withdraw(self, request: HttpRequest, queryset: QuerySet[SentenceApproval]) -> None:
        nothing: dict[str, Any] = {"approved_by": None, "approved_at": None, "expires_on": None}
        done = self._set(queryset, "withdraw", actor_of(request), nothing)
        self.message_user(request, f"{done} sentences wait for an approval again.")

    @staticmethod
    def _set(rows: QuerySet[SentenceApproval], verb: str, actor: Any, values: dict[str, Any]) -> int:
        with transaction.atomic():
            acting(actor)
            for row in rows:
                record(
                    action=f"claims.sentenceapproval.{verb}",
                    subject=row,
                    reason=f"{verb.capitalize()} a sentence on a gated topic.",
                    actor=actor,
                    changes={"expires_on": (row.expires_on, values["expires_on"])},
                )
            return rows.update(**values)
