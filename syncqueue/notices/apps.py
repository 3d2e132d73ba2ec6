from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "syncqueue.notices"
    label = "notices"
