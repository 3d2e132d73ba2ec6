from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "pagetojob.kernel.files"
    label = "files"
