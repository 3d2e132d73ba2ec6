"""Authenticator codes and recovery codes. Pure, except for random draws."""

import base64
import re
import secrets
from urllib.parse import quote

from django_otp.oath import hotp

STEP_SECONDS = 30
KEY_BYTES = 20
RECOVERY_CODES = 10
RECOVERY_CODE_LENGTH = 24
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ALIKE = str.maketrans("OIL", "011")


def new_key() -> bytes:
    return secrets.token_bytes(KEY_BYTES)


def step_of(code: str, *, key: bytes, now: float, after: int) -> int | None:
    """Return the current time step if this is its code; None if it is not, or if that step was used already.

    A code is valid only in its own 30 seconds (ASVS 6.5.5). A device whose clock differs cannot add its app at all.
    """
    digits = re.sub(r"[ -]", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    current = int(now // STEP_SECONDS)
    same = secrets.compare_digest(f"{hotp(key, current):06d}", digits)
    return current if same and current > after else None


def key_as_text(key: bytes) -> str:
    """Return the key in groups of four characters, for typing it into an app."""
    text = base64.b32encode(key).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def app_address(key: bytes, *, email: str) -> str:
    """Return the otpauth URL for the QR code."""
    label = quote(f"PageToJob:{email}", safe="")
    return f"otpauth://totp/{label}?secret={base64.b32encode(key).decode()}&issuer=PageToJob"


def draw_recovery_codes() -> list[str]:
    """Return ten codes with 120 random bits each, such as 7KQ2-04XJ-D9TW-AAEH-33ZN-Q0VB.

    With fewer than 112 bits, the database would need a slow password hash of each (ASVS 6.5.2).
    """
    groups = range(RECOVERY_CODE_LENGTH // 4)
    drawn = [["".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in groups] for _ in range(RECOVERY_CODES)]
    return ["-".join(code) for code in drawn]


def normalize_recovery_code(typed: str) -> str:
    """Normalize a typed code; empty if it cannot be one.

    Accepts any case, with or without dashes, O for 0, and I or L for 1.
    """
    code = re.sub(r"[ -]", "", typed).upper().translate(_ALIKE)
    return code if len(code) == RECOVERY_CODE_LENGTH and set(code) <= set(_ALPHABET) else ""
