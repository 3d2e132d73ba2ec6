from django.apps import AppConfig


class ImporterConfig(AppConfig):
    name = "pagetojob.importer"
    label = "importer"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        register("importer.work", "pagetojob.importer.upload_runs.work", "Read and store an uploaded file")
