"""Conditions that a model's indexes and checks say in the words of PostgreSQL.

Migrations say them too, so none is changed: another meaning is another name.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, Func, IntegerField, TextField, Value, When
from django.db.models.expressions import ExpressionWrapper
from django.db.models.lookups import Exact


class IsTrue(Func):
    """`(…) IS TRUE`: means the same, but only an index that says it too is taken to answer it."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()

    def __init__(self, condition: Any) -> None:
        super().__init__(ExpressionWrapper(condition, output_field=BooleanField()))


class OneOf(Func):
    """`field = ANY ('{…}')`: `field__in`, for the checks of a table that much is written to.

    The server reads the text of all checks of a table anew for each statement that writes to it. There a list of
    constants is more than twice as long as one constant that is a list.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, field: str, values: Sequence[str]) -> None:
        super().__init__(field, Value([str(value) for value in values], ArrayField(TextField())))


def filled_only_in(state: str, *fields: str) -> "Exact[Any]":
    """`fields` have values exactly while the row is in `state`."""
    filled = Func(*fields, function="num_nonnulls", output_field=IntegerField())
    return Exact(filled, Case(When(state=state, then=len(fields)), default=0))
