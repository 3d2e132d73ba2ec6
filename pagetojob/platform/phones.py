"""Phone numbers, typed in any form. Pure."""

import phonenumbers

HOME = "US"
_LONGEST_E164 = 16


def e164(typed: str) -> str:
    """The number in international form, read as a US number; empty when it cannot be one."""
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return normal if len(normal) <= _LONGEST_E164 else ""
