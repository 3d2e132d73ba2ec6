from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "pagetojob.ops"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        register("vault.follow_up", "pagetojob.ops.disconnect_follow_ups.work")
        register("attribution.packet", "pagetojob.ops.packet_runs.work")
        register("drift.report", "pagetojob.ops.website_report.work")
        register("sandbox.validate", "pagetojob.ops.sandbox.harness.work")
