from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "pagetojob.ops"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from attribution.packets.sealing import RUN as PACKETS  # noqa: PLC0415
        from pagetojob.platform.runs.services import register  # noqa: PLC0415
        from pagetojob.servicetitan.vault.services.disconnection import FOLLOW_UP  # noqa: PLC0415

        from . import disconnect_follow_ups, packet_runs, website_report  # noqa: PLC0415

        register(FOLLOW_UP, disconnect_follow_ups.work)
        register(PACKETS, packet_runs.work)
        register(website_report.RUN, website_report.work)
