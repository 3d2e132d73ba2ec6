"""Answers of the partner application and their attestations."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from pagetojob.platform.access import actor_of
from pagetojob.platform.forms import errors_on

from ..models import PartnerAnswer
from ..models.protocol import digest
from ..services.attest import AttestationRefused, attest, stands, withdraw
from .acts import ReasonOnly, act_page
from .honest import HonestForm
from .rows import SEES_STATUS, StatusAdmin
from .shown import chip


class AttestForm(HonestForm, forms.Form):
    """Form with the attester's job title and the digest of the text that was displayed."""

    title = forms.CharField(
        label="Your job title at PageToJob", max_length=80, help_text="Readers see it next to your name."
    )
    seen = forms.RegexField(regex=r"\A[0-9a-f]{64}\Z", widget=forms.HiddenInput)


@admin.register(PartnerAnswer)
class PartnerAnswerAdmin(StatusAdmin):
    intro = f"{SEES_STATUS} An attested answer names its attester; any later edit of the answer ends the attestation."
    texts = ("answer", "wordings")
    columns = ("attested",)
    change_form_template = "admin/readiness/answer.html"
    list_select_related = ("attester",)

    @admin.display(description="attested")
    def attested(self, row: PartnerAnswer) -> str:
        if stands(row):
            return str(row.attester)
        return chip("ended by an edit" if row.attester_id else "not attested")

    def facts(self, obj: Any) -> list[tuple[str, Any]]:
        if obj is None or obj.attester_id is None:
            return [("Attested", "not yet")] if obj else []
        ended = "" if stands(obj) else " The answer has changed since, so readers see no attestation."
        return [("Attested", f"by {obj.attester}, {obj.attester_title}, on {obj.attested_at:%B %d, %Y}.{ended}")]

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/attest/", view(self.attest_view), name="readiness_partneranswer_attest"),
            path("<int:pk>/withdraw/", view(self.withdraw_view), name="readiness_partneranswer_withdraw"),
            *super().get_urls(),
        ]

    def attest_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        form = AttestForm(request.POST or None, initial={"seen": digest(row.answer, row.wordings)})
        if request.method == "POST" and form.is_valid():
            try:
                attest(answer=row, actor=actor_of(request), **form.cleaned_data)
            except AttestationRefused as error:
                row.refresh_from_db()
                form = AttestForm({**request.POST.dict(), "seen": digest(row.answer, row.wordings)})
                form.add_error(None, str(error))
            else:
                return self._back(request, row, "You have attested this answer. Readers see your name.")
        return act_page(
            request,
            self,
            form,
            title="Attest this answer",
            lead="You confirm that this text is true as written. Readers see your name and job title.",
            button="Attest this answer",
            facts=[("Question", row.title), ("Answer", row.answer)]
            + ([("Also asked as", row.wordings)] if row.wordings else []),
            row=row,
        )

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row(request, pk)
        form = ReasonOnly(request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, AttestationRefused):
                withdraw(answer=row, actor=actor_of(request), reason=form.cleaned_data["reason"])
                return self._back(request, row, "The attestation is withdrawn.")
        return act_page(
            request,
            self,
            form,
            title="Withdraw the attestation",
            lead="Readers will see that this answer is not attested.",
            button="Withdraw attestation",
            facts=[("Question", row.title), ("Answer", row.answer), *self.facts(row)],
            harmful=True,
            row=row,
        )

    def _row(self, request: HttpRequest, pk: int) -> PartnerAnswer:
        row = get_object_or_404(PartnerAnswer.objects.select_related("attester"), pk=pk)
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row

    def _back(self, request: HttpRequest, row: PartnerAnswer, sentence: str) -> HttpResponse:
        self.message_user(request, sentence, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:readiness_partneranswer_change", args=[row.pk]))
