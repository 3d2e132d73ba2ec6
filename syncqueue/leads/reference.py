"""The two public identifiers of a lead. Pure: randomness is passed in.

The outside reference (`st-ready:` + 16 hex digits) is sent to other systems and never changes. The spoken code (`PTJ-`
+ six characters + a check character) is for phone calls: Crockford's alphabet has no I, L, O or U, and the check
character detects every single wrong character and all swaps of neighbors except one pair (Luhn's algorithm, modulo 32).
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_HEARD_AS = str.maketrans("ILO", "110")


def outside_reference(entropy: bytes) -> str:
    """Return an outside reference made from 8 random bytes."""
    if len(entropy) != 8:
        raise ValueError("an outside reference needs 8 bytes")
    return f"st-ready:{entropy.hex()}"


def spoken_code(number: int) -> str:
    """Return a spoken code made from a random number below 32**6."""
    if not 0 <= number < 32**6:
        raise ValueError("a spoken code needs a number under 32**6")
    body = "".join(ALPHABET[(number >> shift) & 31] for shift in range(25, -5, -5))
    return f"PTJ-{body}{_check_character(body)}"


def read_spoken_code(text: str) -> str | None:
    """Return the stored form of a code that a person typed or heard; None if the check character is wrong."""
    body = text.strip().upper().replace(" ", "").replace("-", "").removeprefix("PTJ").translate(_HEARD_AS)
    if len(body) != 7 or set(body) - set(ALPHABET) or _check_character(body[:6]) != body[6]:
        return None
    return f"PTJ-{body}"


def _check_character(body: str) -> str:
    total = 0
    for place, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 - place % 2)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
