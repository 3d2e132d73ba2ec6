from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.db import transaction

from pagetojob.kernel.audit.services import fingerprint, record
from pagetojob.kernel.tenants.models import User


class SignInForm(AuthenticationForm):
    """Sign-in by e-mail, on both sign-in pages. The error does not tell whether the address is known.

    The audit log keeps each failure, with the typed address as a keyed hash, and each sign-in of somebody
    who works at PageToJob.
    """

    error_messages = {
        "invalid_login": "That e-mail and password do not go together. Check both and try again.",
        "inactive": "That e-mail and password do not go together. Check both and try again.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = forms.EmailField(
            label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
        )

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            with transaction.atomic():
                record(
                    action="security.sign_in_failed",
                    subject=f"sign-in:{fingerprint(self.cleaned_data['username'].lower())}",
                    reason="The e-mail and password did not go together.",
                    actor_label="sign-in",
                )
            raise
        user = self.get_user()
        if isinstance(user, User) and (user.desk_role or user.staff_role):
            with transaction.atomic():
                record(action="security.sign_in", subject=user, reason="Signed in with the password.", actor=user)
        return cleaned


class OwnPasswordForm(AdminPasswordChangeForm):
    """A person changes the own password; the audit log keeps that it happened."""

    def save(self, commit: bool = True) -> User:
        with transaction.atomic():
            user: User = super().save(commit)
            record(action="security.password_change", subject=user, reason="Changed by its owner.", actor=user)
        return user
