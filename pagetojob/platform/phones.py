"""Phone numbers: normal forms for storing and comparing, and one form for people. No I/O."""

import re

import phonenumbers

HOME = "US"
_LONGEST_E164 = 16
_LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz")
_KEYS = {letter: str(key) for key, letters in enumerate(_LETTERS, 2) for letter in letters}
_US_E164 = re.compile(r"\+1(\d{3})(\d{3})(\d{4})\b")


def e164(typed: str) -> str:
    """Return what a visitor typed as E.164, read as a US number; empty when it cannot be a phone number."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal if len(normal) <= _LONGEST_E164 else ""


def extension(typed: str) -> str:
    """Return the extension of what a visitor typed, which E.164 cannot express; empty if there is none."""
    try:
        return phonenumbers.parse(typed, HOME).extension or ""
    except phonenumbers.NumberParseException:
        return ""


#: A number with fewer digits cannot be called from another line.
_FEWEST_DIGITS = 7


def is_dialable(typed: str) -> bool:
    """Return whether a person could dial what a visitor typed: a number, with any words around it."""
    return bool(e164(typed)) or sum(char.isdecimal() for char in typed) >= _FEWEST_DIGITS


#: Digits with the signs that people write within one number.
_RUN = re.compile(r"\+?[0-9](?:[ ().-]*[0-9])*")


def to_dial(typed: str) -> str:
    """Return what a `tel:` link dials for what a visitor typed: only digits and one plus sign; empty without a number.

    A number that is not complete is dialed as typed. Other digits, such as those of "after 5 pm", are no part of it;
    of two numbers, neither is dialed.
    """
    if number := _with_area_code(typed):
        return number
    runs = [re.sub("[^0-9+]", "", run) for run in _RUN.findall(typed)]
    numbers = [run for run in runs if _FEWEST_DIGITS <= len(run.removeprefix("+")) < _LONGEST_E164]
    return (_with_area_code(numbers[0]) or numbers[0]) if len(numbers) == 1 else ""


def _with_area_code(typed: str) -> str:
    """Return `e164`; empty for a US number without its area code, which no phone reaches as +1 and seven digits."""
    number = e164(typed)
    return "" if number.startswith("+1") and len(number) < len("+16025550199") else number


def is_assigned(typed: str) -> bool:
    """Return whether a business number can exist: complete, without letters, and in a range that networks assign."""
    if re.search("[A-Za-z]{2}", typed):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(typed, HOME))
    except phonenumbers.NumberParseException:
        return False


def north_american(typed: str) -> str:
    """Return a number read on a page as E.164, letters as keypad digits; empty when it is not North American."""
    typed = typed.split(";", maxsplit=1)[0].split(",", maxsplit=1)[0]
    keyed = "".join(_KEYS.get(char, char) for char in typed.lower()) if re.search("[A-Za-z]{2}", typed) else typed
    digits = re.sub(r"\D", "", keyed)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(digits) != 10 or digits[0] in "01" or digits[3] in "01":
        return ""
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(digits))
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def for_people(text: str) -> str:
    """Return a text with each US number in E.164 rewritten as (602) 555-0142."""
    return _US_E164.sub(r"(\1) \2-\3", text)
