from django.apps import AppConfig


class SyncQueueConfig(AppConfig):
    name = "syncqueue"
    verbose_name = "Sync queue"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        from .connectors.record_reads import read_booking  # noqa: PLC0415
        from .services import bindings, bulk, inbox_handlers  # noqa: PLC0415

        register(bindings.RELEASE, bindings.release_rest)
        register(bulk.BULK, bulk.work_bulk)
        inbox_handlers.register_all(read_booking)
