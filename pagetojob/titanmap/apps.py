from django.apps import AppConfig


class TitanMapConfig(AppConfig):
    name = "pagetojob.titanmap"
    label = "titanmap"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.importer.targets import register_target  # noqa: PLC0415
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        from . import documents, importing  # noqa: PLC0415

        for target in (*importing.TARGETS, documents.TARGET):
            register_target(target)
        register("titanmap.drafts", "pagetojob.titanmap.approving.work", "Process the drafts of an import")
        register("titanmap.api_import", "pagetojob.titanmap.api_import.work", "Import the Titan Map by API")
