"""PostgreSQL-specific conditions for model indexes and checks.

Migrations use these classes, so never change one: a new meaning needs a new name.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, Func, IntegerField, Q, TextField, Value, When
from django.db.models.expressions import ExpressionWrapper
from django.db.models.lookups import Exact


class IsTrue(Func):
    """`(…) IS TRUE`. Has the same meaning, but PostgreSQL matches an index only with the same expression."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()

    def __init__(self, condition: Any) -> None:
        super().__init__(ExpressionWrapper(condition, output_field=BooleanField()))


class OneOf(Func):
    """`field = ANY ('{…}')`: like `field__in`, for checks on tables with many writes.

    The server parses the text of all checks of a table for each statement that writes to it. A list of constants is
    more than twice as long as one array constant.
    """

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()

    def __init__(self, field: str, values: Sequence[str]) -> None:
        super().__init__(field, Value([str(value) for value in values], ArrayField(TextField())))


def filled_only_if(*fields: str, **equals: Any) -> Q:
    """Require that `fields` have values exactly when the row equals `equals`, such as `state="waived"`."""
    filled = Q(**equals, **{f"{field}__isnull": False for field in fields})
    return filled | ~Q(**equals) & Q(**{f"{field}__isnull": True for field in fields})


def filled_only_in(state: str, *fields: str) -> "Exact[Any]":
    """Return `filled_only_if` for a state in a form that PostgreSQL parses faster, for tables with many writes."""
    filled = Func(*fields, function="num_nonnulls", output_field=IntegerField())
    return Exact(filled, Case(When(state=state, then=len(fields)), default=0))
