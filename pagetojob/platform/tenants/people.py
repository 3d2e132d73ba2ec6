"""The field with which a row names a person."""

from typing import TYPE_CHECKING, Any, Literal, overload

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from .models.user import User


@overload
def person_key(*, null: Literal[False] = False, **options: Any) -> "models.ForeignKey[User, User]": ...
@overload
def person_key(*, null: Literal[True], **options: Any) -> "models.ForeignKey[User | None, User | None]": ...
def person_key(*, null: bool = False, **options: Any) -> models.ForeignKey[Any, Any]:
    """Return a foreign key to a person, who then cannot be deleted. By default without an index or a reverse name."""
    chosen: dict[str, Any] = {"related_name": "+", "db_index": False} | options
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=null, **chosen)
