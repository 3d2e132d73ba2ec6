from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "pagetojob.kernel.vault"
    label = "vault"
