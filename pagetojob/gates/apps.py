from django.apps import AppConfig


class GatesConfig(AppConfig):
    name = "pagetojob.gates"
    label = "gates"
