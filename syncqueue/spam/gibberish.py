"""Fields without meaning: random letters, the same word in many fields, no word at all."""

import re
from itertools import pairwise

from .request import Request
from .words import WORDS

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_RARE_PAIRS = frozenset(row[0] + second for row in WORDS["rare_pairs"] for second in row[1:])


def _gibberish_word(word: str) -> bool:
    letters = word.strip("'.,;:!?")
    if not letters.isascii() or len(letters) < 5 or not letters.isalpha():
        return False
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(letters))
    if len(letters) > 7 and turns >= 3:
        return True
    low = letters.lower()
    rare = sum(a + b in _RARE_PAIRS for a, b in pairwise(low))
    vowelless = len(low) > 5 and not re.search("[aeiouy]", low)
    return rare / (len(low) - 1) > 0.34 or vowelless or (bool(re.search("[bcdfghjklmnpqrstvwxz]{6}", low)) and rare > 0)


def _keyboard_run(word: str) -> bool:
    return len(word) > 3 and any(word[:4] in row for row in _ROWS)


def is_gibberish(r: Request) -> bool:
    """Return whether the message consists of random letters, or the name does and the message is short."""
    message = [w for w in r.fields["message"].split() if len(w) > 3]
    share = [_gibberish_word(w) or (_keyboard_run(w.lower()) and w.isalpha()) for w in message[:12]]
    name = any(_gibberish_word(w) for w in r.name_words)
    if share and sum(share) * 2 >= len(share) and r.customer_words < 2:
        return True
    return name and (len(message) < 3 or any(share)) and r.customer_words == 0


def has_strange_name(r: Request) -> bool:
    return (
        any(_gibberish_word(w) or (any(c.isdigit() for c in w) and len(w) > 3) for w in r.name_words)
        and not r.customer_words
    )


def repeats_a_word(r: Request) -> bool:
    """Return whether three or more fields contain the same word."""
    values = [
        v for name in ("name", "message", "service", "street", "city", "state") if (v := r.fields[name].strip().lower())
    ]
    local = r.fields["email"].lower().partition("@")[0]
    same = max((values.count(value) for value in set(values)), default=0)
    return (
        same >= 3
        or (same == 2 and r.fields["name"].lower() == r.fields["message"].lower().strip() and len(values) > 1)
        or (bool(local) and local == r.domain.partition(".")[0] and values.count(local) >= 1 and not r.customer_words)
    )


def has_no_words(r: Request) -> bool:
    text = "".join(r.fields["message"].split())
    return len(text) > 2 and not any(c.isalnum() for c in text) and text.isascii()
