from django.apps import AppConfig


class AttributionConfig(AppConfig):
    name = "attribution"

    def ready(self) -> None:
        # Models can be imported only after all apps are loaded.
        from pagetojob.importer.targets import register_target  # noqa: PLC0415
        from pagetojob.platform.runs.services import register  # noqa: PLC0415

        from .models import ESTIMATE, LINK  # noqa: PLC0415
        from .services import outcome_targets  # noqa: PLC0415

        for target in outcome_targets.TARGETS:
            register_target(target)

        register(LINK, "attribution.services.linking.work_linking", "Link requests to jobs")
        register("attribution.api_import", "attribution.services.api_outcomes.work", "Import outcomes by API")
        register(ESTIMATE, "attribution.estimates.estimating.work_estimating", "Estimate the model from decisions")
