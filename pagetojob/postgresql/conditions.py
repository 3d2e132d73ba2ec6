"""Conditions that a model's indexes and checks say in the words of PostgreSQL."""

from typing import Any

from django.db.models import BooleanField, Func
from django.db.models.expressions import ExpressionWrapper


class IsTrue(Func):
    """`(…) IS TRUE`: means the same, but only an index that says it too is taken to answer it."""

    template = "(%(expressions)s) IS TRUE"
    output_field = BooleanField()

    def __init__(self, condition: Any) -> None:
        super().__init__(ExpressionWrapper(condition, output_field=BooleanField()))
