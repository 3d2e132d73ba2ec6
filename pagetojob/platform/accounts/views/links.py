"""Pages opened from mailed links: password reset and invitation."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from pagetojob.platform.access import actor_of
from pagetojob.platform.client_address import client_address
from pagetojob.platform.forms import errors_shown
from pagetojob.platform.tenants.addresses import normalised_email
from pagetojob.platform.tenants.models import User

from ..access import complete_sign_in, start_page
from ..errors import AccountError
from ..forms import ForgotForm, JoinForm, NewPasswordForm
from ..models import Invitation
from ..services import invitations, throttle
from ..services.mails import queue_reset
from ..services.passwords import find_reset, reset_password
from .later import answers_too_many


@never_cache
@answers_too_many
def forgot(request: HttpRequest) -> HttpResponse:
    """Request a new password. Response and work are the same for known and unknown addresses."""
    form = ForgotForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/forgot.html", {"form": form})
    email = form.cleaned_data["email"]
    throttle.take(throttle.reset_buckets(account=email, address=client_address(request)))
    queue_reset(email)
    return render(request, "accounts/forgot_sent.html", {"email": email})


@sensitive_post_parameters()
@never_cache
@answers_too_many
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """Set a new password with a mailed link. The user still has to sign in with the second factor."""
    find_throttled(request, lambda: find_reset(token))
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            reset_password(token=token, password=form.cleaned_data["password"])
        except ValidationError as error:
            form.add_error("password", error)
        else:
            messages.success(request, "Your password has been changed. Sign in with the new one.")
            return redirect("core:sign-in")
    return render(request, "accounts/reset.html", {"form": form})


@sensitive_post_parameters()
@never_cache
@answers_too_many
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Accept an invitation with a new account, or with the existing account of the address."""
    row = find_throttled(request, lambda: invitations.find(token))
    if request.user.is_authenticated:
        return _join_signed_in(request, token, row)
    if User.objects.by_email(row.email):
        sign_in_url = f"{resolve_url('core:sign-in')}?{urlencode({'next': request.path})}"
        return render(request, "accounts/invitation.html", {"invitation": row, "sign_in_url": sign_in_url})
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = invitations.accept_as_new(token=token, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("password", error.messages)
        except AccountError:
            return redirect(request.path)  # the account was created in the meantime
        else:
            return complete_sign_in(
                request, person, how="an invitation", second_step="", target=_first_page(row, person)
            )
    return render(request, "accounts/invitation.html", {"invitation": row, "form": form})


def _first_page(row: Invitation, person: User) -> str:
    """Return the first page after joining: the portal for a tenant's members, else where the person's work starts."""
    return resolve_url("portal:home") if row.tenant_id else start_page(person)


def _join_signed_in(request: HttpRequest, token: str, row: Invitation) -> HttpResponse:
    person = actor_of(request)
    if request.method == "POST":
        with errors_shown(request, AccountError):
            role = invitations.accept_as(token=token, person=person, keep_session=request.session.session_key)
            request.session.cycle_key()
            stays_owner = " You stay an owner." if role != row.tenant_role else ""
            messages.success(request, f"You have accepted the invitation.{stays_owner}")
            return redirect(_first_page(row, person))
    mine = normalised_email(person.email) == row.email
    return render(request, "accounts/invitation.html", {"invitation": row, "mine": mine})


def find_throttled[Row](request: HttpRequest, find: Callable[[], Row]) -> Row:
    """Return the row of a link, throttling clients that try many links."""
    buckets = throttle.link_buckets(client_address(request))
    throttle.take(buckets)
    row = find()
    throttle.give_back(buckets)
    return row
