from django.apps import AppConfig


class MirrorConfig(AppConfig):
    name = "pagetojob.servicetitan.mirror"
    label = "mirror"
