from django.apps import AppConfig


class DriftConfig(AppConfig):
    name = "drift"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        register("drift.read_site", "drift.services.reading.read_site", "Read a website")
        register("drift.take_pictures", "drift.services.pictures.take_pictures", "Take pictures of findings")
