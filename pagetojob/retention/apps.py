from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "pagetojob.retention"
    label = "retention"

    def ready(self) -> None:
        from pagetojob.platform.runs.services import register  # noqa: PLC0415 - needs its models

        register("retention.purge", "pagetojob.retention.purge.work")
        register("retention.subject", "pagetojob.retention.erasing.work")
        register("retention.tenant_export", "pagetojob.retention.exporting.work")
        register("retention.offboard", "pagetojob.retention.offboarding.work")
