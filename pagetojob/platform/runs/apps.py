from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "pagetojob.platform.runs"
    label = "runs"
