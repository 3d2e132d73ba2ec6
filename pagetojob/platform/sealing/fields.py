"""Model field for sealed bytes."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

from .secret_values import HIDDEN, Sealed

if TYPE_CHECKING:
    BinaryField = models.BinaryField[Sealed | None, Sealed | None]
else:
    BinaryField = models.BinaryField


class SealedField(BinaryField):
    """Binary field of `Sealed` values. Forms and fixtures see only a placeholder, and fixtures cannot restore it."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs["editable"] = False
        super().__init__(**kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("editable", None)
        return name, path, args, kwargs

    def from_db_value(self, value: Any, *_: object) -> Sealed | None:
        return None if value is None else Sealed(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is not None and not isinstance(value, Sealed):
            raise TypeError(f"{self.name} accepts only sealed bytes")
        return super().get_db_prep_value(value.content() if value is not None else None, connection, prepared)

    def to_python(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        raise ValidationError("Sealed bytes cannot be read from text.")

    def value_to_string(self, obj: models.Model) -> str:
        return HIDDEN
