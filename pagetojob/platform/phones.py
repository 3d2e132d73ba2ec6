"""Parsing of typed phone numbers. Pure."""

import phonenumbers

HOME = "US"
_LONGEST_E164 = 16


def e164(typed: str) -> str:
    """Return a number in E.164 form, parsed as a US number; empty if it is not a possible number."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal if len(normal) <= _LONGEST_E164 else ""
