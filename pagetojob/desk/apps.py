from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "pagetojob.desk"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from attribution.packets.sealing import RUN as PACKETS  # noqa: PLC0415
        from pagetojob.kernel.runs.services import register  # noqa: PLC0415
        from pagetojob.kernel.vault.services.ending import FOLLOW_UP  # noqa: PLC0415

        from . import after_disconnect, packets, website_report  # noqa: PLC0415

        register(FOLLOW_UP, after_disconnect.work)
        register(PACKETS, packets.work)
        register(website_report.RUN, website_report.work)
