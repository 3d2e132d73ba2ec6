from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "pagetojob.transparency"
    label = "transparency"
    verbose_name = "Transparency log"
