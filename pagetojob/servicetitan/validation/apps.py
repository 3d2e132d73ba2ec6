from django.apps import AppConfig


class ValidationConfig(AppConfig):
    name = "pagetojob.servicetitan.validation"

    def ready(self) -> None:
        from pagetojob.gates.proof import register_check  # noqa: PLC0415

        from .evidence import why_no_evidence  # noqa: PLC0415 - models can be imported only once all apps are loaded

        register_check(why_no_evidence)
