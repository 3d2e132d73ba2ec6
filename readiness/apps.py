"""Django app configuration."""

from django.apps import AppConfig


class ReadinessConfig(AppConfig):
    name = "readiness"
    label = "readiness"
    verbose_name = "Readiness pack"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.gates.pack import Pack, register  # noqa: PLC0415
        from pagetojob.platform.runs import services as runs  # noqa: PLC0415

        from .services import evidence  # noqa: PLC0415

        register(
            Pack(
                record=evidence.record,
                revoke=evidence.revoke,
                gated_claim_in=evidence.gated_claim_in,
                gated_claims=evidence.gated_claims,
            )
        )
        runs.register("readiness.scan_contractor", "readiness.nightly.scan_contractor", "Check texts for gated claims")
