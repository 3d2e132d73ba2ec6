from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "pagetojob.kernel.tenants"
    label = "tenants"
