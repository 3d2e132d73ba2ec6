from django.apps import AppConfig


class TitanMapConfig(AppConfig):
    name = "pagetojob.kernel.titanmap"
    label = "titanmap"
