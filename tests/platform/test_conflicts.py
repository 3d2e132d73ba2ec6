"""A violated constraint becomes the refusal of the caller, without the values of the row."""

import pytest
from django.db import IntegrityError

from pagetojob.platform.postgresql.conflicts import raise_on_conflict
from pagetojob.platform.tenants.models import User
from tests.support.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_conflict_raises_the_refusal_and_only_undoes_its_block() -> None:
    present, other = make_user(), make_user()
    with pytest.raises(LookupError, match="Already there") as refused, raise_on_conflict(LookupError("Already there.")):
        User.objects.filter(pk=other.pk).update(name="Changed")
        User.objects.filter(pk=other.pk).update(email=present.email)
    assert refused.value.__cause__ is None and refused.value.__suppress_context__
    assert User.objects.get(pk=other.pk).name == other.name


def test_a_violation_of_another_constraint_is_an_error_of_ours() -> None:
    present, other = make_user(), make_user()
    with pytest.raises(IntegrityError), raise_on_conflict(LookupError("Already there."), "page_binding_version_once"):
        User.objects.filter(pk=other.pk).update(email=present.email)
