"""The spoken code survives the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncqueue.leads.reference import ALPHABET, outside_reference, read_spoken_code, spoken_code

numbers = st.integers(0, 32**6 - 1)


@given(numbers)
def test_it_reads_what_it_wrote(number: int) -> None:
    code = spoken_code(number)
    assert code.startswith("PTJ-") and len(code) == 11
    assert read_spoken_code(code) == code


@given(numbers, st.integers(4, 10), st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_caught(number: int, place: int, character: str) -> None:
    code = spoken_code(number)
    wrong = code[:place] + character + code[place + 1 :]
    assert read_spoken_code(wrong) == (code if wrong == code else None)


def test_swapped_neighbors_are_detected_except_for_a_single_pair() -> None:
    missed = set()
    for first in range(32):
        for second in range(first):
            code = spoken_code((first << 25) + (second << 20))
            swapped = code[:4] + code[5] + code[4] + code[6:]
            if read_spoken_code(swapped):
                missed.add(frozenset((first, second)))
    assert missed == {frozenset((0, 31))}


@pytest.mark.parametrize("heard", ["ptj {}", "{}", " PTJ-{} ", "p t j - {}"])
def test_it_reads_what_people_type(heard: str) -> None:
    code = spoken_code(12345)
    assert read_spoken_code(heard.format(code[4:].lower())) == code


def test_letters_that_sound_like_digits_are_read_as_digits() -> None:
    code = spoken_code(1)
    assert read_spoken_code(code.replace("0", "O").replace("1", "l")) == code


@pytest.mark.parametrize("nonsense", ["", "PTJ-", "PTJ-1234567890", "PTJ-00000U0", "🙂", "PTJ-\x00000000"])
def test_nonsense_is_no_code(nonsense: str) -> None:
    assert read_spoken_code(nonsense) is None


@pytest.mark.parametrize("number", [-1, 32**6])
def test_a_code_is_made_of_a_number_in_range(number: int) -> None:
    with pytest.raises(ValueError, match="32"):
        spoken_code(number)


def test_an_outside_reference_has_sixteen_hex_digits() -> None:
    assert outside_reference(bytes(range(8))) == "st-ready:0001020304050607"
    with pytest.raises(ValueError, match="8 bytes"):
        outside_reference(b"short")
