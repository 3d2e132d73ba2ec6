"""App of Django's admin. Django reads `apps.py` only if it has one configuration, so this one is elsewhere."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig
from django.contrib.admin.checks import check_admin_app, check_dependencies
from django.core import checks


class PagesAdminConfig(SimpleAdminConfig):
    """Django's admin, whose pages are imported with the URLs: workers and the dispatcher save 4 MB each."""

    def ready(self) -> None:
        """Register Django's checks of the admin, which need its pages."""
        checks.register(check_dependencies, checks.Tags.admin)
        checks.register(check_admin, checks.Tags.admin)


def check_admin(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Import the pages of the admin and check them."""
    autodiscover()
    return list(check_admin_app(app_configs, **kwargs))
