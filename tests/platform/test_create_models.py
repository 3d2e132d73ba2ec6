"""`CreateModels` and `Together` render few models, and the others know them all the same."""

from typing import Any

import pytest
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddField, CreateModel, DeleteModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import PROTECT, BigAutoField, CharField, ForeignKey

from pagetojob.platform.postgresql.operations import CreateModels, Together


def relations(state: ProjectState) -> dict[str, list[str]]:
    """Return the fields of every rendered model and the fields that point at it."""
    return {
        model._meta.label_lower: sorted(str(field) for field in model._meta.get_fields(include_hidden=True))
        for model in state.apps.get_models()
    }


def anew(state: ProjectState) -> ProjectState:
    """Return the same state with nothing rendered yet."""
    return ProjectState(models={key: model.clone() for key, model in state.models.items()})


@pytest.mark.nightly
def test_our_migrations_render_the_models_that_django_renders_from_the_final_state() -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    state = ProjectState()
    assert list(state.apps.get_models()) == []  # from here on, operations keep the rendered models up to date
    for node in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        state = loader.graph.nodes[node].mutate_state(state, preserve=False)
    assert "apps" in state.__dict__
    assert relations(state) == relations(anew(state))


def owner(**options: Any) -> CreateModel:
    return CreateModel("Owner", [("id", BigAutoField(primary_key=True))], **options)


def thing(name: str, of: str = "tenants.Owner") -> CreateModel:
    to_owner = ForeignKey(of, PROTECT, related_name=name.lower())
    return CreateModel(name, [("id", BigAutoField(primary_key=True)), ("owner", to_owner)])


def test_an_earlier_model_is_not_rendered_again_and_a_later_operation_sees_all_of_them() -> None:
    state = ProjectState()
    CreateModels([owner()]).state_forwards("tenants", state)
    rendered = state.apps.get_model("tenants", "owner")
    CreateModels([thing("Cat"), thing("Dog")]).state_forwards("files", state)
    assert state.apps.get_model("tenants", "owner") is rendered
    assert {relation.name for relation in rendered._meta.related_objects} == {"cat", "dog"}
    AddField("owner", "name", CharField(max_length=9, default="")).state_forwards("tenants", state)
    again = state.apps.get_model("tenants", "owner")
    assert again is not rendered
    assert {relation.name for relation in again._meta.related_objects} == {"cat", "dog"}


def test_it_describes_itself() -> None:
    models = CreateModels([owner(), thing("Cat")])
    assert models.describe() == "Create 2 models"
    assert models.migration_name_fragment == "owner"
    assert models.references_model("owner", "tenants") and not models.references_model("dog", "files")


NAME = CharField(max_length=9, default="")
TO_DOG = ForeignKey("files.Dog", PROTECT, null=True)


@pytest.mark.parametrize(
    ("operations", "again"),
    [
        ([AddField("Cat", "name", NAME)], {"owner", "cat", "house"}),
        ([thing("Dog")], set()),
        ([thing("Dog"), AddField("Dog", "name", NAME)], set()),
        ([thing("Dog"), AddField("Cat", "name", NAME)], {"owner", "cat", "house"}),
        ([thing("Dog"), AddField("Cat", "dog", TO_DOG)], {"owner", "cat", "house", "room"}),
        ([thing("Dog"), AddField("Cat", "name", NAME), DeleteModel("Bird")], {"owner", "cat", "house", "room"}),
    ],
)
def test_operations_together_render_the_related_models_again_only_if_a_relation_changes(
    operations: list[Operation], again: set[str]
) -> None:
    """A room belongs to a house and only distantly to the cat: both house and cat have an owner."""
    state = ProjectState()
    CreateModels([owner()]).state_forwards("tenants", state)
    CreateModels([thing("Cat"), thing("Bird")]).state_forwards("files", state)
    CreateModels([thing("House"), thing("Room", of="drift.House")]).state_forwards("drift", state)
    before = {model._meta.model_name: model for model in state.apps.get_models()}
    Together(operations).state_forwards("files", state)
    after = {model._meta.model_name: model for model in state.apps.get_models()}
    assert {name for name in before if name in after and after[name] is not before[name]} - {"bird"} == again
    assert relations(state) == relations(anew(state))
