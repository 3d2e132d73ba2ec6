from django.apps import AppConfig


class TenantsConfig(AppConfig):
    name = "pagetojob.platform.tenants"
    label = "tenants"
