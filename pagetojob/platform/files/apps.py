from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "pagetojob.platform.files"
    label = "files"
