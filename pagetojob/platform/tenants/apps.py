from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    name = "pagetojob.platform.tenants"
    label = "tenants"

    def ready(self) -> None:
        from .triggers import forbid_ignoring  # noqa: PLC0415 - models must be loaded first

        post_migrate.connect(forbid_ignoring, sender=self)
