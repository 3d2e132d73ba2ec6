from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "pagetojob.kernel.claims"
    label = "claims"
