"""Admin of approved sentences: one person requests the approval of a sentence, and another one gives it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from pagetojob.claims.guard import judge_text
from pagetojob.claims.models import SentenceApproval
from pagetojob.claims.topics import digest
from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.admin import AuditedAdmin, ReasonModelForm
from pagetojob.platform.audit.services import acting, record
from pagetojob.platform.tenants.roles import StaffRole
from pagetojob.platform.tenants.two_people import who_lost

DAYS_VALID = 180
AUDITED = {"expires_on", "requested_by"}


class RequestForm(ReasonModelForm):
    """Form that requests the approval of a sentence. A sentence may be held only because of its line."""

    text = forms.CharField(
        label="Text that contains it",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The whole text that was refused. Needed only if the form does not recognize the sentence by itself.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "sentence" in cleaned and (problem := self._problem(cleaned["sentence"], cleaned.get("text", ""))):
            self.add_error("sentence", problem)
        return cleaned

    def _problem(self, sentence: str, text: str) -> str:
        """Return why no approval can be requested, or store the digest and the claim of the sentence."""
        claims, waiting = judge_text(text or sentence)
        if claims:  # refused by its words, it may still wait as a text of a contractor
            _, waiting = judge_text(text or sentence, by_words=False)
        if claims and not waiting:
            return f"It asserts a gated claim, so no one can approve it. {claims[0].safe_wording}"
        same = [topic for topic in waiting if digest(topic.statement) == digest(sentence)]
        if not same or (not text and len(waiting) > 1):
            named = " · ".join(topic.statement for topic in waiting) or "none"
            return f"Enter exactly one sentence on a gated topic. Such sentences in this text: {named}"
        if SentenceApproval.objects.filter(digest=digest(sentence)).exists():
            return "This sentence is already in the list."
        self.instance.digest, self.instance.claim = digest(sentence), same[0].claim
        return ""


@admin.register(SentenceApproval)
class SentenceApprovalAdmin(AuditedAdmin):
    form = RequestForm
    without = ("change", "delete")
    fields = ("sentence", "text")
    list_display = ("sentence", "claim", "requested_by", "approved_by", "expires_on")
    search_fields = ("sentence",)
    actions: Any = ("approve", "withdraw")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.requested_by = actor_of(request)
        super().save_model(request, obj, form, change)

    @admin.action(permissions=["add"], description="Approve")
    def approve(self, request: HttpRequest, queryset: QuerySet[SentenceApproval]) -> None:
        actor, now = actor_of(request), timezone.now()
        lost = who_lost(self._first_people(queryset), StaffRole.EDITOR)
        to_request = queryset.filter(requested_by__in=lost).exclude(approved_by=actor)
        again = self._set(to_request, "request", actor, {"requested_by": actor})
        others = queryset.exclude(requested_by__in=[actor.pk, *lost])
        values = {"approved_by": actor, "approved_at": now, "expires_on": now.date() + timedelta(days=DAYS_VALID)}
        done = self._set(others, "approve", actor, values)
        self.message_user(request, f"{done} sentences are approved until {values['expires_on']}.")
        if again:
            self.message_user(
                request, f"{again} are now requested by you: who requested them has left or lost the role."
            )
        if own := queryset.filter(requested_by=actor).count():
            self.message_user(request, f"{own} were requested by you. Another person approves them.", messages.WARNING)

    @staticmethod
    def _first_people(rows: QuerySet[SentenceApproval]) -> list[int]:
        return list(rows.order_by().values_list("requested_by", flat=True).distinct())

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
                    changes={name: (getattr(row, name), values[name]) for name in values.keys() & AUDITED},
                )
            return rows.update(**values)
