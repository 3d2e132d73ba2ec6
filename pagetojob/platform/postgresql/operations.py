"""Operations for migrations."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, AlterField, CreateModel
from django.db.migrations.operations.base import Operation, OperationCategory
from django.db.migrations.operations.models import IndexOperation
from django.db.migrations.state import ProjectState
from django.db.migrations.utils import field_is_referenced


class Together(Operation):
    """Apply operations in order, and render the models that they change once, not once for each.

    Almost every table belongs to a tenant, so Django renders nearly all models again after each operation that changes
    one: most of the time of a migration. The operations see the states before the first one and after the last one, so
    none may rename anything.
    """

    category = OperationCategory.MIXED
    serialization_expand_args = ["operations"]

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change the state; if its models are rendered already, render the new and the changed ones.

        Those related to a changed one are all rendered again only if a relation changes, as Django does.
        """
        rendered = state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)
        if rendered is None:
            return
        state.__dict__["apps"] = rendered
        touched = {name for name in map(_model_of, self.operations) if name}
        removed = {name for name in touched if (app_label, name) not in state.models}
        for name in removed:
            rendered.unregister_model(app_label, name)
        registered = rendered.all_models[app_label]
        changed = (touched - removed) & registered.keys()
        delay = not removed and self._keeps_relations(changed, app_label, state)
        state.reload_models([(app_label, name) for name in sorted(changed)], delay=delay)
        new = sorted(touched - removed - registered.keys())
        rendered.render_multiple([state.models[app_label, name] for name in new])

    def _keeps_relations(self, changed: set[str], app_label: str, state: ProjectState) -> bool:
        """Return whether the operations on these models change no relation."""
        operations = [operation for operation in self.operations if _model_of(operation) in changed]
        return all(_keeps_relations(operation, app_label, state) for operation in operations)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self._of_database():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self._of_database()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _of_database(self) -> list[Operation]:
        """Return the operations without those that are done already: a new table has all its columns and indexes."""
        new = {_model_of(operation) for operation in self.operations if isinstance(operation, CreateModel)}
        done = (AddConstraint, AddField, AddIndex)
        return [step for step in self.operations if not (isinstance(step, done) and _model_of(step) in new)]

    def describe(self) -> str:
        return f"Apply {len(self.operations)} operations"

    def references_model(self, name: str, app_label: str) -> bool:
        return any(operation.references_model(name, app_label) for operation in self.operations)


class CreateModels(Together):
    """Create the models of an app in one operation, and render each of them once.

    Django renders every model that is related to a new one again. Almost every table here belongs to a tenant, so a
    list of `CreateModel` operations would render all earlier models once for each model: most of the time of a
    migration from an empty database. A new model changes no earlier one, so rendering the new ones is enough.
    """

    category = OperationCategory.ADDITION
    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        super().__init__(models)
        self.models = models

    def describe(self) -> str:
        return f"Create {len(self.models)} models"

    @property
    def migration_name_fragment(self) -> str:
        return self.models[0].migration_name_fragment


def _model_of(operation: Operation) -> str:
    """Return the name of the model that an operation creates or changes, in lower case; empty for SQL."""
    name: str = getattr(operation, "model_name", "") or getattr(operation, "name", "")
    return name.lower()


def _keeps_relations(operation: Operation, app_label: str, state: ProjectState) -> bool:
    """Return whether Django would render only the direct relations of the changed model again."""
    if isinstance(operation, AddField | AlterField):
        model, field = (app_label, operation.model_name_lower), operation.field
        return not field.is_relation and not field_is_referenced(state, model, (operation.name, field))
    return isinstance(operation, IndexOperation)
