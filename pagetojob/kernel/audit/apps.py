from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "pagetojob.kernel.audit"
    label = "audit"
