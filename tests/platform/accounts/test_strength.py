"""Passwords that attackers try first are refused, and long unrelated words are not."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from pagetojob.platform.tenants import scope
from pagetojob.platform.tenants.models import Tenant, User


@pytest.mark.parametrize(
    "password",
    [
        *("123456789012", "iloveyou12345", "servicetitan123", "pagetojob2026", "ServiceTitan!2026", "password12345"),
        *("1qaz2wsx3edc", "qwertyuiop12", "aaaaaaaaaaaaaaaa", "Passw0rd1234", "summer2026!!", "abcdefghijklmnop"),
        *("desertpeakhvac", "olivia.reyes1990", "x" * 1000),
    ],
)
def test_what_attackers_try_first_is_refused(password: str) -> None:
    person = User(email="olivia.reyes@desertpeakhvac.example", name="Olivia Reyes")
    with pytest.raises(ValidationError):
        validate_password(password, person)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "tulip-anvil-Okra-93",
        "kT9#vq2LmZ1x",
        "wir fahren morgen ans Meer",
    ],
)
def test_a_good_password_is_taken(password: str) -> None:
    validate_password(password, User(email="olivia@example.com", name="Olivia Reyes"))


def test_the_name_of_the_business_is_refused(owner: User, tenant: Tenant) -> None:
    with scope.tenant(tenant.pk), pytest.raises(ValidationError):
        validate_password(f"{tenant.name}2026".lower(), owner)
