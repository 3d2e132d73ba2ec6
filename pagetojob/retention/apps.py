from functools import partial

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "pagetojob.retention"
    label = "retention"

    def ready(self) -> None:
        from pagetojob.platform import hosts  # noqa: PLC0415 - needs its models
        from pagetojob.platform.outbound import mail  # noqa: PLC0415 - needs the settings
        from pagetojob.platform.runs.services import register  # noqa: PLC0415 - needs its models

        from . import erasure_list, periods  # noqa: PLC0415 - needs the settings

        register("retention.purge", "pagetojob.retention.purge.work", "Remove expired data")
        register("retention.subject", "pagetojob.retention.erasing.work", "Answer a person's request about their data")
        register("retention.tenant_export", "pagetojob.retention.exporting.work", "Export a contractor's data")
        register("retention.offboard", "pagetojob.retention.offboarding.work", "Erase a contractor's data")
        # On every host, also on one that never erases again.
        hosts.droppers.append(erasure_list.drop_old)
        hosts.droppers.append(partial(mail.delete_old_files, periods.PERIODS[periods.R.NOTICE].days or 0))
