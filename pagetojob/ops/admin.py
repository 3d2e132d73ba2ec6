"""Django admin of people, roles, site keys and allowed website origins, for staff admins."""

from collections.abc import Callable
from typing import Any

import django.contrib.auth.admin  # noqa: F401 - registers the page of groups, which is taken away below
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from pagetojob.onboarding.contractors import prepare
from pagetojob.onboarding.site_keys import fill_in, snippet_page
from pagetojob.platform.access import actor_of
from pagetojob.platform.accounts.access import confirmed_first
from pagetojob.platform.accounts.admin import ConfirmedAdmin
from pagetojob.platform.accounts.errors import AccountError
from pagetojob.platform.accounts.forms import plain_address
from pagetojob.platform.accounts.keys import keyed_hash
from pagetojob.platform.accounts.models import Privilege
from pagetojob.platform.accounts.services.email_change import pending_change, request_change
from pagetojob.platform.accounts.services.factors import factors_of, reset_factors
from pagetojob.platform.accounts.services.passwords import end_links
from pagetojob.platform.accounts.services.privileges import privilege_of, request_privilege
from pagetojob.platform.accounts.services.sessions import end_sessions, end_sessions_of, sessions_of
from pagetojob.platform.accounts.views.security import admin_password
from pagetojob.platform.accounts.views.sign_in import admin_login, admin_logout
from pagetojob.platform.audit.admin import ReasonModelForm
from pagetojob.platform.credentials.forms import GuardedForm, InternalReasonForm, ReasonField
from pagetojob.platform.forms import errors_on
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.hosts import is_reserved
from pagetojob.platform.tenants.models import Membership, SiteKey, SiteOrigin, Tenant, User
from pagetojob.platform.tenants.roles import StaffRole

from .admin_groups import grouped

admin.site.unregister(Group)
admin.site.site_header = admin.site.site_title = "PageToJob"
admin.site.index_title = "Staff pages by task"
admin.site.get_app_list = grouped  # type: ignore[method-assign]
admin.site.login = admin_login  # type: ignore[method-assign]
admin.site.logout = admin_logout  # type: ignore[method-assign]
admin.site.password_change = admin_password  # type: ignore[assignment,method-assign]

NO_RETURN = "Take the operations and staff role away before you reactivate this person. Then it can be requested again."
NOT_ONE_S_OWN = "You cannot change your own roles. Ask another staff admin."
CHANGED = "Someone saved a change since you opened this page. Open it again, check the values, and save."
#: Columns of the rows that are saved only as the page showed them.
SHOWN: dict[type[models.Model], tuple[str, ...]] = {
    User: ("email", "name", "is_active", "ops_role", "staff_role"),
    Membership: ("tenant_id", "user_id", "role"),
    Tenant: ("slug", "name", "time_zone", "is_demo", "second_factor_required"),
}


def mark_of(row: models.Model) -> str:
    """Return the mark of the values that the page of a row shows. A form with an older one is not saved."""
    values = (getattr(row, name) for name in SHOWN[type(row)])
    return keyed_hash(f"{row._meta.label} in the admin", "\0".join(map(str, values)))


class WhyForm(GuardedForm, forms.Form):
    """Form that asks only for a reason."""

    reason = ReasonField("How did you verify this person's identity?", customer_reads=False, rows=3)


class SeenForm(ReasonModelForm):
    """Form of a row that is saved only if no one changed the row since its page was opened."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["seen"] = mark_of(self.instance)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk and cleaned.get("seen") != self.initial["seen"]:
            raise ValidationError(CHANGED)
        return cleaned


class UserForm(SeenForm):
    """Form of a person. A new email address and privileged roles are only requested, so they stay as they are."""

    requested_email = ""
    requested: dict[str, Privilege]

    def clean_email(self) -> str:
        """Return the address that the account has: the admin can only request another, see `UserAdmin.save_model`."""
        email: str = self.cleaned_data["email"]
        if not self.instance.pk:
            return email
        self.requested_email = normalised_email(email)
        current: str = self.instance.email
        if self.requested_email == normalised_email(current):
            self.requested_email = ""
        elif User.objects.by_email(plain_address(self.requested_email)):
            raise ValidationError("Another user has this email address.")
        return current

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance == self.actor and {"ops_role", "staff_role", "is_active"} & set(self.changed_data):
            raise ValidationError(NOT_ONE_S_OWN)
        self.requested = {}
        for field in ("ops_role", "staff_role"):
            privilege = privilege_of(field, cleaned.get(field, ""), getattr(self.instance, field))
            if privilege and field in self.changed_data:
                self.requested[field] = privilege
                cleaned[field] = getattr(self.instance, field)
        returns = self.instance.pk and "is_active" in self.changed_data and cleaned.get("is_active")
        if returns and any(privilege_of(field, cleaned.get(field, "")) for field in ("ops_role", "staff_role")):
            raise ValidationError(NO_RETURN)
        return cleaned


class MembershipForm(SeenForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        before = self.instance.user if self.instance.pk else None
        if self.actor in (before, cleaned.get("user")):
            raise ValidationError(NOT_ONE_S_OWN)
        return cleaned


class NeverDeleted(ConfirmedAdmin):
    """Admin without deletion: people and tenants are deactivated, because their history refers to them."""

    without = ("delete",)


class SeenAdmin(NeverDeleted):
    """Admin of rows that are saved only as their page showed them, see `SeenForm`."""

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return [name for name in super().get_fields(request, obj) if obj or name != "seen"]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row, locked while a form is saved, because that writes all columns."""
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST":
            return row
        return self.get_queryset(request).select_for_update(no_key=True).get(pk=row.pk)


