from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "pagetojob.retention"
    label = "retention"

    def ready(self) -> None:
        from pagetojob.platform import hosts  # noqa: PLC0415 - needs its models
        from pagetojob.platform.runs.services import register  # noqa: PLC0415 - needs its models

        from .erasure_list import drop_old  # noqa: PLC0415 - needs the settings

        register("retention.purge", "pagetojob.retention.purge.work", "Remove expired data")
        register("retention.subject", "pagetojob.retention.erasing.work", "Answer a person's request about their data")
        register("retention.tenant_export", "pagetojob.retention.exporting.work", "Export a contractor's data")
        register("retention.offboard", "pagetojob.retention.offboarding.work", "Erase a contractor's data")
        hosts.droppers.append(drop_old)  # every host, also one that never erases again
