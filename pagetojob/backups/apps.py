from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "pagetojob.backups"
    label = "backups"
