"""Forms of the connection pages. None of them echoes input that looks like a credential."""

from typing import Any

from django import forms

from pagetojob.gates.decisions import environments_for
from pagetojob.gates.registry import MODULES
from pagetojob.gates.scopes import SCOPES
from pagetojob.platform.credentials.forms import GuardedForm, ReasonField, ReasonForm
from pagetojob.platform.tenants.models import Tenant
from pagetojob.servicetitan.vault.services.secrets import BROUGHT, LONGEST


class BeginForm(ReasonForm):
    """For which environment a connection is begun, and why."""

    environment = forms.ChoiceField(label="Environment")

    field_order = ("environment", "reason")

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(place.value, place.label) for place in environments_for(is_ours=tenant.is_demo)]
        self.fields["environment"].choices = choices  # type: ignore[attr-defined]


class AuthorizeForm(ReasonForm):
    """What their admin allowed."""

    servicetitan_tenant = forms.RegexField(
        r"\A[0-9]{1,20}\Z",
        label="Tenant id at ServiceTitan",
        error_messages={"invalid": "Enter digits only, 20 at most."},
        help_text="As shown to their admin. Digits only.",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="Granted scopes",
        choices=[(name, name) for name in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Select at least one scope."},
        help_text="Only scopes named in the admin's answer.",
    )
    modules = forms.MultipleChoiceField(
        label="Modules they have",
        choices=[(name, name) for name in MODULES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only modules that the customer confirmed.",
    )

    field_order = ("servicetitan_tenant", "scopes", "modules", "reason")


class KeepForm(ReasonForm):
    """One secret. The field is a password's, and comes back empty whatever was wrong."""

    kind = forms.ChoiceField(label="Kind", choices=[(kind.value, kind.label) for kind in BROUGHT])
    value = forms.CharField(
        label="The secret",
        strip=True,
        max_length=LONGEST,
        widget=forms.PasswordInput({"autocomplete": "off", "spellcheck": "false"}, render_value=False),
        help_text="Paste the complete value and nothing else. It is encrypted immediately and never shown again.",
    )

    field_order = ("kind", "value", "reason")


class DisconnectForm(ReasonForm):
    """The second of two steps: the name of the business, typed, and the reason."""

    name = forms.CharField(
        label="Name of the business",
        max_length=200,
        error_messages={"required": "Type the name of the business."},
        help_text="Type it exactly as shown above.",
    )

    field_order = ("name", "reason")

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tenant = tenant

    def clean_name(self) -> str:
        typed: str = self.cleaned_data["name"]
        if " ".join(typed.split()).casefold() != " ".join(self.tenant.name.split()).casefold():
            raise forms.ValidationError("That is not the name of this business.")
        return typed


class RevocationForm(GuardedForm, forms.Form):
    """Form with how a person knows that access was revoked at ServiceTitan."""

    reason = ReasonField(
        "Source of this information",
        recorded="In which role someone saw it disabled, where and when. Recorded in the audit log.",
    )
