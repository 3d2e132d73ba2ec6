from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "pagetojob.servicetitan.vault"
    label = "vault"

    def ready(self) -> None:
        from pagetojob.platform.runs.services import register  # noqa: PLC0415 - needs its models

        register(
            "vault.encrypt_documents",
            "pagetojob.servicetitan.vault.services.old_documents.work",
            "Encrypt stored documents",
        )
