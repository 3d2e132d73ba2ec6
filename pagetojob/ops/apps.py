from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "pagetojob.ops"

    def ready(self) -> None:
        # Models can be imported only once all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        register("vault.follow_up", "pagetojob.ops.disconnect_follow_ups.work", "Finish a disconnection")
        register("attribution.packet", "pagetojob.ops.packet_runs.work", "Prepare a proof packet")
        register("drift.report", "pagetojob.ops.website_report.work", "Prepare a report about a website")
        register("sandbox.validate", "pagetojob.ops.sandbox.harness.work", "Validate the sandbox")
