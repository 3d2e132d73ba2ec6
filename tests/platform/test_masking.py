"""Masked forms of personal values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pagetojob.platform import masking


@pytest.mark.parametrize("typed", ["me@Jamie Rivera 602 555 0199", "Jamie", "@", "a@b", "a@b.c1"])
def test_what_is_no_address_shows_nothing(typed: str) -> None:
    """An address also shows no more than its first letter and its top-level domain."""
    assert masking.email(typed) == "•••"
    assert masking.email("jamie.rivera@mail.example.com") == "j…@….com"


@given(st.text() | st.text("a1 @."))
def test_masks_take_any_text_and_show_little_of_it(text: str) -> None:
    assert len(masking.name(text)) <= len("J… R… S… T…")
    assert len(masking.phone(text)) <= len("••• 99")
    assert len(masking.email(text)) <= len("j…@….") + 24
    assert masking.text(text) in {"", f"({len(text)} characters)"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("mail to a.b+c@example.com refused", "mail to •••@••• refused"),
        ("call 602-555-0199 now", "call ••• now"),
        ("HTTP 503 after 30 s on 2026-06-01", "HTTP 503 after 30 s on •••"),
        ("535 5.7.8 not accepted", "535 5.7.8 not accepted"),
    ],
)
def test_contacts_in_a_text_are_hidden(text: str, masked: str) -> None:
    assert masking.contacts_in(text) == masked
