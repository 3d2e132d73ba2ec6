from django.apps import AppConfig


class DriftConfig(AppConfig):
    name = "drift"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        from .services import reading  # noqa: PLC0415

        register(reading.READ_SITE, reading.read_site)
