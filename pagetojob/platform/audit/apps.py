from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pagetojob.platform.audit"
    label = "audit"