@admin.register(User)
class UserAdmin(SeenAdmin):
    form = UserForm
    fields = ("email", "email_change", "name", "is_active", "ops_role", "staff_role", "second_step", "sessions", "seen")
    readonly_fields = ("email_change", "second_step", "sessions")
    list_display = ("email", "name", "ops_role", "staff_role", "is_active", "last_login")
    list_filter = ("ops_role", "staff_role", "is_active")
    search_fields = ("email", "name")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        fields = super().get_fields(request, obj)
        return fields if obj else [name for name in fields if name not in self.readonly_fields]

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        # Requests have separate audit lines and have changed nothing yet.
        for name in ({"email"} if change else set()) | form.requested.keys():
            if name in form.changed_data:
                form.changed_data.remove(name)
        only_requested = change and (form.requested or form.requested_email) and set(form.changed_data) <= {"reason"}
        request.only_requested = bool(only_requested)  # type: ignore[attr-defined]
        if not change and isinstance(obj, User):
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if isinstance(obj, User) and {"is_active", "ops_role", "staff_role"} & set(form.changed_data):
            end_sessions(obj)
            end_links(obj)
        if form.requested_email:
            self._request_email(request, obj, form)
        for privilege in form.requested.values():
            self._request_privilege(request, obj, privilege, form.cleaned_data["reason"])

    def message_user(
        self, request: HttpRequest, message: Any, level: Any = messages.INFO, *args: Any, **options: Any
    ) -> None:
        """Show a message, but not Django's “was changed successfully” if everything was only requested."""
        if not (level == messages.SUCCESS and getattr(request, "only_requested", False)):
            super().message_user(request, message, level, *args, **options)

    def _request_privilege(self, request: HttpRequest, person: Any, privilege: Privilege, reason: str) -> None:
        """Request a privileged role, and tell the admin that it waits, or why it cannot be requested."""
        try:
            request_privilege(privilege=privilege, user=person, actor=actor_of(request), reason=reason)
        except AccountError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            note = f"{person}: {privilege.label} waits until another staff admin confirms it, for seven days."
            others = User.objects.filter(is_active=True, staff_role=StaffRole.ADMIN).exclude(pk=actor_of(request).pk)
            missing = "" if others.exists() else " There is no other yet: name one with manage.py createsuperuser."
            self.message_user(request, note + missing)

    def _request_email(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Request the address that the admin typed. It changes only when the person confirms it, signed in."""
        reason, email = form.cleaned_data["reason"], form.requested_email
        request_change(user=obj, new_email=email, actor=actor_of(request), reason=reason)
        note = (
            f"The email address is still {obj.email}. {obj} must sign in and confirm {email} by the link mailed there."
        )
        self.message_user(request, note)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/second-step/", view(confirmed_first(self.reset_second_step)), name="tenants_user_second_step"
            ),
            path("<int:pk>/sessions/", view(confirmed_first(self.end_sessions)), name="tenants_user_sessions"),
            *super().get_urls(),
        ]

    def reset_second_step(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reset the second step of a person who lost it, with a reason. The password is still required."""

        def reset(person: User, reason: str) -> str:
            if person.is_privileged:
                request_privilege(privilege=Privilege.RESET, user=person, actor=actor_of(request), reason=reason)
                return f"{person} has a privileged role. The reset waits until another staff admin confirms it."
            reset_factors(user=person, reason=reason, actor=actor_of(request))
            return f"{person} must add a new second step at the next sign-in. We notified them by email."

        template, title = "accounts/admin_reset.html", "Reset the second step"
        return self._act(request, pk, reset, template=template, title=title, form=WhyForm)

    def end_sessions(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End all sessions of a person, such as after the loss of a device. They can sign in again."""

        def end(person: User, reason: str) -> str:
            count = end_sessions_of(user=person, reason=reason, actor=actor_of(request))
            return f"Ended {count} sessions of {person}."

        template, title = "accounts/admin_sessions.html", "End all sessions"
        return self._act(request, pk, end, template=template, title=title, form=InternalReasonForm)

    def _act(self, request: HttpRequest, pk: int, act: Callable[[User, str], str], **page: Any) -> HttpResponse:
        """Ask for a reason, act, and show what `act` returns.

        `page`: the `template` and `title` of the page that explains the action, and the class of its `form`.
        """
        if not self.has_change_permission(request):
            raise PermissionDenied
        person, form = get_object_or_404(User, pk=pk), page["form"](request.POST or None)
        if request.method == "POST" and form.is_valid():
            with errors_on(form, AccountError):
                self.message_user(request, act(person, form.cleaned_data["reason"]))
                return redirect("admin:tenants_user_change", pk)
        context = {**self.admin_site.each_context(request), "title": page["title"], "opts": self.opts}
        return TemplateResponse(request, page["template"], context | {"person": person, "form": form})

    @admin.display(description="requested email")
    def email_change(self, row: User) -> str:
        waiting = pending_change(row)
        if waiting is None:
            return "none"
        by = waiting.requested_by or row
        return f"{waiting.new_email}, by {by}, until {timezone.localtime(waiting.expires_at):%B %-d, %H:%M %Z}"

    @admin.display(description="second step")
    def second_step(self, row: User) -> str:
        factors = factors_of(row)
        summary = (
            f"{len(factors.passkeys)} passkeys, {len(factors.authenticators)} authenticator apps, "
            f"{factors.codes_left} recovery codes left"
            if factors
            else "none yet"
        )
        return format_html(
            '{} · <a href="{}">Reset</a>', summary, reverse("admin:tenants_user_second_step", args=[row.pk])
        )

    @admin.display(description="sessions")
    def sessions(self, row: User) -> str:
        count = len(sessions_of(row))  # before the address, because a new person has neither
        return format_html(
            '{} · <a href="{}">End all</a>', count, reverse("admin:tenants_user_sessions", args=[row.pk])
        )


class TenantForm(SeenForm):
    """Refuse a slug whose host name could be taken for a service of ours."""

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if "slug" in self.changed_data and is_reserved(slug):
            raise forms.ValidationError("This name is reserved, because it is also a host name. Choose another one.")
        return slug


@admin.register(Tenant)
class TenantAdmin(SeenAdmin):
    """Admin of tenants. A new one is a draft; its state changes only at /ops/contractors/."""

    form = TenantForm
    list_display = ("name", "slug", "state", "time_zone", "is_demo")
    list_filter = ("state",)
    search_fields = ("name", "slug")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            prepare(obj)


@admin.register(Membership)
class MembershipAdmin(SeenAdmin):
    form = MembershipForm
    list_display = ("tenant", "user", "role")
    list_filter = ("role",)
    list_select_related = ("tenant", "user")
    search_fields = ("tenant__name", "user__email", "user__name")
    autocomplete_fields = ("tenant", "user")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = form.initial.get("user")
        super().save_model(request, obj, form, change)
        for person in User.objects.filter(pk__in={before, obj.user_id} - {None}):
            end_sessions(person)


@admin.register(SiteKey)
class SiteKeyAdmin(NeverDeleted):
    """Admin of site keys. A key is shown once, when it is created. Retired keys stay in the list."""

    list_display = ("label", "prefix", "tenant", "active", "created_at", "form_to_copy")
    list_filter = ("active",)
    list_select_related = ("tenant",)
    search_fields = ("label", "prefix", "tenant__name")
    autocomplete_fields = ("tenant",)
    readonly_fields = ("prefix", "created_at")

    def get_fields(self, request: HttpRequest, obj: models.Model | None = None) -> list[Any]:
        return ["tenant", "label", "active", "prefix", "created_at", "reason"] if obj else ["tenant", "label", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: models.Model | None = None) -> tuple[str, ...]:
        return ("tenant", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            obj.save(update_fields=["label", "active"])  # the database refuses changes to all other columns
            return
        obj.just_made = fill_in(obj)
        obj.save()

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        return self._page(request, obj, key=obj.just_made)

    def get_urls(self) -> list[Any]:
        shown = self.admin_site.admin_view(self.snippet)
        return [path("<int:pk>/form/", shown, name="tenants_sitekey_form"), *super().get_urls()]

    def snippet(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(SiteKey.objects.select_related("tenant"), pk=pk)
        return self._page(request, row, page=request.GET.get("page", ""))

    def _page(self, request: HttpRequest, row: SiteKey, **chosen: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": f"Form for {row.label}", "opts": self.opts}
        return TemplateResponse(request, "ops/site_key.html", context | dict(snippet_page(row, **chosen)))

    @admin.display(description="form")
    def form_to_copy(self, row: SiteKey) -> str:
        return format_html('<a href="{}/form/">Form to copy</a>', row.pk)


@admin.register(SiteOrigin)
class SiteOriginAdmin(ConfirmedAdmin):
    """Admin of origins. They can be added or removed, but not changed."""

    without = ("change",)
    list_display = ("origin", "tenant")
    list_select_related = ("tenant",)
    search_fields = ("origin", "tenant__name")
    autocomplete_fields = ("tenant",)
