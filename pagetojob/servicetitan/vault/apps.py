from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "pagetojob.servicetitan.vault"
    label = "vault"
