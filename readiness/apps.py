"""Django app configuration."""

from django.apps import AppConfig


class ReadinessConfig(AppConfig):
    name = "readiness"
    label = "readiness"
    verbose_name = "Readiness pack"
