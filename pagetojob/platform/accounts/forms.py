"""Forms of account pages."""

import re
import unicodedata
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import ValidationError
from django.db import transaction

from pagetojob.platform.audit.services import fingerprint, record
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User
from pagetojob.platform.tenants.roles import TenantRole

from .services.passwords import password_changed
from .time_zone import known_zones

#: No one uses longer passwords, and hashing them would waste our CPU time.
LONGEST_PASSWORD = 1024
NOT_TOGETHER = "Incorrect email or password."
#: Part of a web or email address, which mail programs show as a link. Initials have a space: "J. R. Smith".
_LINK_PART = re.compile(r"[^\W_][.\u3002][^\W_]|[@/]")
#: Stricter than Django: no quotes, no IP addresses, and no letters that only resemble ASCII.
_PLAIN_ADDRESS = re.compile(r"[!#-Z^-~]+@[a-z0-9.-]+\.[a-z0-9-]+")


class EmailText(forms.EmailField):
    """Email field that returns the normalized address."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(normalised_email(value) if isinstance(value, str) else value)


def email_field() -> EmailText:
    widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    missing = {"required": "Enter your email address."}
    return EmailText(label="Email", max_length=254, widget=widget, error_messages=missing)


class SignInForm(AuthenticationForm):
    """Sign in by email. The error does not reveal whether the address is known.

    Every failure is audited, with the typed address as a keyed hash.
    """

    error_messages = {"invalid_login": NOT_TOGETHER, "inactive": NOT_TOGETHER}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"] = email_field()
        self.fields["password"].error_messages["required"] = "Enter your password."

    def clean(self) -> dict[str, Any]:
        try:
            typed = self.cleaned_data
            if "username" in typed and len(typed.get("password") or "") > LONGEST_PASSWORD:
                raise self.get_invalid_login_error()
            cleaned: dict[str, Any] = super().clean()
        except ValidationError:
            with transaction.atomic():
                record(
                    action="security.sign_in_failed",
                    subject=f"sign-in:{fingerprint(self.cleaned_data['username'])}",
                    reason="Incorrect email or password.",
                    actor="sign-in",
                )
            raise
        return cleaned


class TimeZoneForm(forms.Form):
    """The time zone in which a person reads times."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        error_messages={"invalid_choice": "Choose a time zone from the list."},
        help_text="For pages that are not about one contractor. Pages about a contractor show the contractor's time"
        " zone. Every time has the abbreviation of its zone.",
    )

    def __init__(self, *args: Any, browser: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_browser = f"The browser's: {browser.replace('_', ' ')}" if browser else "The browser's, or else UTC"
        names = [(name, name.replace("_", " ")) for name in sorted(known_zones())]
        self.fields["time_zone"].choices = [("", of_browser), *names]  # type: ignore[attr-defined]


class OwnPasswordForm(AdminPasswordChangeForm):
    """Change one's own password. All other sessions end, and the change is audited."""

    def __init__(self, *args: Any, keep_session: str | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep_session = keep_session
        self.fields["old_password"].label = "Current password"
        self.fields["new_password2"].label = "New password again"
        self.fields["new_password2"].help_text = ""
        for field in self.fields.values():
            field.max_length = LONGEST_PASSWORD  # type: ignore[attr-defined]

    def save(self, commit: bool = True) -> User:
        """Set the password. Raises SessionInterrupted if it was changed after its check, such as by a mailed link."""
        with transaction.atomic():
            passwords = User.objects.select_for_update(no_key=True).values_list("password", flat=True)
            if passwords.get(pk=self.user.pk) != self.user.password:
                raise SessionInterrupted("The password was changed in the meantime.")
            user: User = super().save(commit)
            password_changed(user, "Changed by its owner.", keep_session=self.keep_session)
        return user


class CodeForm(forms.Form):
    """Six-digit code of an authenticator app."""

    code = forms.CharField(
        label="Code",
        max_length=20,
        help_text="The six digits currently shown in your authenticator app.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


class RecoveryForm(forms.Form):
    """A recovery code of the user."""

    recovery = forms.CharField(
        label="Recovery code",
        max_length=40,
        help_text="Enter a saved code, such as 7KQ2-04XJ-D9TW-AAEH-33ZN-Q0VB. Each works once.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class AuthenticatorForm(CodeForm):
    """Code and name of a new authenticator app; the code proves that the app has the key."""

    name = forms.CharField(label="App name", max_length=60, initial="Authenticator app")


class ConfirmForm(forms.Form):
    """Password entered again to confirm the user's identity."""

    password = forms.CharField(
        label="Your password",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


class EmailChangeForm(forms.Form):
    """New address for the account of the signed-in user."""

    email = EmailText(
        label="New email address",
        max_length=254,
        help_text="We send a link to this address. Your address changes when you open the link and confirm.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        return plain_address(self.cleaned_data["email"])


def plain_address(email: str) -> str:
    """Return the address. Raises ValidationError for one that could deceive a reader."""
    if not _PLAIN_ADDRESS.fullmatch(email):
        raise ValidationError("Enter an address in plain letters, such as name@example.com.")
    return email


class ForgotForm(forms.Form):
    """Address of an account whose password is lost."""

    email = email_field()


class NewPasswordForm(forms.Form):
    """New password that replaces a lost one."""

    password = forms.CharField(
        label="New password",
        max_length=LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()[:1]) + " A sentence is easy to remember.",
    )


class JoinForm(NewPasswordForm):
    """Name and password of a new user."""

    field_order = ("name", "password")
    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))

    def clean_name(self) -> str:
        """Refuse a name that our emails, such as invitations, would show as if we had written it, or as a link."""
        name: str = self.cleaned_data["name"]
        # Not printable: line breaks, invisible characters, and those that change the direction of the following text.
        if not name.isprintable() or _LINK_PART.search(unicodedata.normalize("NFKC", name)):
            raise ValidationError("Enter your name on one line, without a web address or a dot between letters.")
        return name


class MemberForm(forms.Form):
    """Invitation of a member by a tenant's owner."""

    email = EmailText(label="Email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.ChoiceField(
        label="Role",
        choices=[
            (TenantRole.REVIEWER, "Reviewer: answers requests and questions about the website, and reads results"),
            (
                TenantRole.OWNER,
                "Owner: also changes settings, authorizes, disconnects, reads the audit log and invites people",
            ),
        ],
        initial=TenantRole.REVIEWER,
        widget=forms.RadioSelect,
    )
