"""Change of one's own email address."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from pagetojob.platform.access import actor_of
from pagetojob.platform.client_address import client_address
from pagetojob.platform.forms import errors_on, errors_shown

from ..access import confirmed_first, remember_device
from ..errors import AccountError
from ..forms import EmailChangeForm
from ..services import throttle
from ..services.email_change import (
    cancel_change,
    confirm_change,
    find_change,
    find_stoppable,
    request_change,
    stop_change,
)
from .later import answers_too_many
from .links import find_throttled


@never_cache
@answers_too_many
@confirmed_first
def change(request: HttpRequest) -> HttpResponse:
    """Request a new address. Response and work are the same whether or not it belongs to an account."""
    user, form = actor_of(request), EmailChangeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = form.cleaned_data["email"]
        throttle.take(throttle.email_change_buckets(user_id=user.pk, account=email, address=client_address(request)))
        with errors_on(form, AccountError, field="email"):
            request_change(user=user, new_email=email)
            messages.success(request, f"We are sending an email to {email}. Open its link to confirm the new address.")
            return redirect("accounts:security")
    return render(request, "accounts/email.html", {"form": form})


@require_POST
@login_required
def cancel(request: HttpRequest) -> HttpResponse:
    if cancel_change(actor_of(request)):
        messages.success(request, "The change was canceled. The link no longer works.")
    else:
        messages.success(request, "There was no change to cancel.")
    return redirect("accounts:security")


@never_cache
@answers_too_many
@login_required
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the new address. Opening the link changes nothing, because mail scanners open links too."""
    user = actor_of(request)
    row = find_throttled(request, lambda: find_change(token, user))
    if request.method != "POST":
        return render(request, "accounts/email_confirm.html", {"change": row})
    response = redirect("accounts:security")
    with errors_shown(request, AccountError):
        user = confirm_change(token=token, user=user, keep_session=request.session.session_key)
        request.session.cycle_key()
        remember_device(response, user)
        messages.success(request, f"Your email address is now {user.email}. You are signed out everywhere else.")
    return response


@never_cache
@answers_too_many
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop or undo a change with the link mailed to the previous address. Needs no sign-in; opening it does nothing."""
    row = find_throttled(request, lambda: find_stoppable(token))
    if request.method != "POST":
        return render(request, "accounts/email_stop.html", {"change": row})
    try:
        person = stop_change(token=token)
    except AccountError as error:
        messages.error(request, str(error))
        return redirect("core:sign-in")
    if request.user == person:
        logout(request)
    messages.success(
        request,
        f"The change was stopped. You sign in with {person.email}, and you are signed out everywhere. "
        "Set a new password now, because someone else may know the current one.",
    )
    return redirect("accounts:forgot")
