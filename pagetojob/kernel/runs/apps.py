from django.apps import AppConfig


class RunsConfig(AppConfig):
    name = "pagetojob.kernel.runs"
    label = "runs"
