from django.apps import AppConfig


class GatesConfig(AppConfig):
    name = "pagetojob.kernel.gates"
    label = "gates"
