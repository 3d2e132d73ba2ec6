"""Sign-in, second factor and sign-out."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from pagetojob.platform.access import actor_of
from pagetojob.platform.audit.services import record
from pagetojob.platform.tenants.models import User

from ..access import after_password, complete_sign_in, pending_sign_in, safe_next, sign_in_buckets, start_page
from ..forms import CodeForm, RecoveryForm, SignInForm
from ..services import throttle
from ..services.factors import WRONG_CODE, check_code, factors_of, use_recovery_code
from .later import answers_too_many

WRONG_RECOVERY = "That recovery code is incorrect or was already used."


class SignIn(LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Return the local path to open after sign-in, unless it is this page; else empty."""
        target: str = super().get_redirect_url(request)
        return target if target.startswith("/") and urlsplit(target).path != self.request.path else ""

    def get_default_redirect_url(self) -> str:
        """Return where someone who is signed in already goes from here."""
        return start_page(actor_of(self.request))

    @method_decorator(answers_too_many)  # type: ignore[arg-type]
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.buckets = sign_in_buckets(request, request.POST.get("username", ""))
        throttle.take(self.buckets)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: SignInForm) -> HttpResponse:  # type: ignore[override]
        throttle.give_back(self.buckets)
        user = form.get_user()
        assert isinstance(user, User)
        return after_password(self.request, user, target=self.get_redirect_url() or start_page(user))


class SignOut(LogoutView):
    """End the session and tell the browser to clear its cache."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


sign_in = SignIn.as_view()
sign_out = SignOut.as_view()


@sensitive_post_parameters()
@never_cache
@answers_too_many
def second_step(request: HttpRequest) -> HttpResponse:
    """Check the second factor after the password: a passkey, an app's code, or a recovery code."""
    waiting = pending_sign_in(request)
    if waiting is None:
        return redirect(settings.LOGIN_URL)
    user, target = waiting
    recovery = "recovery" in request.GET or "recovery" in request.POST
    form = (RecoveryForm if recovery else CodeForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        how = _proven(user, form)
        if how:
            return complete_sign_in(request, user, how=f"the password and {how}", second_step=how, target=target)
    context = {"form": form, "recovery": recovery, "factors": factors_of(user)}
    return render(request, "accounts/second_step.html", context)


def _proven(user: User, form: CodeForm | RecoveryForm) -> str:
    """Return the factor that was verified, or add an error to the form and return an empty string."""
    buckets = throttle.factor_buckets(user.pk)
    throttle.take(buckets)
    if isinstance(form, RecoveryForm):
        right, how = use_recovery_code(user=user, typed=form.cleaned_data["recovery"]), "a recovery code"
    else:
        right, how = check_code(user=user, code=form.cleaned_data["code"]), "an authenticator app"
    if right:
        throttle.give_back(buckets)
        return how
    note_failed_step(user)
    form.add_error(*(("recovery", WRONG_RECOVERY) if isinstance(form, RecoveryForm) else ("code", WRONG_CODE)))
    return ""


def note_failed_step(user: User) -> None:
    with transaction.atomic():
        record(
            action="security.second_step_failed",
            subject=user,
            reason="The password was right, the second step was not.",
            actor="sign-in",
        )


def admin_logout(request: HttpRequest, extra_context: object = None) -> Any:
    """Use the regular sign-out in the admin."""
    return sign_out(request)


def admin_login(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """Redirect to the regular sign-in page. Signed-in users without access to the admin get a 404."""
    if request.user.is_authenticated:
        raise Http404
    target = safe_next(request, request.GET.get("next", ""))
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': target})}")
