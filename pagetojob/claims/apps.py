from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "pagetojob.claims"
    label = "claims"
