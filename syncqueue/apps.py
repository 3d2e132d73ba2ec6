from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from .connectors.record_reads import Reading
    from .connectors.session_reads import SessionReading
    from .inbox.handlers import Hint


class SyncQueueConfig(AppConfig):
    name = "syncqueue"
    verbose_name = "Sync queue"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.platform.runs.services import register  # noqa: PLC0415
        from pagetojob.servicetitan.mirror import pace  # noqa: PLC0415
        from pagetojob.titanmap import staged_listeners, waiting  # noqa: PLC0415

        from .selectors.bindings import waiting_with  # noqa: PLC0415
        from .services import (  # noqa: PLC0415
            abandoned_sessions,
            circuit_breaker,
            import_reviews,
            record_updates,
        )

        register("syncqueue.release", "syncqueue.services.bindings.release_rest", "Release items of a page")
        register("syncqueue.bulk", "syncqueue.services.bulk.work_bulk", "Bulk action")
        register("syncqueue.undo_bulk", "syncqueue.services.bulk.work_undo", "Undo a bulk action")
        waiting.register(waiting_with)
        staged_listeners.register(import_reviews.enqueue_map_review)
        pace.on_pause(circuit_breaker.cool_down_bookings)
        record_updates.register_all(_read_booking)
        abandoned_sessions.register_handler(_read_session)


def _read_booking(hint: "Hint") -> "Reading":
    from .connectors.record_reads import read_booking  # noqa: PLC0415 - imports aiohttp, which only a worker needs

    return read_booking(hint)


def _read_session(hint: "Hint") -> "SessionReading":
    from .connectors.session_reads import read_session  # noqa: PLC0415 - imports aiohttp, which only a worker needs

    return read_session(hint)
