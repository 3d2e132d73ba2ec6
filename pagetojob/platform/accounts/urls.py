"""URLs of account pages. Sign-in and sign-out are named in pagetojob.ops.urls, where other apps expect them."""

from django.urls import path

from .views import email, links, passkeys, security, sign_in

app_name = "accounts"
urlpatterns = [
    path("account/second-step", sign_in.second_step, name="second-step"),
    path("account/security", security.security, name="security"),
    path("account/security/authenticator", security.authenticator, name="authenticator"),
    path("account/security/recovery-codes", security.recovery_codes, name="recovery-codes"),
    path("account/security/remove/<uuid:public_id>", security.remove, name="remove"),
    path("account/sessions/end", security.end_session, name="end-sessions"),
    path("account/sessions/end/<uuid:public_id>", security.end_session, name="end-session"),
    path("account/time-zone", security.time_zone, name="time-zone"),
    path("account/confirm", security.confirm, name="confirm"),
    path("account/email", email.change, name="email"),
    path("account/email/cancel", email.cancel, name="email-cancel"),
    path("account/email/confirm/<str:token>", email.confirm, name="email-confirm"),
    path("account/email/stop/<str:token>", email.stop, name="email-stop"),
    path("account/password", security.change_password, name="password"),
    path("account/passkey/add/begin", passkeys.add_begin, name="passkey-add-begin"),
    path("account/passkey/add/complete", passkeys.add_complete, name="passkey-add-complete"),
    path("account/passkey/use/begin", passkeys.use_begin, name="passkey-use-begin"),
    path("account/passkey/use/complete", passkeys.use_complete, name="passkey-use-complete"),
    path("account/forgot", links.forgot, name="forgot"),
    path("account/reset/<str:token>", links.reset, name="reset"),
    path("account/invitation/<str:token>", links.invitation, name="invitation"),
]
