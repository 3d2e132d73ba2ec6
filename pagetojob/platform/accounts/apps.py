from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from .marks import mark_sign_in


class AccountsConfig(AppConfig):
    name = "pagetojob.platform.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        # Django's own signal, so that every way to sign in starts the clock, including ways added later.
        user_logged_in.connect(mark_sign_in, dispatch_uid="accounts.mark_sign_in")
